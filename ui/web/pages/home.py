"""The first page: what waits for me, what is near, who our neighbours are."""

import asyncio
from collections.abc import Sequence

from aiohttp import web

from federation.ourselves import CoopProfile
from federation.storage import Reader
from node import backups, beginnings, joining, listings, members, notices, peers
from node.backups import LastBackup
from node.beginnings import Step
from node.days import Said
from node.listings import SearchQuery
from node.peers import PeerView
from node.program import command
from ui.web import pictures
from ui.web.cards import coop_card
from ui.web.context import Visitor, member_of, node_of, visitor_of
from ui.web.faces import known_coops
from ui.web.letters import membership
from ui.web.navigation import see_other
from ui.web.pages.asking import home_zone
from ui.web.templating import render
from ui.web.waiting import shown, told_besides
from ui.web.what_waits import waiting_for

routes = web.RouteTableDef()

SHOWN = 6
TOLD_SHOWN = 3
NEIGHBOURS_SHOWN = 8
ALL_THAT_WAITS = "waiting"
LOOKED_AT = 100
"""Of the nearest offers: enough that many neighbours are among them."""


@routes.get("/")
async def home(request: web.Request) -> web.StreamResponse:
    """Two searches, for they are two questions: what is nearest of others, what is newest of ours.

    Each has an order and a number of its own; one search over both would show whoever has more.
    """
    node, visitor = node_of(request), visitor_of(request)
    looks_after = visitor.account is not None and visitor.account.is_admin
    data = node.config.data
    last = await asyncio.to_thread(backups.last_backup, data) if looks_after else None
    async with node.reading() as reader:
        profile = peers.in_tongue(await node.profile(reader), visitor.language)
        near = position_of(profile)
        page = await listings.search(
            reader,
            SearchQuery(near=near, origin="remote", limit=LOOKED_AT),
            visitor.viewer,
            node.clock.now(),
        )
        own = await listings.search(
            reader, SearchQuery(origin="local", limit=SHOWN), visitor.viewer, node.clock.now()
        )
        known = await known_coops(request, reader)
        offers = await listings.mirrors_by_coop(reader, visitor.viewer)
        told = await notices.notices(reader, visitor.account) if visitor.account else []
        waiting = await waiting_for(reader, visitor.account)
        to_begin = await _to_begin(visitor, reader, known, last)
        line = await members.acting_for(reader, visitor.account.id) if visitor.account else None
        is_new = line is not None and await _is_new(visitor, reader)
        stopped = await members.suspension(reader, line)
        can_join = visitor.account is None and await joining.is_open(reader)
    neighbours = [peer for peer in known if peer.works_with_us]
    nearby = listings.mixed(page.hits, NEIGHBOURS_SHOWN)
    return await render(
        request,
        "home/home.html",
        here="home",
        page=page,
        from_neighbours=nearby,
        own=own,
        picture_sizes=await pictures.of_hits(node, [*nearby, *own.hits])
        if visitor.saves_data
        else {},
        neighbours=neighbours,
        offers=offers,
        waiting=waiting if ALL_THAT_WAITS in request.query.getall("show", ()) else shown(waiting),
        things=len(waiting),
        can_join=can_join,
        to_begin=to_begin,
        is_member=line is not None,
        is_new=is_new and not to_begin and stopped is None,
        stopped=stopped,
        goes_on=membership.GOES_ON,
        heard=membership.heard(Said(stopped.object_by.isoformat())) if stopped else [],
        to_back_up=command(f"backup /backup/rochdale.tar.gz --rehearse --data {node.config.data}"),
        zone=home_zone(request),
        # What waits for an answer stands above, with the button that answers it.
        told_me=told_besides(told, waiting)[:TOLD_SHOWN],
        profile=profile,
        card=coop_card(node.config.address, node.weave, profile, "/")
        if visitor.account is None
        else None,
    )


@routes.post("/beginnings/hide")
async def hide_beginnings(request: web.Request) -> web.StreamResponse:
    """The list of first steps is put away, for this account."""
    account = member_of(request)
    await node_of(request).write(lambda uow: beginnings.hide(uow, account.id))
    return see_other("/")


async def _to_begin(
    visitor: Visitor, reader: Reader, known: Sequence[PeerView], last: LastBackup | None
) -> dict[Step, bool]:
    """First steps and whether they are done, for whoever looks after the node."""
    account = visitor.account
    if account is None or not account.is_admin:
        return {}
    has_peer = any(peer.works_with_us for peer in known)
    was_tried = last is not None and last.rehearsed_at is not None
    return await beginnings.steps(reader, account, has_peer=has_peer, has_backup=was_tried)


async def _is_new(visitor: Visitor, reader: Reader) -> bool:
    return visitor.account is not None and await beginnings.is_new(reader, visitor.account)


def position_of(profile: CoopProfile) -> tuple[float, float] | None:
    """Where the coop is, if it said so."""
    return None if profile.lat is None or profile.lon is None else (profile.lat, profile.lon)
