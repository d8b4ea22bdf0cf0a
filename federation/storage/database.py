"""Opening the database, and the two ways into it: `write` and `reading`.

SQLite: one connection writes, behind one lock, and every writing transaction is BEGIN IMMEDIATE.
With SQLAlchemy's default, 50 concurrent read-then-write increments ended at 10, without an error.
Readers have their own connections and see the last commit while a write is under way.

PostgreSQL: every unit of work is SERIALIZABLE and run again when it lost a race; what lost once
queues behind one lock of this process and one of all, and what comes meanwhile queues behind it.
"""

import asyncio
import os
import sqlite3
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

import msgspec
import structlog
from sqlalchemy import Connection, event, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, DisconnectionError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from federation.ambient import Clock, Entropy
from federation.errors import Contended, StorageUnavailable
from federation.identities import Identities
from federation.storage.address import async_url, is_sqlite
from federation.storage.at_once import DRIVER as AT_ONCE
from federation.storage.company import Company
from federation.storage.failures import LOCKED, lost_a_race, unavailable
from federation.storage.lending import Lending
from federation.storage.lookout import Lookout
from federation.storage.patience import ask_back
from federation.storage.statements import STATEMENTS, SharedDialect
from federation.storage.stepping_back import step_back
from federation.storage.topics import Topic
from federation.storage.unit_of_work import Reader, UnitOfWork

log = structlog.get_logger()
T = TypeVar("T")
Dialect = Literal["sqlite", "postgresql"]

# The first version with the FTS5 and STRICT behaviour that we test against (Debian 12).
OLDEST_SQLITE = (3, 40, 0)
BUSY_TIMEOUT_SECONDS = 5  # security paper F05: another writer may hold the file this long
READERS = 3
READER_CACHE_KIB = 512  # SQLite's own 2,000 for each take 5 MB more; the system keeps the file
POSTGRES_WRITERS = 8
# 50 increments of one row at once took at most 3 attempts from one program, 5 from two.
ATTEMPTS = 12
# What lost a race queues behind those of all processes that did. LOCK takes no picture of the
# database, so that the one after it is fresh; in this mode it keeps nobody from the table itself.
_TURN = text("LOCK TABLE domain_rule IN SHARE UPDATE EXCLUSIVE MODE")
# A transaction has no number until it writes. The number is known to a server that crashed, too.
_NUMBER = text("SELECT CAST(pg_current_xact_id_if_assigned() AS text)")
_BECAME = text("SELECT pg_xact_status(CAST(CAST(:number AS text) AS xid8))")
SETTLED_SECONDS = 10
"""A server that crashed takes connections again by then (security paper F07)."""
_ASK_SECONDS = 0.25
_CUT = "PRAGMA wal_checkpoint(TRUNCATE)"
_OPENING = "rochdale-opening"
"""Set on a connection while its transaction begins."""


class Database:
    """The one database of a node. Use `open`; close it when done."""

    def __init__(
        self,
        writer: AsyncEngine,
        reader: AsyncEngine,
        company: AsyncEngine | None = None,
        *,
        clock: Clock,
        entropy: Entropy,
        identities: Identities,
    ) -> None:
        self.url = writer.url
        self.dialect: Dialect = "sqlite" if writer.dialect.name == "sqlite" else "postgresql"
        self.identities = identities
        """Given to every unit of work; replaced when keys have been rotated."""
        self.is_silent = False
        """Nothing may be signed or sent: set while a restored node only listens."""
        self._company: Company | None = None
        """The other processes of the node; on SQLite there are none."""
        if company is not None:
            self._company = Company(company, entropy.token(8).hex(), self._heard)
        self.commits = 0
        """How many units of work were committed here; other processes may have added theirs."""
        self._writer = writer
        self._reader = reader
        self._to_write, self._to_read = Lending(writer), Lending(reader)
        self._clock = clock
        self._entropy = entropy
        self._lane = asyncio.Lock()
        self._found_locked = 0
        """How often another program held SQLite's file for longer than we wait."""
        self._listeners: dict[Topic, list[Callable[[], None]]] = {}
        self._writing: set[asyncio.Task[Any]] = set()

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        clock: Clock,
        entropy: Entropy,
        identities: Identities,
        at_once: bool = False,
    ) -> Self:
        """Open `sqlite:///path` or `postgresql://…`; the tables must be there (node.migrations).

        at_once: SQLite without threads, see `federation.storage.at_once`. Raises
        StorageUnavailable when it cannot be reached or is too old.
        """
        address = async_url(url)
        engines = (
            (*_sqlite_engines(address, at_once=at_once), None)
            if is_sqlite(address)
            else _postgres_engines(address)
        )
        database = cls(*engines, clock=clock, entropy=entropy, identities=identities)
        try:
            async with database.reading():
                pass
        except BaseException:
            await database.close()
            raise
        return database

    async def write(self, work: Callable[[UnitOfWork], Awaitable[T]], *, aloud: bool = False) -> T:
        """Run `work` in one unit of work and commit it; then call its after_commit callbacks.

        aloud: it may sign, also while the node is silent: what ends the silence.

        An exception from `work` rolls everything back. On PostgreSQL `work` runs again when
        another transaction came first. Raises StorageUnavailable when the database is busy,
        full or away: then nothing was kept.
        """
        task = asyncio.current_task()
        if task is None or task in self._writing:
            raise RuntimeError("a unit of work is already open here: pass it on instead")
        self._writing.add(task)
        try:
            unit, result = await self._commit(work, aloud=aloud)
        finally:
            self._writing.discard(task)
        self.commits += 1
        for callback in unit.callbacks:
            callback()
        for topic in sorted(unit.told):
            self._heard(topic)
        return result

    def hear(self, topic: Topic, listener: Callable[[], None]) -> None:
        """Have it called after commits that tell of it, in this process or, once it has joined the
        others and unless it is about deliveries, in any."""
        self._listeners.setdefault(topic, []).append(listener)

    async def join(self) -> None:
        """Hear what other processes of the node commit, from now on."""
        if self._company is not None:
            await self._company.join()

    async def leads(self) -> bool:
        """Whether this process does what only one may do at a time; on SQLite there is but one."""
        return self._company is None or await self._company.leads()

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[Reader]:
        """A read-only picture of the last commit, beside the write lane."""
        try:
            async with self._to_read.session() as session:
                yield Reader(
                    session,
                    dialect=self.dialect,
                    identities=self.identities,
                    now=self._clock.now(),
                    is_silent=self.is_silent,
                )
        except DBAPIError as error:
            raise unavailable(error) or error from error

    async def empty_log(self) -> bool:
        """Bring SQLite's write-ahead log home and cut it, so that nothing deleted lingers in it.

        False when readers held it: ask again later. PostgreSQL looks after its own log. Raises
        StorageUnavailable.
        """
        if self.dialect != "sqlite":
            return True
        try:
            async with self._lane, self._writer.connect() as connection:
                return await connection.run_sync(_cut_log)
        except DBAPIError as error:
            raise unavailable(error) or error from error

    def lookout(self, longest: timedelta) -> Lookout:
        """For one duty that comes back again and again; see `Lookout`."""
        is_file = self.dialect == "sqlite" and self.url.database
        log = Path(f"{self.url.database}-wal") if is_file else None
        return Lookout(log, lambda: self.commits, longest)

    async def close(self) -> None:
        """Close every connection."""
        if self._company is not None:
            await self._company.leave()
        await self._reader.dispose()
        await self._writer.dispose()

    def _heard(self, topic: Topic) -> None:
        for listener in self._listeners.get(topic, ()):
            listener()

    async def _commit(
        self, work: Callable[[UnitOfWork], Awaitable[T]], *, aloud: bool
    ) -> tuple[UnitOfWork, T]:
        if self.dialect == "sqlite":
            return await self._in_lane(work, aloud=aloud)
        if self._lane.locked():  # somebody lost a race: who runs beside makes it lose another
            async with self._lane:
                return await self._try_again(work, aloud=aloud)
        try:
            return await self._attempt(work, aloud=aloud)
        except _LostRace:
            async with self._lane:
                return await self._try_again(work, aloud=aloud)

    async def _in_lane(
        self, work: Callable[[UnitOfWork], Awaitable[T]], *, aloud: bool
    ) -> tuple[UnitOfWork, T]:
        """One after the other. When another program kept the file until the first gave up, those
        behind it have waited with it: else the tenth would wait ten times as long."""
        was_locked = self._found_locked
        async with self._lane:
            if self._found_locked != was_locked:
                raise StorageUnavailable(LOCKED)
            try:
                return await self._attempt(work, aloud=aloud)
            except StorageUnavailable as error:
                self._found_locked += error.code == StorageUnavailable.default_code
                raise

    async def _try_again(
        self, work: Callable[[UnitOfWork], Awaitable[T]], *, aloud: bool
    ) -> tuple[UnitOfWork, T]:
        for attempt in range(1, ATTEMPTS):
            try:
                return await self._attempt(work, aloud=aloud, in_turn=True)
            except _LostRace:
                # Full jitter, 0 to 1 s at most: the others are in other processes.
                jitter = int.from_bytes(self._entropy.token(2)) / 0x10000
                await asyncio.sleep(jitter * min(0.005 * 2**attempt, 1))
        raise Contended(
            f"Another change came first {ATTEMPTS} times in a row; try again in a moment."
        )

    async def _attempt(
        self, work: Callable[[UnitOfWork], Awaitable[T]], *, aloud: bool, in_turn: bool = False
    ) -> tuple[UnitOfWork, T]:
        try:
            async with self._to_write.session() as session:
                if in_turn:
                    await session.execute(_TURN)
                unit = UnitOfWork(
                    session,
                    dialect=self.dialect,
                    identities=self.identities,
                    now=self._clock.now(),
                    entropy=self._entropy,
                    is_silent=self.is_silent and not aloud,
                )
                result = await work(unit)
                if self._company is not None:
                    await self._company.tell(session, unit.told - {Topic.DELIVERIES})
                await self._keep(session)
                return unit, result
        except DBAPIError as error:
            if lost_a_race(error):
                raise _LostRace from error
            raise unavailable(error) or error from error

    async def _keep(self, session: AsyncSession) -> None:
        """Commit. Where the answer is lost on the way, PostgreSQL is asked what became of it."""
        if self.dialect == "sqlite":
            return await session.commit()
        number = await session.scalar(_NUMBER)
        try:
            await session.commit()
        except DBAPIError as error:
            if number is None or unavailable(error) is None or not await self._is_kept(number):
                raise
            log.info("commit-was-kept")

    async def _is_kept(self, number: str) -> bool:
        """Whether a transaction was committed; False also while nobody can be asked for long."""
        for _again in range(round(SETTLED_SECONDS / _ASK_SECONDS)):
            with suppress(DBAPIError, OSError, StorageUnavailable):
                async with AsyncSession(self._writer) as session:
                    became = await session.scalar(_BECAME, {"number": number})
                    if became != "in progress":
                        return bool(became == "committed")
            await asyncio.sleep(_ASK_SECONDS)
        return False


class _LostRace(Exception):
    """PostgreSQL could not order this transaction among the others; nothing was kept."""


def migration_engine(url: str) -> AsyncEngine:
    """One connection that may change tables, each change inside one transaction.

    References are not enforced on it: SQLite changes a table by building a new one and dropping
    the old, which would take every row that refers to it along. Whoever migrates checks them after.
    """
    address = async_url(url)
    if not is_sqlite(address):
        return _engine(address, isolation_level="SERIALIZABLE", pool_size=1, max_overflow=0)
    _check_sqlite(address)
    engine = _engine(address, pool_size=1, max_overflow=0)
    _on_connect(engine, ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=OFF"))
    _on_begin(engine, "BEGIN IMMEDIATE")
    return engine


def _engine(address: URL, **options: Any) -> AsyncEngine:
    return create_async_engine(
        address,
        json_serializer=lambda value: msgspec.json.encode(value).decode(),
        json_deserializer=msgspec.json.decode,
        hide_parameters=True,  # an error that is logged tells no value: it may be somebody's
        **options,
    )


def _check_sqlite(address: URL) -> None:
    if not Path(address.database or "").parent.is_dir():
        raise StorageUnavailable(
            f"The database {address.database} cannot be opened: its folder does not exist.",
            code="storage-away",
        )
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        wanted = ".".join(map(str, OLDEST_SQLITE))
        raise StorageUnavailable(
            f"SQLite {sqlite3.sqlite_version} is too old: Rochdale needs {wanted} or newer. "
            "Upgrade the operating system, or use PostgreSQL.",
            code="sqlite-too-old",
        )


def _sqlite_engines(address: URL, *, at_once: bool) -> tuple[AsyncEngine, AsyncEngine]:
    _check_sqlite(address)
    if at_once:
        address = address.set(drivername=AT_ONCE)
    options: dict[str, Any] = {
        "connect_args": {"timeout": BUSY_TIMEOUT_SECONDS},
        "max_overflow": 0,
        "pool_reset_on_return": None,  # _on_return does it, where there is something
        "execution_options": {"compiled_cache": STATEMENTS},
    }
    writer = _engine(address, pool_size=1, **options)
    reader = _engine(address, pool_size=READERS, **options)
    durable = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")
    _on_connect(writer, (*durable, "secure_delete=FAST"))
    _on_connect(reader, ("query_only=ON", f"cache_size=-{READER_CACHE_KIB}"))
    _on_begin(writer, "BEGIN IMMEDIATE")
    _on_begin(reader, "BEGIN")
    _on_return(writer)
    _on_return(reader)
    ask_back(reader)
    step_back(reader)
    return writer, reader


def _cut_log(connection: Connection) -> bool:
    cursor = connection.connection.cursor()  # of the driver: it must not begin a transaction
    try:
        cursor.execute(_CUT)
        [(is_busy, *_pages)] = cursor.fetchall()
    except sqlite3.Error as error:
        raise OperationalError(_CUT, None, error) from error
    finally:
        cursor.close()
    return not is_busy


def _on_connect(engine: AsyncEngine, pragmas: tuple[str, ...]) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def set_up(connection: Any, _record: Any) -> None:
        # Python's driver would open transactions by its own rules; ours are opened below.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()


def _on_begin(engine: AsyncEngine, statement: str) -> None:
    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Any) -> None:
        driver = connection.connection
        connection.info[_OPENING] = True
        try:
            if connection.engine.driver == SharedDialect.driver:
                # One trip to the driver's thread; exec_driver_sql makes three, at 0.2 ms each.
                driver.run_async(lambda threaded: threaded.execute_fetchall(statement))
            else:
                driver.execute(statement)
        except sqlite3.Error as error:
            raise OperationalError(statement, None, error) from error
        connection.info.pop(_OPENING)


def _on_return(engine: AsyncEngine) -> None:
    """What a session left open, or was still opening when it was cancelled, is rolled back.
    SQLAlchemy would take a trip to the driver's thread for it each time, though the session has
    ended its transaction."""

    @event.listens_for(engine.sync_engine, "reset")
    def reset(connection: Any, record: Any, _state: Any) -> None:
        was_opening = record.info.pop(_OPENING, False)
        if was_opening or record.driver_connection.in_transaction:
            connection.rollback()


def _postgres_engines(address: URL) -> tuple[AsyncEngine, AsyncEngine, AsyncEngine]:
    # The process's number, so that people find out in pg_stat_activity who holds what.
    named = {"server_settings": {"application_name": f"rochdale {os.getpid()}"}}
    writer = _engine(
        address,
        isolation_level="SERIALIZABLE",
        pool_size=POSTGRES_WRITERS,
        max_overflow=0,
        connect_args=named,
    )
    reader = _engine(
        address,
        isolation_level="REPEATABLE READ",
        pool_size=READERS,
        max_overflow=0,
        execution_options={"postgresql_readonly": True},
        connect_args=named,
    )
    company = _engine(address, isolation_level="AUTOCOMMIT", poolclass=NullPool, connect_args=named)
    for engine in (writer, reader):
        _leave_out_the_dead(engine)
    return writer, reader, company


def _leave_out_the_dead(engine: AsyncEngine) -> None:
    """After a crash of the server each connection would fail somebody's request once: the driver
    knows by then that it is closed, without asking."""

    @event.listens_for(engine.sync_engine, "checkout")
    def look(connection: Any, _record: Any, _fairy: Any) -> None:
        if connection.driver_connection.is_closed():
            raise DisconnectionError
