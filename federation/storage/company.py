"""The processes of one node on one PostgreSQL: they hear each other, and one of them leads.

Each has a connection of its own for that. It listens to what the others commit (LISTEN, NOTIFY),
and holds two advisory locks: one that says that the process is here, and in one process the one of
whoever leads. When a process dies, its connection ends, and both locks with it. While a connection
is away nothing is lost: work is looked for every second anyway, and another process leads.

On SQLite there is one process, which is alone and leads.
"""

import asyncio
import os
from collections.abc import Callable, Iterable
from typing import Any

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from federation.storage.topics import Topic
from federation.storage.unit_of_work import UnitOfWork

log = structlog.get_logger()

CHANNEL = "rochdale"
# Any numbers will do, if all processes of a node ask for the same ones.
HERE, LEADING = 0x726F6370, 0x726F636C
ALONE = func.pg_try_advisory_xact_lock(HERE)
"""True where no process of the node is at work; until the transaction ends none begins."""
_ANSWER_SECONDS = 5


class Company:
    """This process among those of its node."""

    def __init__(self, engine: AsyncEngine, name: str, heard: Callable[[Topic], None]) -> None:
        """name: this process's own, among all. heard: called with what others committed."""
        self._engine = engine
        self._name = name
        self._heard = heard
        self._connection: AsyncConnection | None = None
        self._driver: Any = None
        self._is_leading = False
        self._turn = asyncio.Lock()

    async def join(self) -> None:
        """Be here and listen; where the database is away, that comes when it is back."""
        async with self._turn:
            await self._is_here()

    async def leads(self) -> bool:
        """Whether this is the process that does what one must do; it becomes it if none is."""
        async with self._turn:
            if not await self._is_here():
                return False
            ask = "SELECT true" if self._is_leading else f"SELECT pg_try_advisory_lock({LEADING})"
            try:
                is_leading = await self._driver.fetchval(ask, timeout=_ANSWER_SECONDS)
            except _failures():
                await self._part()
                return False
            if is_leading and not self._is_leading:
                log.info("leads-now", process=os.getpid())
            self._is_leading = bool(is_leading)
            return self._is_leading

    async def leave(self) -> None:
        """Let another one lead."""
        async with self._turn:
            await self._part()
        await self._engine.dispose()

    async def tell(self, session: AsyncSession, topics: Iterable[Topic]) -> None:
        """Let the others hear, when the transaction is committed."""
        for topic in sorted(topics):
            said = func.pg_notify(CHANNEL, f"{self._name} {topic}")
            await session.execute(select(said))

    async def _is_here(self) -> bool:
        if self._driver is not None and not self._driver.is_closed():
            return True
        await self._part()
        try:
            self._connection = await self._engine.connect()
            raw = await self._connection.get_raw_connection()
            self._driver = raw.driver_connection
            here = f"SELECT pg_advisory_lock_shared({HERE})"
            await self._driver.execute(here, timeout=_ANSWER_SECONDS)
            await self._driver.add_listener(CHANNEL, self._hear)
        except _failures() as error:
            log.warning("hears-no-other-process", why=str(error) or type(error).__name__)
            await self._part()
            return False
        for topic in Topic:  # whatever was said while nobody listened here
            self._heard(topic)
        return True

    async def _part(self) -> None:
        connection, self._connection, self._driver = self._connection, None, None
        self._is_leading = False
        if connection is None:
            return
        try:
            await connection.invalidate()
            await connection.close()
        except _failures():
            log.info("connection-was-gone")

    def _hear(self, _connection: object, _process: int, _channel: str, payload: str) -> None:
        name, _, topic = payload.partition(" ")
        if name != self._name and topic in list(Topic):
            self._heard(Topic(topic))


async def is_alone(uow: UnitOfWork) -> bool:
    """Whether no other process of the node is at work; until the commit none begins."""
    if uow.dialect == "sqlite":
        return True
    return bool(await uow.scalar(select(ALONE)))


def _failures() -> tuple[type[Exception], ...]:
    import asyncpg  # only where it is the driver

    return DBAPIError, OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError
