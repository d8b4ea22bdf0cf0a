"""What SQLAlchemy has compiled for SQLite, kept once for all databases of the process.

SQLAlchemy keeps it per engine and per dialect object. But a node has two engines, one to read and
one to write, and the five nodes of the demo have ten.
"""

from typing import Any

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite
from sqlalchemy.util import LRUCache

from federation.storage.trips import OneTripContext

DRIVER = "sqlite+shared"

STATEMENTS: LRUCache[Any, Any] = LRUCache(2_000)
"""By dialect and statement."""


class Shared:
    """A dialect whose objects are all equal, as there is one library of SQLite in a process."""

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))


class SharedDialect(Shared, SQLiteDialect_aiosqlite):
    """SQLAlchemy's own, with a thread for each connection, to which a statement goes once."""

    supports_statement_cache = True
    execution_ctx_cls = OneTripContext


registry.register("sqlite.shared", __name__, SharedDialect.__name__)
