"""How the node is: for whoever looks after it, with what to do; for a program that watches it."""

import asyncio
import re
from collections.abc import Collection, Iterator
from contextlib import suppress

from aiohttp import web

from node import alerts, doctor, mail, peers, webhooks
from node.doctor import Figures, inside, letters, outside
from node.doctor.rounds import remedies
from node.errors import Conflict
from node.node_address import is_this_machine
from node.notices import Alert
from node.program import command
from ui.web.connections import SEATS
from ui.web.context import admin_of, node_of
from ui.web.navigation import see_other
from ui.web.seats import Seats
from ui.web.templating import render

routes = web.RouteTableDef()

FAILED = frozenset({webhooks.Off.FAILING, webhooks.Off.GONE})
ON_THE_PAGE = frozenset({Alert.DISK, Alert.BACKUP, Alert.DELIVERIES, Alert.LETTERS})
"""Told there with the line that puts them right."""
SECONDS_UNTIL_AGAIN = "2"
FORWARDED = ("Forwarded", "X-Forwarded-For")


@routes.get("/upkeep")
async def page(request: web.Request) -> web.StreamResponse:
    """What `rochdale doctor` looks at, but for what takes long or asks other coops."""
    admin_of(request)
    node = node_of(request)
    now = await doctor.figures(node)
    found = [
        *inside.folder(node.config, now.folder, now.now),
        inside.deliveries(node.config, now.waiting, now.oldest, now.now),
    ]
    async with node.reading() as reader:
        known = [one for one in await peers.peers(reader) if one.works_with_us]
        waiting, troubles = await mail.waiting(reader), await mail.troubles(reader)
        untold = [one for one in await webhooks.webhooks(reader) if one.off_reason in FAILED]
        standing = await alerts.standing(reader)
        look = await alerts.last_look(reader)
    clocks = {one.uri: one.clock_ahead for one in known if one.clock_ahead is not None}
    if Alert.CLOCK not in {one.alert for one in standing}:  # which says the same, and since when
        found += filter(None, [inside.clock_as_told(list(clocks.values()))])
    off = inside.far_off(clocks)
    found += letters.waiting(node.config, now.now, waiting)
    cache = await asyncio.to_thread(node.fetched_pictures.bytes_used)
    answer = await render(
        request,
        "settings/upkeep.html",
        here="more",
        findings=found,
        figures=now,
        away=[one for one in known if one.state == "away"],
        far_off=[one for one in known if one.uri in off],
        untold=untold,
        troubles=troubles,
        letter_words=mail.LIFE.words,
        standing=[one for one in standing if one.alert not in ON_THE_PAGE],
        remedies=remedies(node.config),
        look=look,
        looks=len(outside.CHECKS),
        cache=cache,
        all_of_it=command(f"doctor --data {node.config.data}"),
    )
    if look is not None and look.is_under_way:
        answer.headers["Refresh"] = SECONDS_UNTIL_AGAIN
    return answer


@routes.post("/upkeep/look")
async def look(request: web.Request) -> web.StreamResponse:
    """Go the way that other coops come, in the background; the page tells how far it is."""
    admin_of(request)
    node = node_of(request)
    with suppress(Conflict):  # it is being looked at already, which the page shows
        await node.write(alerts.begin_look)
        node.loops.aside(doctor.look_from_outside(node))
    return see_other("/upkeep#outside")


@routes.get("/metrics")
async def metrics(request: web.Request) -> web.StreamResponse:
    """For Prometheus and its like on this machine, asked by a name of this machine; through a web
    server in front, which hands on the coop's name, it is not there."""
    if not _is_from_here(request):
        raise web.HTTPNotFound
    node, seats = node_of(request), request.app[SEATS]
    async with node.reading() as reader:
        standing = {one.alert for one in await alerts.standing(reader)}
    figures = _lines(await doctor.figures(node))
    lines = "".join([*figures, *_alerts(standing), *_held(seats)])
    kind = "text/plain; version=0.0.4; charset=utf-8"
    return web.Response(body=lines.encode(), headers={"Content-Type": kind})


def _is_from_here(request: web.Request) -> bool:
    if any(name in request.headers for name in FORWARDED):
        return False
    asked = re.sub(r":\d*$", "", request.host).strip("[]").lower()
    return all(map(is_this_machine, (asked, request.remote or "")))


def _lines(now: Figures) -> Iterator[str]:
    """Each figure with what it means, in the text form that scrapers read."""
    yield from _gauge("deliveries_waiting", "Messages that wait for other coops", now.waiting)
    waited = int(now.waited.total_seconds())
    yield from _gauge("delivery_oldest_seconds", "How long the first has waited", waited)
    yield from _gauge("disk_free_bytes", "Room for the node's folder", now.folder.free)
    if now.size is not None:
        yield from _gauge("database_bytes", "The database's files", now.size)
    if (last := now.folder.last_backup) is not None:
        age = int((now.now - last.made_at).total_seconds())
        yield from _gauge("backup_age_seconds", "Since the last backup was made", age)
    yield from _head("peers", "Other coops, by how they stand to us")
    for state, count in sorted(now.peers.items()):
        yield f'rochdale_peers{{state="{state}"}} {count}\n'


def _alerts(standing: Collection[Alert]) -> Iterator[str]:
    yield from _head("alert", "What is wrong with the node: 1, or 0 if it is not")
    for alert in Alert:
        yield f'rochdale_alert{{alert="{alert}"}} {int(alert in standing)}\n'


def _held(seats: Seats) -> Iterator[str]:
    yield from _gauge("connections", "Connections that are held", seats.taken)
    refused = "Connections that were not taken, since the process began"
    yield from _gauge("connections_refused", refused, seats.refused)


def _gauge(name: str, meaning: str, value: int) -> Iterator[str]:
    yield from _head(name, meaning)
    yield f"rochdale_{name} {value}\n"


def _head(name: str, meaning: str) -> Iterator[str]:
    yield f"# HELP rochdale_{name} {meaning}.\n# TYPE rochdale_{name} gauge\n"
