"""What FEDERATION.md shows of coops, listings and messages, as a node says it.

A node with its own database answers as it answers peers, and says all that it can say to two
followers, one that trades (FEP-0837) and one that only reads posts.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from msgspec.structs import replace
from sqlalchemy import insert, select

from federation import relations
from federation.correspondence import correspondence, correspondence_page
from federation.models import HeardActivity, OutboxEntry, RelationState
from federation.remote.actors import record_actor
from federation.routes import object_response, peer_routes
from federation.storage import UnitOfWork
from federation.storage.base import table_of
from node import accounts, listings, peers, threads
from node.listings import Availability, Hours, Kind, ListingDraft, Way, Weekly
from node.listings.publishing import TRADES
from node.media.models import picture_table
from node.peers import Figure, Governance, Logo, Opening, Telling, moving, wire
from node.runtime import Node
from protocol import strict_json
from protocol.keys import generate_ed25519
from protocol.media_types import LD_JSON_AS2
from protocol.succession import voucher
from protocol.vocabulary import activities
from tests import council_papers
from tests.ordering import order
from tests.papers import PEER
from tests.referring import refer

READER = "https://social.example/users/ada"

_SERVED = {
    "coop": "/coop",
    "node": "/node",
    "webfinger": "/.well-known/webfinger?resource=acct:coop@lanehead.example",
    "nodeinfo-links": "/.well-known/nodeinfo",
    "nodeinfo": "/nodeinfo/2.1",
    "problem": "/inbox",
}
_DRAFT = ListingDraft(
    title="Two-hour home clean",
    kind=Kind.SERVICE,
    summary="Two members clean a flat of up to 80 m².",
    body="We bring our own *eco-friendly* products.",
    category="cleaning",
    tags=("home", "eco"),
    language="en",
    languages=("en", "pl"),
    place="Rochdale, GB",
    price_amount=Decimal("18.50"),
    currency="GBP",
    unit="hour",
    details={"mode": ["at-yours"], "repeat": "regular", "extras": ["Oven, £20"]},
    expires_on=date(2027, 6, 30),
)

_ON_MONDAYS = Availability(
    Way.SLOTS, "Europe/London", (Weekly(0, Hours(9 * 60, 13 * 60)),), slot=120, after=15, capacity=2
)


async def say_all(node: Node) -> dict[str, Any]:
    """The examples by name."""
    async with _served(node) as get:
        found = {name: await get(path) for name, path in _SERVED.items()}
        await node.write(_befriend)
        found |= await _said(node, lambda uow: peers.ask_actor(uow, PEER), {"Follow": "follow"})
        found |= await _said(node, _be_followed, {"Accept": "accept"})
        proposal, note = "Create Proposal", "Create Note"
        found |= await _said(node, _publish, {proposal: "create-listing", note: "create-note"})
        found["free-times"] = await get(await _free_path(node))
        found |= await _correspondence(node)
        found["catalogue"] = await get("/coop/catalogue")
        first = found["catalogue"]["first"].removeprefix(node.config.address)
        found["catalogue-page"] = await get(first)
    found |= await order(node, _said)
    found |= await _said(node, _write, {"Create Note": "create-message"})
    found |= await _said(node, _complain, {"Flag": "flag"})
    found |= await _said(node, _take_back, {"Delete Note": "delete-message"})
    found |= await _said(node, _edit, {"Update Proposal": "update-listing"})
    found |= await _said(node, _retire, {"Delete Proposal": "delete-listing"})
    found |= await _said(node, _rename, {"Update Organization": "update-coop"})
    found |= await refer(node, PEER, _said)
    found |= council_papers.examples()
    leaving = {"Undo Follow": "undo", "Reject": "reject"}
    found |= await _said(node, lambda uow: peers.leave(uow, PEER), leaving)
    found |= await _said(node, _claim, {"Move": "move-claim"})
    await node.write(_be_followed)
    return found | await _said(node, _move, {"Move": "move"})


async def _correspondence(node: Node) -> dict[str, Any]:
    """What a coop that was restored reads of us, as if we were in touch with nobody else."""
    coop, since = node.federation.identities.coop.uri, "2027-01-04T10:00:00Z"

    async def page(uow: UnitOfWork) -> dict[str, Any]:
        follow = activities.follow(f"{PEER[:-5]}/activities/1", PEER, coop)
        heard = {"actor": PEER, "raw": strict_json.dumps(follow | {"proof": "(proof)"})}
        row = {"activity_type": "Follow", "object_uri": coop, "size": 1, "received_at": uow.now}
        await uow.execute(insert(table_of(HeardActivity)), [heard | row])
        handlers, floor = node.federation.handlers, uow.now
        return await correspondence_page(uow, handlers, coop, PEER, since, "", 300_000, floor=floor)

    return {
        "key-voucher": _voucher(node),
        "correspondence": correspondence(coop, since),
        "correspondence-page": await node.write(page),
    }


def _voucher(node: Node) -> dict[str, Any]:
    coop = node.federation.identities.coop
    return voucher(
        key_id=f"{coop.uri}#ed25519-key-2",
        owner=coop.uri,
        key=generate_ed25519().public_key(),
        by=coop.ed25519_key,
        by_id=coop.ed25519_key_id,
        created=node.clock.now(),
    )


@asynccontextmanager
async def _served(node: Node) -> AsyncGenerator[Callable[[str], Awaitable[Any]]]:
    """The node's answers to a peer: GET, or an unsigned POST for the inbox."""

    async def free_times(request: web.Request) -> web.Response:
        return await object_response(node.federation, request)

    app = web.Application()
    app.add_routes(peer_routes(node.federation))
    app.router.add_get("/listings/{id}/free/{first}/{last}", free_times)
    headers = {"Host": node.config.authority, "Content-Type": LD_JSON_AS2}
    async with TestClient(TestServer(app), headers=headers) as client:

        async def answer(path: str) -> Any:
            method, data = ("POST", b"{}") if path == "/inbox" else ("GET", None)
            async with client.request(method, path, data=data) as response:
                return await response.json(content_type=None)

        yield answer


async def _claim(uow: UnitOfWork) -> None:
    """Go on from a lost address, and tell a coop that knew us there."""
    lost = "https://lanehead-old.example"
    await peers.claim(uow, lost, generate_ed25519(), [READER])
    await wire.send_successions(uow, PEER)


async def _move(uow: UnitOfWork) -> None:
    """Leave for a new address that was looked at."""
    await moving.leave_for(uow, "https://lanehead-cleaners.example/coop", by="admin")


async def _befriend(uow: UnitOfWork) -> None:
    """Make both followers known, as if their own documents had been fetched."""
    for uri, kind, implements in ((PEER, "Organization", TRADES), (READER, "Person", None)):
        inbox = f"{uri}/inbox"
        actor = {"id": uri, "type": kind, "inbox": inbox, "name": uri, "implements": implements}
        actor["preferredUsername"] = uri.rpartition("/")[2]
        await record_actor(uow, actor)


async def _be_followed(uow: UnitOfWork) -> None:
    for actor in (READER, PEER):
        follow = f"{actor}/follows/1"
        await relations.change(
            uow, actor, follower_state=RelationState.ASKED, their_follow_id=follow
        )
        await peers.accept(uow, actor)


async def _publish(uow: UnitOfWork) -> None:
    view = await listings.create(uow, _DRAFT, by=None)
    await listings.set_availability(uow, view.id, _ON_MONDAYS, by=None)
    await listings.change_state(uow, view.id, "publish", by=None)


async def _free_path(node: Node) -> str:
    async with node.reading() as reader:
        [view] = await listings.mine(reader, None)
    return f"/listings/{view.id}/free/2027-01-11/2027-01-17"


_THEIRS = threads.Topic(
    "https://portici.example/listings/7", "Room with a view", threads.actor(PEER)
)


async def _write(uow: UnitOfWork) -> None:
    """Somebody here writes about a listing of the peer's."""
    named = {"handle": "rosa", "name": "Rosa", "roles": [accounts.Role.MEMBER]}
    rosa = await accounts.create_account(uow, **named)
    await threads.open_thread(
        uow,
        by=threads.account(rosa.id),
        to=_THEIRS.provider,
        about=_THEIRS,
        text="Is the room free on Friday?\n\nWe are two.",
    )


async def _conversation(uow: UnitOfWork) -> threads.ThreadView:
    rosa = await accounts.by_handle(uow, "rosa")
    assert rosa is not None
    [line] = await threads.threads(uow, rosa)
    return await threads.thread(uow, await threads.seat(uow, line.id, rosa))


async def _complain(uow: UnitOfWork) -> None:
    view = await _conversation(uow)
    await threads.report(uow, view.seat, "They ask for money in advance.", tell_them=True)


async def _take_back(uow: UnitOfWork) -> None:
    view = await _conversation(uow)
    await threads.withdraw(uow, view.seat, view.messages[0].id)


async def _edit(uow: UnitOfWork) -> None:
    [before] = await listings.mine(uow, None)
    draft = replace(_DRAFT, price_amount=Decimal(19))
    await listings.edit(uow, before.id, draft, by=None, expected_version=before.version)


async def _retire(uow: UnitOfWork) -> None:
    [before] = await listings.mine(uow, None)
    await listings.change_state(uow, before.id, "retire", by=None)


_LOGO = Logo("5e" * 32, 600, 200)
_TELLS = Telling(
    story="Founded by *six* cleaners.",
    legal_form="Co-operative society",
    jurisdiction="England, GB",
    fiscal_year="04-06",
    governance=Governance.WORKER,
    asset_lock=True,
    founded_on="2016-03-01",
    sectors=("cleaning",),
    principles=("One member, one vote", "Surplus goes to who works"),
    contact=("0161 555 0100",),
    opening=Opening.WAITING,
    figures=(Figure.MEMBERS,),
    logo=_LOGO,
)


async def _rename(uow: UnitOfWork) -> None:
    await uow.execute(insert(picture_table), [msgspec.to_builtins(_LOGO) | {"sent_at": uow.now}])
    await peers.take_applications(uow, is_open=True)
    await peers.change_profile(
        uow,
        name="Lanehead Cleaners",
        summary="Now also gardens.",
        place="Rochdale, GB",
        by="admin",
        tells=_TELLS,
        figures={"members": 34},
    )


async def _said(
    node: Node, command: Callable[[UnitOfWork], Awaitable[Any]], names: dict[str, str]
) -> dict[str, Any]:
    """What a command put in the outbox; names: of the examples, by what they are."""

    async with node.reading() as reader:
        before = set(await reader.scalars(select(OutboxEntry.id)))
    await node.write(command)
    async with node.reading() as reader:
        rows = await reader.rows(select(OutboxEntry.id, OutboxEntry.body))
    bodies = [row.body for row in rows if row.id not in before]
    found = {}
    for document in map(strict_json.loads, filter(None, bodies)):
        inner = document["object"]
        kind = inner.get("formerType", inner["type"]) if isinstance(inner, dict) else ""
        what = f"{document['type']} {kind}".strip()
        if what in names:
            found[names[what]] = document
    return found
