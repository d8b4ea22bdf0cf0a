"""The database goes away under a node: nothing that was confirmed is lost or happens twice."""

import asyncio
import contextlib
import random
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, insert, text

from federation.errors import StorageUnavailable
from federation.identities import Identities
from federation.storage import Database
from node import backups
from node.backups import Restored
from node.config import FILE_NAME, Config, write_template
from tests.faults.trade import MarketOpener
from tests.support.clock import FixedClock
from tests.support.entropy import SeededEntropy
from tests.support.postgresql import Crash

LINES = Table("crash_line", MetaData(), Column("number", Integer))


@pytest.fixture
async def founded(open_market: MarketOpener) -> Config:
    """A node's folder; nobody serves it."""
    market = await open_market(0)
    lanehead = market.coop("lanehead")
    await lanehead.crash()
    values = {"name": "Lanehead", "address": lanehead.config.address, "currency": "GBP"}
    write_template(lanehead.config.data / FILE_NAME, values)
    return lanehead.config


@pytest.mark.postgres
@pytest.mark.long
async def test_what_was_committed_outlives_a_crash_of_postgresql(
    postgres_crash: Crash, clock: FixedClock, entropy: SeededEntropy, identities: Identities
) -> None:
    """`restart -m immediate` in the middle: what was confirmed is there, and what failed is there
    once at most; the node needs no restart."""
    database = await Database.open(
        postgres_crash.url, clock=clock, entropy=entropy, identities=identities
    )
    await database.write(lambda uow: uow.execute(text("CREATE TABLE crash_line (number int)")))
    confirmed: list[int] = []
    unclear: list[int] = []

    async def add(number: int) -> None:
        try:
            await database.write(lambda uow: uow.execute(insert(LINES), [{"number": number}]))
            confirmed.append(number)
        except StorageUnavailable:
            unclear.append(number)

    for number in range(20):
        await add(number)
    hammering = asyncio.gather(*(add(number) for number in range(20, 60)))
    await asyncio.to_thread(postgres_crash.restart)
    await hammering
    for number in range(60, 70):
        while number not in confirmed:
            await add(number)
    held = await _counted(database)
    assert set(confirmed) <= held.keys() <= set(confirmed) | set(unclear)
    assert all(held[number] == 1 for number in held if number < 60)
    await database.close()


@pytest.mark.parametrize("times", [3, pytest.param(60, marks=pytest.mark.soak)])
async def test_a_backup_made_under_load_is_whole(
    founded: Config, tmp_path: Path, clock: FixedClock, times: int
) -> None:
    """Each holds all that was committed before it began and nothing that is half done."""
    path = founded.data / "rochdale.sqlite"
    written, stop = [0], threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(path, timeout=30)) as database:
            database.execute("PRAGMA journal_mode=WAL")
            while not stop.is_set():
                number = written[0] + 1
                with database:
                    database.executemany(
                        "INSERT INTO load_line VALUES (?, ?)", [(number, 1), (number, 2)]
                    )
                written[0] = number

    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE load_line (number INTEGER, copy INTEGER)")
    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(times):
            before = written[0]
            file = tmp_path / "backup.tar.gz"
            await asyncio.to_thread(backups.back_up, founded, file, clock.now())
            folder = tmp_path / f"again-{number}"
            done: Restored = await asyncio.to_thread(backups.restore, file, folder, clock.now())
            rows = _lines(done.config.data / "rochdale.sqlite")
            assert len(rows) >= before
            assert rows == dict.fromkeys(range(1, len(rows) + 1), 2)
    finally:
        stop.set()
        writer.join()


async def _counted(database: Database) -> dict[int, int]:
    """How often each number is there; the first look after a crash finds a dead connection."""
    query = text("SELECT number, count(*) FROM crash_line GROUP BY number")
    for _again in range(2):
        with contextlib.suppress(StorageUnavailable):
            async with database.reading() as reader:
                return dict(await reader.rows(query))
    raise AssertionError("the database does not come back")


def _lines(path: Path) -> dict[int, int]:
    with closing(sqlite3.connect(path)) as database:
        query = "SELECT number, count(*) FROM load_line GROUP BY number"
        return dict(database.execute(query).fetchall())


@pytest.mark.soak
async def test_a_changed_bit_in_the_database_is_never_taken_for_what_was_written(
    founded: Config, tmp_path: Path
) -> None:
    """A thousand files with one flipped bit each: SQLite finds it, or the rows are as they were, or
    differ in what the chains of the registers cover."""
    path = founded.data / "rochdale.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.execute("PRAGMA journal_mode=DELETE")
    whole, chance = path.read_bytes(), random.Random(7)
    harmed = tmp_path / "harmed.sqlite"
    found = 0
    for _each in range(1000):
        place = chance.randrange(len(whole))
        flipped = bytes([whole[place] ^ (1 << chance.randrange(8))])
        harmed.write_bytes(whole[:place] + flipped + whole[place + 1 :])
        found += bool(backups.integrity_of(f"sqlite:///{harmed}"))
    assert found > 100
