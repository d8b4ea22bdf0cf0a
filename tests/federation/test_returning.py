"""What a restored node believes of what a coop gives back to it, and how much of it it reads."""

import dataclasses
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace
from sqlalchemy import select

from federation import correspondence
from federation.correspondence import CorrespondenceReader, reading, take_all_back
from federation.correspondence.reading import TOO_MUCH
from federation.handlers import Applied, HandlerTable, Outcome, Received, Returned
from federation.identities import RetiredKey
from federation.models import Correspondent, OutboxEntry, ReturnedActivity, ReturnState
from federation.remote.keys import RemoteKeyMaterial
from federation.settings import FederationSettings
from federation.storage import Database, UnitOfWork
from federation.under_way import ENDED, MOST_ENDS, UnderWay, mark_of
from protocol import proofs, strict_json
from protocol.addressing import PUBLIC
from protocol.errors import KeyUnusable
from protocol.keys import digest_of, generate_ed25519, multikey_of
from tests.federation.factories import follower
from tests.support.clock import START, FixedClock
from tests.support.loaf import BASE

US, FARM, MILL = f"{BASE}/coop", "https://farm.example/coop", "https://mill.example/coop"
BACKUP = START - timedelta(days=1)
NOON = START - timedelta(hours=12)
SETTINGS = FederationSettings()
THEIRS, THEIR_KEY_ID = generate_ed25519(), f"{FARM}#key"


@dataclass
class Neighbours:
    """What coops have on their pages, by address; it stands for actors, documents and keys."""

    pages: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def actor(self, uri: str, *, refresh: bool) -> Any:
        return SimpleNamespace(correspondence=f"{uri}/correspondence")

    async def fetch_document(self, url: str) -> dict[str, Any]:
        address = url.partition("?since=")[0]
        self.asked.append(address)
        return self.pages.get(address, {})

    def is_ours(self, key_id: str) -> bool:
        return key_id.startswith(BASE)

    async def key(self, key_id: str) -> Any:
        if key_id != THEIR_KEY_ID:
            raise KeyUnusable("Nobody has that key.")
        public = THEIRS.public_key()
        return RemoteKeyMaterial(key_id, FARM, public, "proof", digest_of(public))

    async def former(self, key_id: str) -> None:
        return None

    def show(self, coop: str, *items: dict[str, Any]) -> None:
        self.pages[f"{coop}/correspondence"] = {"orderedItems": list(items)}


@pytest.fixture
def neighbours() -> Neighbours:
    return Neighbours()


@pytest.fixture
def stolen() -> Ed25519PrivateKey:
    return generate_ed25519()


@pytest.fixture
async def loaf(database: Database, stolen: Ed25519PrivateKey) -> Database:
    """The restored node. One of its keys was changed at noon, since it was stolen."""
    public = multikey_of(stolen.public_key())
    retired = RetiredKey(f"{US}#stolen", US, public, NOON)
    database.identities = dataclasses.replace(database.identities, retired=(retired,))

    async def ask(uow: UnitOfWork) -> None:
        follower(uow, FARM)
        await uow.session.flush()
        await correspondence.ask_all(uow, BACKUP, START, [FARM, MILL])

    await database.write(ask)
    return database


def handlers(taken: list[str]) -> HandlerTable:
    table = HandlerTable()

    async def take(_uow: UnitOfWork, returned: Returned) -> bool:
        taken.append(returned.activity.id.rpartition("/")[2])
        return True

    for verb in ("Create", "Update", "Delete"):
        table.on_return(verb, "Proposal")(take)
    return table


async def read(
    database: Database,
    neighbours: Neighbours,
    clock: FixedClock,
    settings: FederationSettings = SETTINGS,
    notes: UnderWay = UnderWay(None),  # noqa: B008 - it notes nothing
) -> int:
    """One turn."""
    some: Any = neighbours
    reader = CorrespondenceReader(database, handlers([]), some, some, some, settings, clock, notes)
    return await reader.read_due()


def said(
    database: Database,
    number: int,
    verb: str = "Create",
    *,
    at: Any = NOON,
    key: Ed25519PrivateKey | None = None,
    name: str = "ed25519-key",
    kind: str = "Proposal",
    to: Sequence[str] = (FARM,),
    thing: int | None = None,
    paper_by: Ed25519PrivateKey | None = None,
    answers: str | None = None,
) -> dict[str, Any]:
    """Something of ours, signed at a time; its object may be signed inside, too."""
    ours = database.identities.coop.ed25519_key
    paper: dict[str, Any] = {"id": f"{BASE}/things/{thing or number}", "type": kind}
    if verb == "Delete":
        paper |= {"type": "Tombstone", "formerType": kind}
    if paper_by is not None:
        paper = proofs.add_proof(paper, paper_by, f"{US}#ed25519-key", at)
    document = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{BASE}/activities/{number}",
        "type": verb,
        "actor": US,
        "to": list(to),
        "object": paper,
    }
    if answers is not None:
        document["inReplyTo"] = answers
    return proofs.add_proof(document, key or ours, f"{US}#{name}", at)


def told(number: int) -> dict[str, Any]:
    """Something of the farm's, which says that it was said at noon."""
    document = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{FARM}/activities/{number}",
        "type": "Update",
        "actor": FARM,
        "to": [US],
        "object": {"id": f"{FARM}/things/{number}", "type": "Proposal"},
    }
    return proofs.add_proof(document, THEIRS, THEIR_KEY_ID, NOON)


async def waiting(database: Database) -> list[str]:
    state = ReturnedActivity.state == ReturnState.WAITING
    chosen = select(ReturnedActivity.activity_id).where(state).order_by(ReturnedActivity.seq)
    async with database.reading() as reader:
        return [uri.rpartition("/")[2] for uri in await reader.scalars(chosen)]


async def test_only_what_we_said_to_that_coop_since_the_backup_is_believed(
    loaf, neighbours, clock, stolen
):
    before, after = NOON - timedelta(hours=1), NOON + timedelta(hours=1)
    neighbours.show(
        FARM,
        said(loaf, 1),
        said(loaf, 2, to=[PUBLIC]),
        said(loaf, 3, to=[f"{US}/followers"]),
        said(loaf, 4, to=[MILL]),
        said(loaf, 5, at=BACKUP - timedelta(minutes=6)),
        said(loaf, 6, at=BACKUP - timedelta(minutes=4)),
        said(loaf, 7, key=stolen, name="stolen", at=before),
        said(loaf, 8, key=stolen, name="stolen", at=after),
        said(loaf, 9, key=stolen),
        said(loaf, 10, kind="Note"),
        said(loaf, 11, paper_by=loaf.identities.coop.ed25519_key),
        said(loaf, 12, paper_by=stolen),
    )
    await read(loaf, neighbours, clock)
    assert await waiting(loaf) == ["1", "2", "3", "6", "7", "11"]


async def test_one_item_or_one_coop_that_cannot_be_read_keeps_back_nothing_else(
    loaf, neighbours, clock, monkeypatch
):
    odd = said(loaf, 3)
    odd.pop("id")
    long = said(loaf, 4) | {"id": f"{BASE}/activities/{'4' * 2048}"}
    long = proofs.add_proof(long, loaf.identities.coop.ed25519_key, f"{US}#ed25519-key", NOON)
    broken = said(loaf, 5) | {"type": "Explode"}
    known = reading.parse_activity

    def parse(document: dict[str, Any]) -> Any:
        if document["type"] == "Explode":
            raise AttributeError
        return known(document)

    monkeypatch.setattr(reading, "parse_activity", parse)
    neighbours.show(FARM, odd | {"idMap": ["x"]}, long, broken, said(loaf, 1))
    await read(loaf, neighbours, clock)
    assert await waiting(loaf) == ["1"]


async def test_a_coop_at_which_our_own_reading_fails_is_put_off(loaf, neighbours, clock):
    neighbours.pages[f"{FARM}/correspondence"] = None
    neighbours.show(MILL, said(loaf, 1, to=[MILL]))
    assert [await read(loaf, neighbours, clock) for _ in range(2)] == [2, 0]
    assert await waiting(loaf) == ["1"]
    async with loaf.reading() as reader:
        errors = await reader.scalars(select(Correspondent.last_error))
    assert [error.partition(":")[0] for error in errors if error] == ["our-failure"]


async def test_one_page_of_each_is_read_in_turn_and_no_more_than_there_is_room_for(
    loaf, neighbours, clock
):
    first, second = f"{FARM}/correspondence", f"{MILL}/correspondence"
    for number in range(9):
        here = f"{FARM}/{number}" if number else first
        neighbours.pages[here] = {
            "orderedItems": [said(loaf, number)],
            "next": f"{FARM}/{number + 1}",
        }
    few = replace(SETTINGS, correspondence_pages=3)
    for expected in (2, 1, 1, 0):
        assert await read(loaf, neighbours, clock, few) == expected
    assert neighbours.asked == [first, second, f"{FARM}/1", f"{FARM}/2"]
    chosen = select(Correspondent.finished_at, Correspondent.last_error)
    async with loaf.reading() as reader:
        found = await reader.rows(chosen.where(Correspondent.actor_uri == FARM))
    assert [tuple(row) for row in found] == [(START, TOO_MUCH)]

    await loaf.write(lambda uow: correspondence.ask_all(uow, BACKUP, START + timedelta(1), [FARM]))
    small = replace(SETTINGS, correspondence_bytes=1)
    assert [await read(loaf, neighbours, clock, small) for _ in range(2)] == [1, 0]


async def test_what_nobody_can_take_again_or_was_deleted_is_not_said_again_nor_kept(
    loaf, neighbours, clock
):
    neighbours.show(
        FARM,
        said(loaf, 1),
        said(loaf, 2, thing=9),
        said(loaf, 3, "Delete", thing=9),
        said(loaf, 4, kind="Document"),
    )
    await read(loaf, neighbours, clock)
    taken: list[str] = []
    await take_all_back(loaf, handlers(taken))
    assert taken == ["1", "3"]
    async with loaf.reading() as reader:
        entered = await reader.scalars(select(OutboxEntry.id).order_by(OutboxEntry.seq))
        kept = await reader.scalars(select(ReturnedActivity.raw))
        states = [one.state for one in await correspondence.returned(reader)]
    assert (entered, set(kept)) == (["1", "3"], {b""})
    assert states == ["taken", "known", "taken", "left"]


async def test_only_what_we_answered_then_takes_effect_as_of_then(loaf, neighbours, clock, stolen):
    when: dict[str, datetime] = {}
    table = handlers([])

    @table.on("Update", "Proposal")
    async def hear(uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
        when.update({each.activity.id.rpartition("/")[2]: uow.now for each in received})
        return [Applied() for _ in received]

    answered, alone, forged = told(21), told(22), told(23)
    neighbours.show(
        FARM,
        answered,
        said(loaf, 1, answers=answered["id"]),
        alone,
        forged,
        said(loaf, 2, key=stolen, name="nobodys", answers=forged["id"]),
    )
    await read(loaf, neighbours, clock)
    await take_all_back(loaf, table)
    assert when == {"21": NOON, "22": START, "23": START}


async def test_words_that_no_key_of_ours_proves_are_counted_and_a_few_noted(
    loaf, neighbours, clock, stolen
):
    first, second = f"{FARM}/correspondence", f"{FARM}/more"
    forged = [said(loaf, number, key=stolen, name="nobodys") for number in range(5)]
    neighbours.pages[first] = {"orderedItems": [*forged[:3], said(loaf, 9)], "next": second}
    neighbours.pages[second] = {"orderedItems": forged[3:]}
    few = replace(SETTINGS, unproven_kept=4)
    for _page in range(2):
        await read(loaf, neighbours, clock, few)
    assert await waiting(loaf) == ["9"]
    left = select(ReturnedActivity.raw).where(ReturnedActivity.state == ReturnState.LEFT)
    async with loaf.reading() as reader:
        assert await reader.scalars(left) == [b""] * 4
        assert await correspondence.unproven(reader) == {FARM: 5}


async def test_what_ends_the_process_again_and_again_keeps_back_nothing_else(
    loaf: Database, neighbours: Neighbours, clock: FixedClock, tmp_path: Path
) -> None:
    """One item, and one coop's page."""
    notes = UnderWay(tmp_path)
    neighbours.show(FARM, said(loaf, 1), said(loaf, 2), said(loaf, 3))
    neighbours.show(MILL)
    raw = neighbours.pages[f"{FARM}/correspondence"]["orderedItems"][1]
    for mark in (mark_of(FARM, strict_json.dumps(raw)), mark_of(MILL, "")):
        (tmp_path / mark.hex()).write_bytes(b"." * MOST_ENDS)
    await read(loaf, neighbours, clock, notes=notes)
    assert await waiting(loaf) == ["1", "3"]
    errors = select(Correspondent.last_error).where(Correspondent.actor_uri == MILL)
    async with loaf.reading() as reader:
        assert str(await reader.scalar(errors)).startswith(f"{ENDED}: ")


async def test_what_is_read_stands_in_the_notes_meanwhile(
    loaf: Database, neighbours: Neighbours, clock: FixedClock, tmp_path: Path
) -> None:
    neighbours.show(FARM, said(loaf, 1))
    noted, fetch = [], neighbours.fetch_document

    async def fetch_and_look(url: str) -> Any:
        noted.append((tmp_path / f"{os.getpid()}.now").read_text().split())
        return await fetch(url)

    neighbours.fetch_document = fetch_and_look  # type: ignore[method-assign]
    await read(loaf, neighbours, clock, notes=UnderWay(tmp_path))
    assert [mark_of(FARM, "").hex()] in noted
