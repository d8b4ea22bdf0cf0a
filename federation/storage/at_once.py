"""SQLite without the driver's thread: each step is done where it is asked for.

The driver hands every step of a statement to a thread and waits, some 150 hops for a message. Here
the same SQL runs on the same file in half of the time, in an order that no thread can change; but
the event loop waits for the disk. For programs that serve nobody meanwhile: a simulation, or the
demo's past.
"""

import sqlite3
from typing import Any

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import ConnectArgsType
from sqlalchemy.pool import AsyncAdaptedQueuePool, Pool
from sqlalchemy.util import await_

from federation.storage.statements import Shared

DRIVER = "sqlite+atonce"


class _Cursor(sqlite3.Cursor):
    """Waits for nothing, once a statement: SQLAlchemy refuses connections that never wait."""

    def execute(self, *given: Any) -> Any:
        await_(_nothing())
        return super().execute(*given)

    def executemany(self, *given: Any) -> Any:
        await_(_nothing())
        return super().executemany(*given)

    async def _async_soft_close(self) -> None:
        """Asked of a cursor once its rows are read."""


async def _nothing() -> None:
    pass


class AtOnceConnection(sqlite3.Connection):
    """Python's own, with cursors that SQLAlchemy can use where it may have to wait."""

    def cursor(self, factory: Any = _Cursor) -> Any:
        return super().cursor(factory)


class AtOnceDialect(Shared, SQLiteDialect_pysqlite):
    """Python's own driver, given to an engine that can wait, though it never has to."""

    supports_statement_cache = True
    is_async = True

    def create_connect_args(self, url: URL) -> ConnectArgsType:
        given, named = super().create_connect_args(url)
        return given, {**named, "factory": AtOnceConnection}

    @classmethod
    def get_pool_class(cls, _url: URL) -> type[Pool]:
        return AsyncAdaptedQueuePool


registry.register("sqlite.atonce", __name__, AtOnceDialect.__name__)
