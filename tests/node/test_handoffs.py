"""Fetching what may be fetched about people: nobody who is slow, or odd, holds up the others."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import select

from federation.errors import StorageUnavailable
from federation.runtime import Federation
from federation.storage import Database, UnitOfWork
from federation.under_way import UnderWay, mark_of
from node import handoffs
from node.handoffs import fetching
from node.handoffs.models import fetch_table
from protocol.vocabulary.handoffs import handoff_document

SENDER = "https://grocer.example/coop"
MATTERS = ("first", "odd", "last")


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    """What was kept, by matter; one of them is more than the slice can take."""
    here: dict[str, dict[str, Any]] = {}

    async def keep(_uow: UnitOfWork, matter_id: str, told: dict[str, Any]) -> None:
        if matter_id == "odd":
            raise ZeroDivisionError("a defect of ours")
        here[matter_id] = told

    monkeypatch.setitem(fetching._keepers, "test", keep)
    return here


def all_slow(database: Database, number: int) -> Federation:
    """Peers of whom each answers only once so many are asked."""
    asked = asyncio.Barrier(number)

    async def fetch(address: str) -> dict[str, Any]:
        await asked.wait()
        return handoff_document(address, SENDER, f"{address}/matter", {"name": "Ada"})

    documents = SimpleNamespace(fetch_normalised=fetch)
    under_way = UnderWay(None)
    made = SimpleNamespace(database=database, remote_documents=documents, under_way=under_way)
    return cast(Federation, made)


async def expect_all(database: Database) -> None:
    async def expect(uow: UnitOfWork) -> None:
        for each in MATTERS:
            address = f"https://grocer.example/{each}"
            context = f"{address}/matter"
            await handoffs.expect(
                uow, "test", each, address=address, context=context, sender=SENDER
            )

    await database.write(expect)


async def test_nobody_waits_for_a_slow_coop_or_for_one_that_we_cannot_read(
    either_database: Database, kept: dict[str, dict[str, Any]]
) -> None:
    await expect_all(either_database)
    federation = all_slow(either_database, len(MATTERS))
    async with asyncio.timeout(10):
        assert await handoffs.collect_due(federation) == len(MATTERS)
    assert set(kept) == {"first", "last"}
    async with either_database.reading() as reader:
        waiting = await reader.rows(select(fetch_table.c.matter_id, fetch_table.c.failures))
    assert [tuple(row) for row in waiting] == [("odd", 1)]


async def test_a_full_disk_at_one_leaves_no_others_running_behind(
    database: Database, kept: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = fetching._keepers["test"]

    async def keep_or_not(uow: UnitOfWork, matter_id: str, told: dict[str, Any]) -> None:
        if matter_id == "odd":
            raise StorageUnavailable("The disk is full.")
        await keep(uow, matter_id, told)

    async def fetch(address: str) -> dict[str, Any]:
        await asyncio.sleep(0 if address.endswith("/odd") else 0.1)
        return handoff_document(address, SENDER, f"{address}/matter", {"name": "Ada"})

    monkeypatch.setitem(fetching._keepers, "test", keep_or_not)
    federation = all_slow(database, len(MATTERS))
    monkeypatch.setattr(federation.remote_documents, "fetch_normalised", fetch)
    await expect_all(database)
    with pytest.raises(StorageUnavailable):
        await handoffs.collect_due(federation)
    assert set(kept) == {"first", "last"}


async def test_what_was_on_its_way_when_a_process_ended_is_fetched_last_and_alone(
    database: Database, kept: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    """One that ends our program would take the others with it each time, until none is fetched."""
    on_their_way, seen = set[str](), list[tuple[str, int]]()

    async def fetch(address: str) -> dict[str, Any]:
        on_their_way.add(address)
        await asyncio.sleep(0.01)
        seen.append((address.rpartition("/")[2], len(on_their_way)))
        on_their_way.remove(address)
        return handoff_document(address, SENDER, f"{address}/matter", {"name": "Ada"})

    for name, ends in (("first", b"..."), ("odd", b".")):
        mark = mark_of("handoff", f"https://grocer.example/{name}")
        (tmp_path / mark.hex()).write_bytes(ends)
    documents = SimpleNamespace(fetch_normalised=fetch)
    under_way = UnderWay(tmp_path)
    made = SimpleNamespace(database=database, remote_documents=documents, under_way=under_way)
    await expect_all(database)
    await handoffs.collect_due(cast(Federation, made))
    assert seen == [("last", 1), ("odd", 1), ("first", 1)]
    assert set(kept) == {"first", "last"}
