import asyncio
import os
import sqlite3
import sys
import threading
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from federation.errors import ConnectionsLost, StorageUnavailable
from federation.models import DomainRule
from federation.storage import Database, Reader, UnitOfWork
from federation.storage import database as module
from federation.storage.database import READERS
from tests.support.clock import START


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'node.sqlite'}"


async def test_the_writer_is_durable_and_keeps_references(database: Database) -> None:
    async def settings(uow: UnitOfWork) -> dict[str, int | str]:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        return {name: (await uow.execute(text(f"PRAGMA {name}"))).scalar_one() for name in names}

    assert await database.write(settings) == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 5000,
    }


async def test_connections_are_set_as_the_operators_guide_says(database: Database) -> None:
    """docs/operating.md, A small machine."""
    names = ("cache_size", "mmap_size", "wal_autocheckpoint", "page_size")

    async def of_writer(uow: UnitOfWork) -> list[int]:
        return [(await uow.execute(text(f"PRAGMA {name}"))).scalar_one() for name in names]

    assert await database.write(of_writer) == [-2000, 0, 1000, 4096]
    async with database.reading() as reader:
        assert await reader.scalars(text("PRAGMA cache_size")) == [-512]
        assert await reader.scalars(text("PRAGMA mmap_size")) == [0]
    assert READERS == 3


async def test_a_file_locked_by_another_program_means_busy_and_nothing_is_lost(
    tmp_path: Path, clock, entropy, identities, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BUSY_TIMEOUT_SECONDS", 0)
    file = tmp_path / "node.sqlite"
    database = await Database.open(
        f"sqlite:///{file}", clock=clock, entropy=entropy, identities=identities
    )
    create = text("CREATE TABLE word (word TEXT)")
    await database.write(lambda uow: uow.execute(create))
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    add = text("INSERT INTO word VALUES ('bread')")
    with pytest.raises(StorageUnavailable, match="busy") as refusal:
        await database.write(lambda uow: uow.execute(add))
    other.execute("ROLLBACK")
    assert refusal.value.retry
    await database.write(lambda uow: uow.execute(add))
    assert other.execute("SELECT count(*) FROM word").fetchall() == [(1,)]
    other.close()
    await database.close()


async def test_a_full_disk_is_named_and_reading_goes_on(database: Database) -> None:
    async def limit(uow: UnitOfWork) -> None:
        pages = (await uow.execute(text("PRAGMA page_count"))).scalar_one()
        await uow.execute(text(f"PRAGMA max_page_count={pages}"))

    await database.write(limit)
    big = {"domain": "x" * 100_000, "level": "block", "reason": "", "created_at": START}
    with pytest.raises(StorageUnavailable, match="disk is full"):
        await database.write(lambda uow: uow.execute(insert(DomainRule), [big]))
    async with database.reading() as reader:
        assert await reader.scalars(select(DomainRule.domain)) == []


async def test_a_statement_takes_one_trip_to_the_thread(
    tmp_path: Path, clock, entropy, identities, sqlite_in_threads: None, monkeypatch
) -> None:
    url = f"sqlite:///{tmp_path / 'node.sqlite'}"
    database = await Database.open(url, clock=clock, entropy=entropy, identities=identities)
    await database.write(lambda uow: uow.execute(text("CREATE TABLE word (word TEXT)")))
    trips: list[str] = []
    go = aiosqlite.Connection._execute
    monkeypatch.setattr(
        aiosqlite.Connection,
        "_execute",
        lambda self, step, *given: trips.append(repr(step)) or go(self, step, *given),
    )

    async def several(uow: UnitOfWork) -> None:
        words = [{"word": "bread"}, {"word": "salt"}]
        added = await uow.execute(text("INSERT INTO word VALUES (:word)"), words)
        assert added.rowcount == 2
        found = await uow.execute(text("SELECT word FROM word ORDER BY word"))
        assert found.scalars().all() == ["bread", "salt"]
        with pytest.raises(OperationalError, match="no such table"):
            await uow.execute(text("SELECT * FROM flour"))

    await database.write(several)
    assert len(trips) == 5, "begin, three statements, commit"
    await database.close()


async def test_what_whoever_hung_up_left_open_is_taken_back(database: Database) -> None:
    await database.write(lambda uow: uow.execute(text("CREATE TABLE word (word TEXT)")))
    begun = asyncio.Event()

    async def hang(uow: UnitOfWork) -> None:
        await uow.execute(text("INSERT INTO word VALUES ('bread')"))
        begun.set()
        await asyncio.sleep(3600)

    for _again in range(2):
        hanging = asyncio.create_task(database.write(hang))
        await begun.wait()
        hanging.cancel()
        await asyncio.wait([hanging])
        begun.clear()

    async with database.reading() as reader:
        assert await reader.scalar(text("SELECT count(*) FROM word")) == 0


async def test_whoever_hangs_up_while_their_turn_begins_keeps_nobody_out(
    tmp_path: Path, clock, entropy, identities, sqlite_in_threads: None
) -> None:
    file = tmp_path / "node.sqlite"
    database = await Database.open(
        f"sqlite:///{file}", clock=clock, entropy=entropy, identities=identities
    )
    await database.write(lambda uow: uow.execute(text("CREATE TABLE word (word TEXT)")))
    add = text("INSERT INTO word VALUES ('bread')")
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    hasty = asyncio.create_task(database.write(lambda uow: uow.execute(add)))
    await asyncio.sleep(0.1)  # it waits for the other in the driver's thread
    hasty.cancel()
    await asyncio.wait([hasty])
    other.execute("COMMIT")

    await database.write(lambda uow: uow.execute(add))
    other.execute("BEGIN IMMEDIATE")
    other.execute("ROLLBACK")
    assert other.execute("SELECT count(*) FROM word").fetchall() == [(1,)]
    other.close()
    await database.close()


async def test_that_nobody_gives_back_what_writes_or_reads_is_told_to_whoever_watches_the_loop(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.append(context))

    async def read() -> None:
        async with database.reading() as reader:
            await reader.ping()

    async def write() -> None:
        await database.write(lambda uow: uow.ping())

    for engine, many, ask in ((database._writer, 1, write), (database._reader, READERS, read)):
        monkeypatch.setattr(engine.pool, "_timeout", 0.1)
        async with AsyncExitStack() as lost:
            for _each in range(many):
                await lost.enter_async_context(engine.connect())
            with pytest.raises(StorageUnavailable):
                await ask()
        assert [type(one["exception"]) for one in told] == [ConnectionsLost]
        await ask()
        assert len(told) == 1
        told.clear()


async def test_those_who_read_for_long_keep_others_waiting_and_nothing_is_lost(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.append(context))
    monkeypatch.setattr(database._reader.pool, "_timeout", 0.1)
    async with AsyncExitStack() as held:
        for _each in range(READERS):
            await held.enter_async_context(database.reading())
        with pytest.raises(StorageUnavailable):
            async with database.reading():
                pass
    assert told == []


async def test_a_waiter_whose_time_ends_while_others_give_back_or_begin_loses_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.append(context))
    monkeypatch.setattr(database._writer.pool, "_timeout", 0.1)
    close, connection = AsyncSession.close, AsyncSession.connection

    async def wait_in_vain() -> None:
        with pytest.raises(StorageUnavailable):
            async with database._to_write.session():
                pass

    async def slow_close(session: AsyncSession) -> None:
        monkeypatch.setattr(AsyncSession, "close", close)
        await wait_in_vain()
        await close(session)

    monkeypatch.setattr(AsyncSession, "close", slow_close)
    async with database._to_write.session():
        pass
    assert told == []

    async def slow_begin(session: AsyncSession) -> Any:
        found = await connection(session)
        await asyncio.sleep(0.2)
        return found

    monkeypatch.setattr(AsyncSession, "connection", slow_begin)
    async with database._writer.connect():
        begins = asyncio.create_task(database.write(lambda uow: uow.ping()))
        await asyncio.sleep(0.02)
        waits = asyncio.create_task(wait_in_vain())
        await asyncio.sleep(0.02)
    await asyncio.gather(begins, waits)
    assert told == []


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere threads have no rank of their own")
async def test_what_reads_gives_way_to_what_writes(
    sqlite_in_threads: None, database: Database
) -> None:
    async def rank(reader: Reader) -> int:
        connection: Any = await (await reader.session.connection()).get_raw_connection()
        return await connection.driver_connection._execute(
            lambda: os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
        )

    async with database.reading() as reader:
        assert await rank(reader) > await database.write(rank) == os.nice(0)
