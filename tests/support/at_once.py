"""SQLite without its thread, for simulations.

The driver hands each step of a statement to a thread and waits: some 150 hops for a message. Here
the step is done where it is asked for, with the same SQL on the same file. That takes a tenth of
the time, and there is no thread left whose pace could change the order of anything.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import aiosqlite.core
import pytest


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


@pytest.fixture
def sqlite_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections that are opened from now on have no thread."""
    monkeypatch.setattr(aiosqlite.core, "SimpleQueue", _AtOnce)
    monkeypatch.setattr(aiosqlite.core, "Thread", _NoThread)
