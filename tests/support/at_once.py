"""SQLite without its thread, and each statement compiled once: for all that does not race.

The driver hands each step of a statement to a thread and waits: some 150 hops for a message. Here
the step is done where it is asked for, with the same SQL on the same file. That takes a tenth of
the time, and there is no thread left whose pace could change the order of anything. Who wants the
threads, because two writers are to meet, asks for the fixture `sqlite_in_threads`.

Each database has a memory of its own for the statements that it has compiled: a test that opens
three nodes compiles everything six times. Here all databases of the process share one.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import aiosqlite.core
import pytest
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import LRUCache

from federation.storage import database
from federation.storage.address import is_sqlite

_core: Any = aiosqlite.core
_thread, _queue = _core.Thread, _core.SimpleQueue
_statements: LRUCache[Any, Any] = LRUCache(20_000)


class _AtOnce:
    """Stands for the driver's queue."""

    def put_nowait(self, work: tuple[asyncio.Future[Any] | None, Callable[[], Any]]) -> None:
        future, function = work
        try:
            result = function()
        except BaseException as error:  # noqa: BLE001 - as the driver's thread does
            if future is not None:
                future.set_exception(error)
            return
        if future is not None:
            future.set_result(result)


class _NoThread:
    """Stands for the driver's thread."""

    daemon = True

    def __init__(self, **_given: Any) -> None:
        pass

    def start(self) -> None:
        pass


def pytest_configure() -> None:
    """From now on connections have no thread, and databases share what they compile."""
    made = database._engine

    def sharing(address: URL, **options: Any) -> AsyncEngine:
        engine = made(address, **options)
        if is_sqlite(address):
            engine.sync_engine._compiled_cache = _statements
        return engine

    replaced: list[tuple[Any, str, Any]] = [
        (_core, "SimpleQueue", _AtOnce),
        (_core, "Thread", _NoThread),
        (SQLiteDialect_aiosqlite, "__eq__", lambda self, other: type(self) is type(other)),
        (SQLiteDialect_aiosqlite, "__hash__", lambda self: hash(type(self))),
        (database, "_engine", sharing),
    ]
    for place, name, stand_in in replaced:
        setattr(place, name, stand_in)


@pytest.fixture
def sqlite_in_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections that are opened from now on work in threads, as in a running node."""
    monkeypatch.setattr(_core, "SimpleQueue", _queue)
    monkeypatch.setattr(_core, "Thread", _thread)
