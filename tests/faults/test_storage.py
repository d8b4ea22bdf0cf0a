"""The database goes away under a node: nothing that was confirmed is lost or happens twice."""

import asyncio
import contextlib
import random
import sqlite3
import threading
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, insert, select, text
from sqlalchemy.exc import SQLAlchemyError

from federation.errors import StorageUnavailable
from federation.identities import Identities
from federation.storage import Database, Reader
from federation.storage.base import table_of
from node import backups, ledger, members
from node.backups import Restored
from node.config import FILE_NAME, Config, write_template
from node.ledger import recipes
from node.ledger.models import LedgerEntry, LedgerHead, LedgerPosting
from node.members.models import MemberEvent, RegisterHead
from tests.faults.trade import MarketOpener
from tests.node.ledger.conftest import ROSA, book, gbp
from tests.support.asking import write
from tests.support.clock import FixedClock
from tests.support.entropy import SeededEntropy
from tests.support.postgresql import Crash

Ambient = tuple[FixedClock, SeededEntropy, Identities]
UNREADABLE = (StorageUnavailable, SQLAlchemyError, ValueError, TypeError)
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


COVERED = (
    select(table_of(LedgerEntry)).order_by(text("seq")),
    select(table_of(LedgerPosting)).order_by(text("entry_seq, line")),
    select(table_of(LedgerHead).c["seq", "digest"]),
    select(table_of(MemberEvent)).order_by(text("seq")),
    select(table_of(RegisterHead).c["seq", "digest"]),
)
"""What the chains of the books and the register cover."""


@pytest.mark.soak
@pytest.mark.timeout(600)
async def test_a_changed_bit_in_books_or_register_is_never_taken_for_what_was_written(
    open_market: MarketOpener,
    tmp_path: Path,
    clock: FixedClock,
    entropy: SeededEntropy,
    identities: Identities,
) -> None:
    """A thousand files with one flipped bit each: SQLite finds it, or books and register are read
    as they were written, or their chains do not hold."""
    path = await _filled(open_market)
    whole, chance = path.read_bytes(), random.Random(7)
    written, harmed = _bytes_of(path), tmp_path / "harmed.sqlite"
    url, ambient = f"sqlite:///{harmed}", (clock, entropy, identities)
    harmed.write_bytes(whole)
    assert await _noticed(url, ambient) is None
    rows = await _rows(url, ambient)
    found: Counter[str] = Counter()
    for _each in range(1000):
        place = chance.randrange(len(whole))
        flipped = bytes([whole[place] ^ (1 << chance.randrange(8))])
        harmed.write_bytes(whole[:place] + flipped + whole[place + 1 :])
        if backups.integrity_of(url):
            found["by SQLite"] += 1
        elif _bytes_of(harmed) == written:
            found["elsewhere"] += 1
        elif said := await _noticed(url, ambient):
            found[said] += 1
        else:
            assert await _rows(url, ambient) == rows, f"bit at {place}"
    assert found.keys() >= {"by SQLite", "elsewhere", "by the books", "by the register"}, found


async def _filled(open_market: MarketOpener) -> Path:
    """The database of a node that has books and a register; nobody serves it."""
    market = await open_market(0)
    market.world.advance(timedelta(seconds=1))  # ids are of a moment, and of the seed
    lanehead = market.coop("lanehead")
    database = lanehead.node.database
    for number in range(60):
        await book(database, recipes.PLATFORM_FEE, f"a:{number}", ROSA, fee=gbp(100 + number))
        person = {"name": f"Member {number}", "membership_class": "worker"}
        await write(database, members.add_member, **person, admit=members.Event.ADMIT)
    await lanehead.crash()
    path = lanehead.config.data / "rochdale.sqlite"
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        file.execute("PRAGMA journal_mode=DELETE")
    return path


def _bytes_of(path: Path) -> list[Any] | None:
    """What covered tables hold, byte for byte; None if they cannot be read."""
    with closing(sqlite3.connect(path)) as file:
        file.text_factory = bytes
        try:
            return [file.execute(str(query)).fetchall() for query in COVERED]
        except sqlite3.DatabaseError:
            return None


async def _noticed(url: str, ambient: Ambient) -> str | None:
    """Who says that something is wrong."""
    with contextlib.suppress(*UNREADABLE):
        async with _reading(url, ambient) as reader:
            if (await ledger.verify(reader)).fault is not None:
                return "by the books"
            return "by the register" if await members.first_fault(reader) is not None else None
    return "by an error"


async def _rows(url: str, ambient: Ambient) -> list[Any]:
    """What covered tables hold, as the program reads it: a moment may be written in two ways."""
    async with _reading(url, ambient) as reader:
        return [await reader.rows(query) for query in COVERED]


@asynccontextmanager
async def _reading(url: str, ambient: Ambient) -> AsyncGenerator[Reader]:
    clock, entropy, identities = ambient
    database = await Database.open(url, clock=clock, entropy=entropy, identities=identities)
    try:
        async with database.reading() as reader:
            yield reader
    finally:
        await database.close()
