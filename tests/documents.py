"""The examples and limits of FEDERATION.md, which `python -m tests.documents` writes anew.

A node with its own database answers as it answers peers, and says all that it can say to two
followers, one that trades (FEP-0837) and one that only reads posts. What differs from run to run
(ids, keys, signatures) is cut, and so are the contexts, which are shown once.
"""

import ast
import asyncio
import json
import re
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import insert, select

from federation import relations
from federation.correspondence import correspondence, correspondence_page
from federation.handlers import Applied, Received, Verified
from federation.inbox.decide import decide
from federation.models import HeardActivity, OutboxEntry, RelationState
from federation.relations import Standing
from federation.remote.actors import record_actor
from federation.routes import object_response, peer_routes
from federation.settings import FederationSettings
from federation.storage import UnitOfWork
from federation.storage.base import table_of
from node import accounts, agreements, alerts, listings, peers, threads
from node.agreements import Cancellation, Revision, Said
from node.listings import Availability, Hours, Kind, ListingDraft, Way, Weekly
from node.listings.publishing import TRADES
from node.making import create_node
from node.media.models import picture_table
from node.peers import Figure, Governance, Logo, Opening, Telling, moving, wire
from node.runtime import Node, open_node
from protocol import errors, http_signatures, strict_json
from protocol.contexts import ACTOR_CONTEXT, CONTEXT
from protocol.errors import ProtocolError
from protocol.http_signatures import Profile
from protocol.jsonld import normalise
from protocol.keys import generate_ed25519
from protocol.media_types import LD_JSON_AS2
from protocol.strict_json import DEFAULT_LIMITS
from protocol.succession import voucher
from protocol.vocabulary import activities
from protocol.vocabulary.activities import parse_activity
from tests import council_papers, papers
from tests.federation.test_probe_matrix import ROWS
from tests.referring import refer
from tests.support.clock import FixedClock
from tests.support.entropy import SeededEntropy

ROOT = Path(__file__).parent.parent
FEDERATION = ROOT / "FEDERATION.md"
OPERATING = ROOT / "docs" / "operating.md"
PICTURES = ROOT / "docs" / "pictures"
PEER = "https://portici.example/coop"
READER = "https://social.example/users/ada"
RECIPROCAL = "stipulatesReciprocal"

_SERVED = {
    "coop": "/coop",
    "node": "/node",
    "webfinger": "/.well-known/webfinger?resource=acct:coop@lanehead.example",
    "nodeinfo-links": "/.well-known/nodeinfo",
    "nodeinfo": "/nodeinfo/2.1",
    "problem": "/inbox",
}
_BLOCK = re.compile(
    r"<!-- example: (?P<name>[a-z0-9-]+) -->\n```(?P<kind>json|http)\n(?P<text>.*?)```\n", re.DOTALL
)
_LIMIT = re.compile(
    r"^\| (?P<what>[^|]+) \| `(?P<name>[a-z_]+)` \| (?P<told>[^|]+) \|$", re.MULTILINE
)
_PROBE_HEAD = "| probe | status | taken |\n|---|---|---|\n"
_PROBES = re.compile(re.escape(_PROBE_HEAD) + r"(?:\|[^\n]*\n)+")
ALERTS_HEAD = "| alert | what is watched | told when | looked at every |\n|---|---|---|---|\n"
_ALERTS = re.compile(re.escape(ALERTS_HEAD) + r"(?:\|[^\n]*\n)*")
_ID = re.compile(r"\b[0-9a-z]{26}\b")
_REFUSING = ("Refused", "RefusedBy", "Refusal", "Answer", "problem")
_CUT = {
    "proof": "(proof)",
    "proofValue": "z…",
    "publicKeyMultibase": "z6Mk…",
    "publicKeyPem": "-----BEGIN PUBLIC KEY-----\n…",
    "alsoKnownAs": ["did:key:z6Mk…"],
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


def shown_pictures() -> set[str]:
    """The names of the pictures that documents show."""
    texts = [path.read_text("utf-8") for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"))]
    return set(re.findall(r"/pictures/([\w-]+\.webp)\)", "".join(texts)))


def written(text: str) -> dict[str, str]:
    """The examples in a document, by name."""
    return {match["name"]: match["text"] for match in _BLOCK.finditer(text)}


def rewritten(text: str, examples: dict[str, str]) -> str:
    """The document with every example, every limit and every probe as they are now."""

    def block(match: re.Match[str]) -> str:
        name, kind = match["name"], match["kind"]
        return f"<!-- example: {name} -->\n```{kind}\n{examples[name]}```\n"

    def limit(match: re.Match[str]) -> str:
        value = settings.get(match["name"])
        told = match["told"] if value is None else quantity(match["name"], value)
        return f"| {match['what']} | `{match['name']}` | {told} |"

    settings = {**asdict(FederationSettings()), **DEFAULT_LIMITS._asdict()}
    return _PROBES.sub(probes(), _LIMIT.sub(limit, _BLOCK.sub(block, text)))


def probes() -> str:
    """The table of what other servers may send, and what our inbox answers."""
    rows = [
        f"| `{name}` | {status} | {'yes' if is_taken else 'no'} |\n"
        for name, (status, is_taken, _build) in ROWS.items()
    ]
    return "".join([_PROBE_HEAD, *rows])


async def examples(folder: Path) -> dict[str, str]:
    """Every example by name, as FEDERATION.md shows it. folder: an empty one for the node."""
    made = await create_node(
        folder,
        name="Lanehead Cleaners",
        address="https://lanehead.example",
        summary="Homes and offices, cleaned by the people who own the firm.",
        place="Rochdale, GB",
        currency="GBP",
    )
    async with open_node(made.config, clock=FixedClock(), entropy=SeededEntropy()) as node:
        documents = await _documents(node) | papers.examples()
        shown = {name: _shown(document) for name, document in documents.items()}
        proof = documents["follow"]["proof"]
        once = {
            "context": CONTEXT,
            "actor-context": ACTOR_CONTEXT,
            "proof": {name: _cut(value, name) for name, value in proof.items()},
        }
        return shown | {name: _json(value) for name, value in once.items()} | _requests(node)


async def _documents(node: Node) -> dict[str, Any]:
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
    found |= await _agreements(node)
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


_DEARER = Revision(
    start=datetime(2027, 1, 11, 9, tzinfo=UTC),
    end=datetime(2027, 1, 11, 11, tzinfo=UTC),
    time_zone="Europe/London",
    cancellation=Cancellation(hours=24, early_percent=0, late_percent=50),
)


async def _plain_offer(node: Node) -> dict[str, Any]:
    async with node.reading() as reader:
        [listing] = await listings.mine(reader, None)
    sums = {"primary": ("stipulates", "hour", "2"), "reciprocal": (RECIPROCAL, "one", "37.00")}
    agreement: dict[str, Any] = {"type": "Agreement", "attributedTo": PEER}
    for intent, (name, unit, amount) in sums.items():
        agreement[name] = {
            "type": "Commitment",
            "satisfies": f"{listing.uri}#{intent}",
            "resourceQuantity": {"hasUnit": unit, "hasNumericalValue": amount},
        }
    coop = f"{node.config.address}/coop"
    offer_id = f"{PEER.removesuffix('/coop')}/activities/9"
    return activities.activity("Offer", offer_id, PEER, agreement, (coop,))


def _accept(offer: dict[str, Any]) -> dict[str, Any]:
    """How Portici accepts: by the Offer's id, with the finalised Agreement as its own."""
    home, said = PEER.removesuffix("/coop"), offer["object"]
    kept = {name: said[name] for name in ("stipulates", RECIPROCAL, "terms", "termsDigest")}
    result = {"id": f"{home}/agreements/3", "type": "Agreement", "attributedTo": PEER} | kept
    return activities.accept(
        f"{home}/activities/10", PEER, offer["id"], (offer["actor"],), result=result
    )


async def _hear(uow: UnitOfWork, activity: dict[str, Any]) -> None:
    """Take a message in as if it had come from Portici."""
    verified = Verified(PEER, f"{PEER}#main-key", "http", strict_json.dumps(activity), uow.now)
    received = Received(parse_activity(normalise(activity)), verified, Standing.PEER)
    [outcome] = await decide(uow, agreements.handlers, [received])
    assert outcome == Applied(), outcome


async def _do(uow: UnitOfWork, step: str, revision: Revision | None = None) -> None:
    [view] = await agreements.agreements(uow, agreements.OPERATOR)
    said = Said(reason="amount") if step == "dispute" else Said()
    await agreements.do(uow, view.id, step, agreements.OPERATOR, said, revision=revision)


async def _agreements(node: Node) -> dict[str, Any]:
    """Portici orders as plain FEP-0837 has it; Lanehead accepts, delivers, and objects."""
    found = {"plain-offer": await _plain_offer(node)}
    await node.write(lambda uow: _hear(uow, found["plain-offer"]))
    offer = {"Offer Agreement": "offer-agreement"}
    found |= await _said(node, lambda uow: _do(uow, "counter", _DEARER), offer)
    found["accept-agreement"] = _accept(found["offer-agreement"])
    await node.write(lambda uow: _hear(uow, found["accept-agreement"]))
    found |= await _said(node, lambda uow: _do(uow, "deliver"), {"Create Document": "delivered"})
    found |= await _said(node, lambda uow: _do(uow, "dispute"), {"Flag": "dispute"})
    return found


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


def _requests(node: Node) -> dict[str, str]:
    """A delivery in each of our dialects, as it looks on the wire."""
    coop, now, body = node.database.identities.coop, node.clock.now(), b"{}"
    found = {}
    for signed_as in Profile:
        with_ed25519 = signed_as is Profile.RFC9421_ED25519
        headers = http_signatures.sign(
            "POST",
            "https://portici.example/inbox",
            body,
            key_id=coop.ed25519_key_id if with_ed25519 else coop.rsa_key_id,
            private_key=coop.ed25519_key if with_ed25519 else coop.rsa_key,
            now=now,
            profile=signed_as,
            content_type=LD_JSON_AS2,
        )
        lines = ["POST /inbox HTTP/1.1", *(f"{name}: {text}" for name, text in headers.items())]
        long_base64 = re.compile(r"[A-Za-z0-9+/]{80,}=*")
        found[f"signed-{signed_as.value}"] = long_base64.sub("…", "\n".join(lines)) + "\n"
    return found


def _shown(document: dict[str, Any]) -> str:
    text = _json(_cut(document))
    for number, ulid in enumerate(dict.fromkeys(_ID.findall(text)), 1):
        text = text.replace(ulid, f"{ulid[:6]}…{number}")
    return text


def _cut(value: Any, key: str = "") -> Any:
    """The value without what stands elsewhere in the document, or differs in every run."""
    if key == "@context":
        return "(context of actors)" if value == ACTOR_CONTEXT else "(context)"
    if key == "verificationMethod" and str(value).startswith("did:key:"):
        return "did:key:z6Mk…#z6Mk…"
    if key in _CUT:
        return _CUT[key]
    if isinstance(value, list):
        return [_cut(item) for item in value]
    if isinstance(value, dict):
        return {name: _cut(inner, name) for name, inner in value.items()}
    return value


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def quantity(name: str, value: object) -> str:
    """A limit as the documents write it: "256 KiB", "30 days", "1,000"."""
    if isinstance(value, timedelta):
        return _duration(int(value.total_seconds()))
    if name.lower().endswith("_seconds"):
        return _duration(int(float(str(value))))
    if isinstance(value, int):
        if name.endswith("_bytes") and value >= 1024:
            return f"{value // 1024:,} KiB"
        return f"{value:,}"
    return str(value)


def _duration(seconds: int) -> str:
    for unit, length in (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1)):
        number, rest = divmod(seconds, length)
        if number and not rest:
            return f"{number} {unit}" + ("s" if number > 1 else "")
    return "0 seconds"


def refusals() -> dict[int, set[str]]:
    """Every code that a peer can be refused with, by status, as the source raises it."""
    found: dict[int, set[str]] = {}
    sources = (
        "protocol/**/*.py",
        "federation/**/*.py",
        "node/**/inbox.py",
        "node/**/hearing.py",
        "node/clearing/*.py",
        "node/council/*.py",
        "node/deliberation/*.py",
    )
    for path in (path for pattern in sources for path in ROOT.glob(pattern)):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and (refusal := _refusal(node)):
                status, code = refusal
                found.setdefault(status, set()).add(code)
    for error in ProtocolError.__subclasses__():
        found.setdefault(error.status_hint, set()).add(error.default_code)
    return found


def _refusal(call: ast.Call) -> tuple[int, str] | None:
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    if name == "Inadmissible":
        said = [arg.value for arg in call.args if isinstance(arg, ast.Constant)]
        codes = [each for each in said if isinstance(each, str)]
        status = next((each for each in said if isinstance(each, int)), 422)
        return (status, codes[0]) if len(codes) > 1 else None
    constants = [arg.value for arg in call.args[:2] if isinstance(arg, ast.Constant)]
    if name in _REFUSING:
        match constants:
            case [int(status), str(code)] if status >= 400:
                return status, code
    error = getattr(errors, name, None)
    if isinstance(error, type) and issubclass(error, ProtocolError):
        for keyword in call.keywords:
            if keyword.arg == "code" and isinstance(keyword.value, ast.Constant):
                return error.status_hint, str(keyword.value.value)
    return None


def alert_table() -> str:
    """What whoever looks after a node is told of, for the operators' guide."""
    lines = [
        f"| `{watch.alert}` | {watch.watched} | {_from_when(watch)} | {quantity('', watch.every)} |"
        for watch in alerts.TABLE
    ]
    return ALERTS_HEAD + "".join(f"{line}\n" for line in lines)


def _from_when(watch: alerts.Watch) -> str:
    notes = [f"`{watch.setting}`"] if watch.setting else []
    notes += [] if watch.is_told_again else ["told once"]
    return f"{watch.threshold} ({', '.join(notes)})" if notes else str(watch.threshold)


async def _main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        now = await examples(Path(folder) / "node")
    FEDERATION.write_text(rewritten(FEDERATION.read_text("utf-8"), now), "utf-8")
    OPERATING.write_text(_ALERTS.sub(alert_table(), OPERATING.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    asyncio.run(_main())
