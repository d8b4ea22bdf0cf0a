"""SQLite without the driver's thread: each step is done where it is asked for.

The driver hands every step of a statement to a thread and waits, some 150 hops for a message. Here
the same SQL runs on the same file in half of the time, in an order that no thread can change; but
the event loop waits for the disk. For programs that serve nobody meanwhile: a simulation, or the
demo's past.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Generator
from functools import partial
from typing import Any

import aiosqlite

_CHUNK = 64
"""Rows that the driver fetches at a time; its own default."""


class _Now:
    """Stands for the queue to the driver's thread, which SQLAlchemy uses as well."""

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


class _AtOnce(aiosqlite.Connection):
    """The driver's connection; its thread is never started."""

    def __init__(self, connector: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(connector, _CHUNK)
        self._tx: Any = _Now()

    def __await__(self) -> Generator[Any, None, aiosqlite.Connection]:
        return self._connect().__await__()


def connect(database: str, **options: Any) -> aiosqlite.Connection:
    """As `aiosqlite.connect`."""
    return _AtOnce(partial(sqlite3.connect, database, **options))
