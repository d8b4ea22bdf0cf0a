"""Start the demo's coops in one process, each a real node with its own folder, port and keys.

They talk over loopback by signed messages like any others: `*.localhost` names are resolved inside
each node, and each may reach exactly its neighbours here. Nothing leaves the computer.
"""

import asyncio
import contextlib
import functools
import gc
import json
import os
import shutil
import socket
import sys
import tempfile
import tomllib
from collections.abc import AsyncGenerator, Awaitable, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
import msgspec
from aiohttp import web
from msgspec import Struct
from msgspec.structs import replace

from federation.storage import UnitOfWork
from node import accounts, audit, figures, listings, media, members, migrations, peers, profiles
from node.accounts import Purpose, Role
from node.config import DATABASE_NAME, Config
from node.errors import Conflict
from node.i18n import Text, _
from node.listings import Cancelling, Conditions, Kind, ListingDraft, PriceView, Translation
from node.making import create_node
from node.peers import Telling
from node.profiles import Audience, Field, Line, Told
from node.runtime import Node, open_node
from ui.cli.listening import STOP_SECONDS, until_told_to_stop
from ui.demo import dealings, doors, toadlane
from ui.demo.doors import Pictures
from ui.demo.owed import owe_each_other
from ui.demo.past import PastClock
from ui.web.app import runner_of

FIRST_PORT = 8101
ROLES = {
    "admin": frozenset({Role.ADMIN, Role.MEMBER}),
    "member": frozenset({Role.MEMBER}),
    "delegate": frozenset({Role.MEMBER, Role.DELEGATE}),
}
LINK_HOURS = 30 * 24
FURNISHED = "furnished"
"""A file beside the coops' folders: their past is whole."""


class Plot(Struct, frozen=True):
    """Where one coop of the demo lives: its script, folder, and the socket it will answer on."""

    script: dict[str, Any]
    folder: Path
    listener: socket.socket

    @property
    def port(self) -> int:
        return int(self.listener.getsockname()[1])

    @property
    def authority(self) -> str:
        return f"{self.script['host']}.localhost:{self.port}"

    @property
    def address(self) -> str:
        return f"http://{self.authority}"


class Keys(Struct, frozen=True):
    """How to come in as somebody: an API token and a link that signs in once, by role."""

    token: dict[str, str]
    sign_in: dict[str, str]


async def run(coops: int, *, keep: Path | None, headless: bool) -> None:
    """Run the demo until told to stop. keep: a folder that stays, else a temporary one."""
    async with AsyncExitStack() as stack:
        folder = keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rochdale-")))
        plots = lay_out(coops, folder)
        for plot in plots:
            stack.callback(plot.listener.close)
        with _without_searching():
            _tell(_("Making the coops: folders, keys, people."))
            configs = await make(plots)
            await furnish(plots, configs)
            nodes = [
                await stack.enter_async_context(opened(plot, config))
                for plot, config in zip(plots, configs, strict=True)
            ]
            keys = [
                await node.write(
                    functools.partial(_ways_in, script=plot.script, address=plot.address)
                )
                for node, plot in zip(nodes, plots, strict=True)
            ]
        for node in nodes:
            await node.start()
        told_to_stop = asyncio.create_task(until_told_to_stop())
        await asyncio.sleep(0)  # it hears from here on; before, Ctrl-C breaks off what is under way
        _announce(plots, keys, headless)
        await told_to_stop
        # All at once, while each still answers: one that has stopped would let the others wait.
        await asyncio.gather(*(node.stop() for node in nodes))


def _tell(words: Text) -> None:
    click.echo(str(words), err=True)


async def furnish(plots: list[Plot], configs: list[Config]) -> None:
    """What happened before the demo begins; nothing, where it was kept and happened already.
    Raises Conflict where it was begun once and broken off."""
    clock, done = PastClock(), plots[0].folder.parent / FURNISHED
    async with AsyncExitStack() as stack:
        nodes = [
            await stack.enter_async_context(opened(plot, config, clock=clock, at_once=True))
            for plot, config in zip(plots, configs, strict=True)
        ]
        if done.exists():
            return
        if await _has_people(nodes[0]):
            raise Conflict(
                _("%(folder)s holds half a demo. Remove it, and try again.", folder=done.parent)
            )
        _tell(_("They meet, offer things, deal and vote; a quarter of a minute, once."))
        await _live(plots, nodes, clock)
    done.touch()


@contextmanager
def _without_searching() -> Iterator[None]:
    """Look for no garbage meanwhile, which takes an eighth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


async def _live(plots: list[Plot], nodes: list[Node], clock: PastClock) -> None:
    """People come, offer things and found their federation; it decides, and they deal."""
    coops = {plot.script["host"]: node for plot, node in zip(plots, nodes, strict=True)}
    is_federated = toadlane.can_be_founded([*coops])
    if is_federated:
        clock.set_back(toadlane.founding_day())
    # What is offered before they are in touch is read at once from the catalogue.
    hung = [doors.hang_pictures(node, plot.script) for node, plot in zip(nodes, plots, strict=True)]
    for node, plot, pictures in zip(nodes, plots, await asyncio.gather(*hung), strict=True):
        settle_in = functools.partial(_settle_in, script=plot.script, pictures=pictures)
        await node.write(settle_in)
    await introduce(nodes)
    if is_federated:
        await toadlane.Council(coops, clock, lambda: deliver(nodes)).enact()
    await settle(nodes)
    await dealings.enact(coops, lambda: deliver(nodes))
    await owe_each_other(nodes, lambda: deliver(nodes))
    for node, plot in zip(nodes, plots, strict=True):
        await node.write(functools.partial(doors.knock, told=plot.script["joining"]))
        await node.write(functools.partial(doors.entrust, script=plot.script))


def scripts() -> list[dict[str, Any]]:
    """The coops of coops.toml, in order."""
    text = (Path(__file__).parent / "coops.toml").read_text("utf-8")
    coops: list[dict[str, Any]] = tomllib.loads(text)["coop"]
    return coops


def lay_out(coops: int, folder: Path) -> list[Plot]:
    """A folder and a port for each coop; the usual ports where nobody else has them."""
    return [
        Plot(script, folder / script["host"], _listener(FIRST_PORT + number))
        for number, script in enumerate(scripts()[:coops])
    ]


def _listener(wanted: int) -> socket.socket:
    """A listening socket, on another port if the wanted one is taken.

    It listens from the beginning: making keys takes seconds, in which another demo would find the
    port free and both would name it in their addresses.
    """
    for port in (wanted, 0):
        with contextlib.suppress(OSError):
            return socket.create_server(("127.0.0.1", port))
    raise Conflict(_("No port is free on 127.0.0.1."))


async def make(plots: list[Plot]) -> list[Config]:
    """Make all nodes, side by side: their keys are computed in threads."""
    with tempfile.TemporaryDirectory(prefix="rochdale-") as folder:
        empty = Path(folder) / DATABASE_NAME
        await migrations.migrate(f"sqlite:///{empty}")
        for plot in plots:
            await asyncio.to_thread(_begin_with, empty, plot.folder)
    return await asyncio.gather(*(_make(plot, plots) for plot in plots))


def _begin_with(empty: Path, folder: Path) -> None:
    """Give a new node a database that has its tables: to make them takes longer than to copy."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (folder / DATABASE_NAME).exists():
        shutil.copyfile(empty, folder / DATABASE_NAME)


async def _make(plot: Plot, plots: list[Plot]) -> Config:
    made = await create_node(
        plot.folder,
        name=plot.script["name"],
        address=plot.address,
        summary=plot.script["summary"],
        language=plot.script["language"],
        place=plot.script["place"],
        currency=plot.script["currency"],
        admin=plot.script["people"][0]["handle"],
        dev_peers=[other.authority for other in plots if other is not plot],
        port=plot.port,
        environ=os.environ,
    )
    return made.config


@asynccontextmanager
async def opened(plot: Plot, config: Config, **how: Any) -> AsyncGenerator[Node]:
    """A coop's node, open, and answering to the others; how: as `open_node` takes it."""
    async with open_node(config, **how) as node:
        runner = runner_of(node, shutdown_timeout=STOP_SECONDS)
        await runner.setup()
        try:
            # A copy, because the server closes the socket that it was given.
            await web.SockSite(runner, plot.listener.dup()).start()
            yield node
        finally:
            await node.stop()
            await runner.cleanup()


async def _settle_in(uow: UnitOfWork, *, script: dict[str, Any], pictures: Pictures) -> None:
    await _settle_people(uow, script)
    await _publish_listings(uow, script, pictures)
    await figures.change_profile(
        uow,
        name=script["name"],
        summary=script["summary"],
        place=script["place"],
        tells=msgspec.convert(script.get("tells", {}), Telling),
        by=audit.OPERATOR,
    )
    await doors.open_door(uow, script["joining"])


async def _has_people(node: Node) -> bool:
    async with node.reading() as reader:
        return bool(await members.members(reader))


async def _settle_people(uow: UnitOfWork, script: dict[str, Any]) -> None:
    for person in script["people"]:
        account = await accounts.by_handle(uow, person["handle"])
        roles = ROLES[person["role"]]
        if account is None:
            account = await accounts.create_account(
                uow,
                handle=person["handle"],
                name=person["name"],
                roles=roles,
                language=person.get("language"),
            )
        else:
            await accounts.set_name(uow, account.id, person["name"])
            await accounts.set_roles(uow, account.id, roles, by=audit.OPERATOR)
        await members.add_member(
            uow,
            name=person["name"],
            membership_class=person["class"],
            account_id=account.id,
            admit=members.Event.ADMIT,
        )
        await profiles.tell(uow, account.id, _told(person.get("shows", {})))


def _told(shows: dict[str, dict[str, str]]) -> Told:
    """What somebody tells of themselves, written down by who may see it."""
    return {
        Field(name): Line(text, Audience(audience))
        for audience, told in shows.items()
        for name, text in told.items()
    }


async def _publish_listings(uow: UnitOfWork, script: dict[str, Any], pictures: Pictures) -> None:
    by_handle = {account.handle: account.id for account in await accounts.accounts(uow)}
    first = script["people"][0]["handle"]
    for entry in script["listing"]:
        author = by_handle[entry.get("by", first)]
        draft = _draft(entry, script, pictures)
        await media.lend(uow, [one.digest for one in draft.pictures], author)
        await listings.create(uow, draft, by=author, publish=True)


def _draft(entry: dict[str, Any], script: dict[str, Any], pictures: Pictures) -> ListingDraft:
    price = entry.get("price", {})
    shown = entry.get("pictures", ())
    amount, most, suggested = (price.get(name) for name in ("amount", "max", "suggested"))
    more = entry.get("more_prices", [])
    return ListingDraft(
        kind=Kind(entry.get("kind", "service")),
        title=entry["title"],
        summary=entry["summary"],
        body=entry.get("body", "").strip(),
        category=entry["category"],
        tags=tuple(entry["tags"]),
        languages=tuple(entry["languages"]),
        language=entry["languages"][0],
        translations=tuple(Translation(**one) for one in entry.get("translations", [])),
        place=entry.get("place", script["place"]),
        price_amount=Decimal(amount) if amount else None,
        price_max=Decimal(most) if most else None,
        currency=price.get("currency", script["currency"]) if amount else None,
        unit=price.get("unit"),
        price_text=price.get("text"),
        price_suggested=Decimal(suggested) if suggested else None,
        more_prices=tuple(
            PriceView(Decimal(one["amount"]), None, one["currency"], one["unit"]) for one in more
        ),
        conditions=_conditions(entry),
        details=entry.get("details", {}),
        pictures=tuple(replace(pictures[each["scene"]], alt=each["alt"]) for each in shown),
    )


def _conditions(entry: dict[str, Any]) -> Conditions:
    deposit, cancelling = entry.get("deposit"), entry.get("cancelling")
    return Conditions(
        taxes=listings.read_taxes(entry.get("taxes", "")),
        deposit=Decimal(deposit) if deposit else None,
        cancelling=Cancelling(**cancelling) if cancelling else None,
        project=entry.get("project"),
        other_projects=tuple(entry.get("other_projects", ())),
    )


async def _ways_in(uow: UnitOfWork, *, script: dict[str, Any], address: str) -> Keys:
    keys = Keys({}, {})
    for person in script["people"]:
        role = person["role"]
        account = await accounts.by_handle(uow, person["handle"])
        if account is None or role in keys.token:
            continue
        issued = await accounts.create_token(
            uow, account.id, label="demo", scopes=accounts.scopes_of(account.roles)
        )
        link = await accounts.issue_link(
            uow, purpose=Purpose.SIGN_IN, account_id=account.id, hours=LINK_HOURS
        )
        keys.token[role] = issued.secret
        keys.sign_in[role] = f"{address}{link.path}"
    return keys


async def introduce(nodes: list[Node]) -> None:
    """Every coop asks every later one, each of which says yes; then all messages are delivered."""
    for index, node in enumerate(nodes):
        for other in nodes[index + 1 :]:
            await peers.ask(node.federation, other.config.address)
            coop = node.federation.identities.coop.uri
            await other.write(functools.partial(peers.accept, text=coop))
    await deliver(nodes)


async def deliver(nodes: list[Node]) -> None:
    """Let everything arrive that was said; only `settle` reads catalogues too."""
    federations = [node.federation for node in nodes]
    while await _any(one.deliver_due() for one in federations) or await _any(
        one.process_due() for one in federations
    ):
        pass


async def _any(works: Iterable[Awaitable[int]]) -> bool:
    """Whether any of them had something to do; all do it."""
    return any(await asyncio.gather(*works))


async def settle(nodes: list[Node]) -> None:
    """Let all nodes work until nobody has anything to send or fetch."""
    for _round in range(20):
        done = await asyncio.gather(*(node.federation.settle() for node in nodes))
        found = [await peers.fulfil_due(node.federation) for node in nodes]
        if not any(done) and not any(found):
            return


def _announce(plots: list[Plot], keys: list[Keys], headless: bool) -> None:
    if headless:
        line = {
            "ready": True,
            "nodes": [
                {
                    "name": plot.script["name"],
                    "url": plot.address,
                    "data": str(plot.folder),
                    "token": key.token,
                    "sign_in": key.sign_in,
                }
                for plot, key in zip(plots, keys, strict=True)
            ],
        }
        click.echo(json.dumps(line, ensure_ascii=False))
    else:
        click.echo(_welcome(plots, keys))
    sys.stdout.flush()


def _welcome(plots: list[Plot], keys: list[Keys]) -> str:
    lines = [
        str(_("These coops run on this computer. Nothing leaves it. Stop with Ctrl-C.")),
        "",
    ]
    for plot, key in zip(plots, keys, strict=True):
        lines.append(f"  {plot.script['name']} ({plot.script['place']})  {plot.address}")
        known = [role for role in ROLES if role in key.sign_in]
        lines += [f"      {role:<9} {key.sign_in[role]}" for role in known]
    lines += [
        "",
        str(_("Each link signs one browser in, once. Try: offer something at the first coop,")),
        str(_("then search for it at the second. They work together already.")),
        *_vote_welcome(plots),
    ]
    return "\n".join(lines)


def _vote_welcome(plots: list[Plot]) -> list[str]:
    if not toadlane.can_be_founded([plot.script["host"] for plot in plots]):
        return []
    return [
        str(_("Or vote: the first coop’s delegate is asked for something on the first page.")),
    ]
