"""Sessions, each with a connection of one pool in its hands.

Where there was no memory for one of SQLAlchemy's steps, a connection may stay with nobody: it is
never given back, and no other comes in its place.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from sqlalchemy import event
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from federation.errors import ConnectionsLost, StorageUnavailable
from federation.storage.failures import unavailable


class Lending:
    """Lends what a pool has, and tells the loop's exception handler when all of it is lost."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._times = 0
        """How often the pool gave a connection so far."""
        self._lent = 0
        event.listen(engine.sync_engine, "checkout", self._count)

    @asynccontextmanager
    async def session(self) -> AsyncGenerator[AsyncSession]:
        """With a transaction that has begun, so that what is read of the clock comes after those
        that were waited for. Raises StorageUnavailable."""
        has_one = False
        try:
            async with AsyncSession(self._engine, expire_on_commit=False) as session:
                await self._begin(session)
                has_one = True
                self._lent += 1
                yield session
        finally:  # not before the session has given it back
            self._lent -= has_one

    def _count(self, *_connection: object) -> None:
        """Counted before its transaction begins, which on SQLite takes less time than waiters
        have: meanwhile it is not lost either."""
        self._times += 1

    async def _begin(self, session: AsyncSession) -> None:
        before = self._times
        try:
            await session.connection()
        except PoolTimeout as error:
            if not self._lent and self._times == before:
                self._tell_that_all_are_lost()
            raise StorageUnavailable("The database is busy; try again in a moment.") from error
        except OSError as error:
            raise unavailable(error) from error

    def _tell_that_all_are_lost(self) -> None:
        """Nobody has one, and nobody got one for as long as somebody waits. Not on PostgreSQL: to
        reach a server that is away takes longer than that."""
        if self._engine.dialect.name != "sqlite":
            return
        lost = ConnectionsLost("Connections to the database were never given back.")
        context = {"message": str(lost), "exception": lost}
        asyncio.get_running_loop().call_exception_handler(context)
