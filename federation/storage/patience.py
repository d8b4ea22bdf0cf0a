"""How long the database may work on what a stranger asks.

PostgreSQL counts by itself, statement by statement. SQLite asks back while it works, and is told to
stop once the time for all of them is over.
"""

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.util import await_

from federation.errors import TookTooLong
from federation.storage.statements import SharedDialect

_UNTIL = "rochdale_until"
# Of SQLite's own steps: some 5 ms. Each question back waits for Python's lock.
_STEPS_BETWEEN = 200_000
_QUERY_CANCELED = "57014"


def ask_back(engine: AsyncEngine) -> None:
    """Let SQLite look at the clock now and then, on every connection of this engine."""

    @event.listens_for(engine.sync_engine, "connect")
    def set_up(connection: Any, record: Any) -> None:
        def is_over() -> bool:
            until = record.info.get(_UNTIL)
            return until is not None and time.monotonic() > until

        if engine.sync_engine.driver != SharedDialect.driver:
            connection.set_progress_handler(is_over, _STEPS_BETWEEN)
            return
        await_(connection.driver_connection.set_progress_handler(is_over, _STEPS_BETWEEN))


@asynccontextmanager
async def within(session: AsyncSession, seconds: float) -> AsyncGenerator[None]:
    """Whatever is asked inside may take so long. Raises TookTooLong."""
    connection = await session.connection()
    on_server = connection.dialect.name == "postgresql"
    kept = (await connection.get_raw_connection()).info
    try:
        if on_server:
            await session.execute(text(f"SET LOCAL statement_timeout = {int(seconds * 1000)}"))
        else:
            kept[_UNTIL] = time.monotonic() + seconds
        yield
        if on_server:
            await session.execute(text("SET LOCAL statement_timeout = 0"))
    except DBAPIError as error:
        if _was_stopped(error):
            raise TookTooLong from error
        raise
    finally:
        kept.pop(_UNTIL, None)


def _was_stopped(error: DBAPIError) -> bool:
    state = getattr(error.orig, "sqlstate", None)
    return state == _QUERY_CANCELED or str(error.orig) == "interrupted"
