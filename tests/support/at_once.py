"""SQLite without its thread, and each statement compiled once: for all that does not race.

What works in a thread in a running node works where it is asked for here (see
`federation.storage.at_once`): that takes half of the time. Who wants the threads, because two
writers are to meet, asks for the fixture `sqlite_in_threads`.

Each database has a memory of its own for the statements that it has compiled: a test that opens
three nodes compiles everything six times. Here all databases of the process share one.
"""

from typing import Any

import pytest
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import LRUCache

from federation.storage import database
from federation.storage.address import is_sqlite

_statements: LRUCache[Any, Any] = LRUCache(20_000)
_engines, _engine = database._sqlite_engines, database._engine


def pytest_configure() -> None:
    """From now on connections have no thread, and databases share what they compile."""
    replaced: list[tuple[Any, str, Any]] = [
        (database, "_sqlite_engines", _at_once),
        (database, "_engine", _sharing),
        (SQLiteDialect_aiosqlite, "__eq__", lambda self, other: type(self) is type(other)),
        (SQLiteDialect_aiosqlite, "__hash__", lambda self: hash(type(self))),
    ]
    for place, name, stand_in in replaced:
        setattr(place, name, stand_in)


@pytest.fixture
def sqlite_in_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Databases that are opened from now on work in threads, as in a running node."""
    monkeypatch.setattr(database, "_sqlite_engines", _engines)


def _at_once(address: URL, **_given: bool) -> tuple[AsyncEngine, AsyncEngine]:
    return _engines(address, at_once=True)


def _sharing(address: URL, **options: Any) -> AsyncEngine:
    engine = _engine(address, **options)
    if is_sqlite(address):
        engine.sync_engine._compiled_cache = _statements
    return engine
