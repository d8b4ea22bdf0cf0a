"""Copies of what coops in touch say: which are kept, for how long, and who reads them."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import Delete, text, update
from sqlalchemy.dialects import sqlite

from federation.correspondence import (
    correspondence_page,
    drop_old,
    forget,
    keep_to_room,
    readable_since,
)
from federation.correspondence.keeping import crowded, forget_deleted, forget_replaced, keep_copies
from federation.documents import BadCursor, Requester
from federation.errors import Refused
from federation.handlers import HandlerTable, Outcome, Received, RefusedBy, Verified
from federation.inbox.apply import apply
from federation.inbox.kept import Arrival
from federation.models import RemoteActor
from federation.relations import Standing
from federation.settings import FederationSettings
from federation.storage import Database, Reader, UnitOfWork
from protocol import strict_json
from protocol.addressing import PUBLIC
from protocol.vocabulary.activities import parse_activity
from tests.federation.factories import remote_actor

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
_AGREEMENT = "Agreement"
US, FARM, EVE = (f"https://{name}.example/coop" for name in ("loaf", "farm", "eve"))
STANDING = {FARM: Standing.PEER, EVE: Standing.STRANGER}
SETTINGS = FederationSettings()


def said(verb: str, number: int, kind: str = "Proposal", by: str = FARM, **members: Any) -> Arrival:
    thing = {"id": f"{by}/things/{number}", "type": kind, "attributedTo": by}
    document = {
        "id": f"{by}/activities/{verb}-{number}-{len(members)}",
        "type": verb,
        "actor": by,
        "to": [PUBLIC],
        "object": thing,
        "proof": {},
    } | members
    raw = strict_json.dumps(document)
    verified = Verified(by, f"{by}#key", "http", raw, members.get("at"))
    return Arrival(parse_activity(document), verified, {}, hashlib.sha256(raw).digest())


async def known(_reader: Reader, uris: Sequence[str]) -> dict[str, str]:
    return {uri: "Agreement" for uri in uris if "agreements" in uri}


HANDLERS = HandlerTable()
HANDLERS.types_of(known)


async def hear(database: Database, *arrivals: Arrival) -> None:
    async def take_in(uow: UnitOfWork) -> None:
        await forget_deleted(uow, arrivals)
        await keep_copies(uow, HANDLERS, arrivals, STANDING)

    await database.write(take_in)


async def read(
    database: Database, peer: str = FARM, *, most: int = 10_000, floor: datetime = LONG_AGO
) -> list[list[str]]:
    """The ids of the activities of a correspondence, page by page."""
    pages: list[list[str]] = []
    cursor = ""
    while True:
        async with database.reading() as reader:
            page = await correspondence_page(
                reader, HANDLERS, US, peer, None, cursor, most, floor=floor
            )
        pages.append([item["id"].rpartition("/")[2] for item in page["orderedItems"]])
        if "next" not in page:
            return pages
        cursor = page["next"].partition("cursor=")[2]


async def test_only_what_coops_in_touch_prove_is_kept_and_nobodys_words(database):
    unproven, note = said("Create", 3), said("Create", 4, "Note")
    unproven = Arrival(unproven.activity, _raw(unproven, b"{}"), {}, b"")
    complaint = said("Flag", 5, object=f"{US}/notes/5")
    dispute = said("Flag", 6, object=f"{US}/agreements/6")
    heard = (said("Create", 1), said("Create", 2, by=EVE), unproven, note, complaint, dispute)
    await hear(database, *heard)
    assert await read(database) == [["Create-1-0", "Flag-6-1"]]
    assert await read(database, EVE) == [[]]


async def test_what_is_deleted_is_forgotten_and_of_a_listing_the_newest_stays(database, clock):
    await hear(database, said("Create", 1), said("Create", 2), said("Accept", 9, "Offer"))
    await hear(database, said("Delete", 1, "Tombstone"), said("Update", 2))
    await hear(database, said("Update", 2, again=1))
    await hear(database, *(said("Update", 7, _AGREEMENT, n=n) for n in "ab"))
    kept = ["Create-2-0", "Accept-9-0", "Delete-1-0", "Update-2-0", "Update-2-1", "Update-7-1"]
    assert await read(database) == [[*kept, "Update-7-1"]]
    await drop_old(database, SETTINGS)
    kept.remove("Update-2-0")
    assert await read(database) == [[*kept, "Update-7-1"]]
    clock.advance(SETTINGS.copies_kept * 1.01)
    await drop_old(database, SETTINGS)
    assert await read(database) == [[]]


async def test_a_page_ends_before_it_is_too_long_and_the_next_goes_on(database):
    await hear(database, *(said("Create", number) for number in range(5)))
    pages = await read(database, most=600)
    assert [one for page in pages for one in page] == [f"Create-{n}-0" for n in range(5)]
    assert all(0 < len(page) < 4 for page in pages)
    assert len(await read(database, most=1)) == 5
    with pytest.raises(BadCursor):
        async with database.reading() as reader:
            await correspondence_page(
                reader, HANDLERS, US, FARM, None, "nonsense", 1, floor=LONG_AGO
            )


async def test_what_its_author_deletes_is_forgotten_even_if_we_refuse_the_delete(database):
    table = HandlerTable()

    @table.on("Delete", None)
    async def refuse(_uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
        return [RefusedBy(403, "no", "Not here.") for _ in received]

    await hear(database, said("Create", 1), said("Create", 2))
    gone = said("Delete", 1, "Tombstone")
    [answer] = await database.write(lambda uow: apply(uow, table, [gone]))
    assert answer.status == 403
    assert await read(database) == [["Create-2-0"]]


async def test_what_is_erased_here_is_erased_in_the_copies_too(database):
    about = {"id": f"{FARM}/papers/1", "type": "Document", "context": f"{US}/referrals/1"}
    await hear(database, said("Create", 1, object=about), said("Accept", 2, object="offer-2"))
    await hear(database, said("Create", 3))
    await database.write(lambda uow: forget(uow, FARM, [f"{US}/referrals/1", "offer-2"]))
    assert await read(database) == [["Create-3-0"]]


async def test_what_is_to_forget_is_found_by_indexes(open_database, tmp_path, monkeypatch):
    """However many copies there are: none is compared with all the others."""
    database, about = (
        await open_database(f"sqlite:///{tmp_path / 'node.sqlite'}"),
        f"{US}/referrals/1",
    )
    paper = {"id": f"{FARM}/papers/1", "type": "Document", "context": about}
    await hear(
        database, said("Create", 1), said("Create", 1, again=1), said("Create", 2, object=paper)
    )
    drops: list[Any] = []
    execute = UnitOfWork.execute

    async def spied(uow: UnitOfWork, statement: Any, *values: Any) -> Any:
        if isinstance(statement, Delete):
            drops.append(statement)
        return await execute(uow, statement, *values)

    monkeypatch.setattr(UnitOfWork, "execute", spied)
    await database.write(lambda uow: forget_replaced(uow, FARM))
    await database.write(lambda uow: forget(uow, FARM, [about]))
    used: list[str] = []
    for drop in drops:
        spelled = drop.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
        async with database.reading() as reader:
            rows = await reader.rows(text(f"EXPLAIN QUERY PLAN {spelled}"))
        used.append(" ".join(row[3] for row in rows))
    assert len(used) == 2
    assert "ix_heard_activity_about (actor=? AND object_uri=?" in used[0]
    assert "ix_heard_activity_context (actor=? AND context_uri=?)" in used[1]
    assert not any("SCAN" in plan for plan in used)


async def test_a_coops_copies_have_so_much_room_and_the_oldest_go(database):
    await hear(database, *(said("Create", number) for number in range(9)))
    size = len(said("Create", 1).verified.raw)
    small = replace(SETTINGS, copies_bytes=4 * size)
    async with database.reading() as reader:
        assert await crowded(reader, replace(SETTINGS, copies_bytes=9 * size)) == []
        assert await crowded(reader, small) == [FARM]
    await keep_to_room(database, small)
    assert await read(database) == [[f"Create-{number}-0" for number in range(5, 9)]]


async def test_whoever_has_an_address_today_reads_what_passed_since_its_keys_are_believed(
    database, clock
):
    await hear(database, said("Create", 1))
    now = clock.advance(timedelta(hours=1))
    await hear(database, said("Create", 2))
    assert await read(database, floor=now) == [["Create-2-0"]]
    node = f"{FARM}/node"

    async def since(standing: Standing = Standing.PEER) -> datetime:
        async with database.reading() as reader:
            return await readable_since(reader, Requester(FARM, standing, node))

    async def change(uri: str, **columns: Any) -> None:
        async def write(uow: UnitOfWork) -> None:
            await uow.execute(update(RemoteActor).where(RemoteActor.uri == uri).values(columns))

        await database.write(write)

    async def know(uow: UnitOfWork) -> None:
        remote_actor(uow, FARM, keys_believed_since=LONG_AGO)
        remote_actor(uow, node, keys_believed_since=now)

    await database.write(know)
    assert await since() == now
    with pytest.raises(Refused, match="nothing at this address"):
        await since(Standing.ASKING)
    for uri, columns in (
        (FARM, {"keys_believed_since": None}),
        (node, {"keys_believed_since": None}),
        (FARM, {"moved_to": EVE}),
    ):
        await change(FARM, keys_believed_since=LONG_AGO)
        await change(node, keys_believed_since=now)
        await change(uri, **columns)
        with pytest.raises(Refused, match="say yes"):
            await since()


def _raw(arrival: Arrival, raw: bytes) -> Verified:
    known = arrival.verified
    return Verified(known.actor, known.key_id, known.by, raw, known.received_at)
