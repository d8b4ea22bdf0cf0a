"""A node that rests does not hold what its work has needed."""

import asyncio
import os
import platform
import resource
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from ui.cli import listening
from ui.cli.listening import give_back, until_told_to_stop

BLOCK, BLOCKS = 4_000, 10_000


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other systems do not keep it")
def test_memory_that_work_has_left_free_is_given_back() -> None:
    """The last block stays, or glibc would give back what lies before it by itself."""
    blocks = [b"\x01" * BLOCK for _ in range(BLOCKS)]
    last = blocks[-1]
    del blocks
    before = resident()
    give_back()
    assert before - resident() > BLOCK * BLOCKS // 2
    assert last


@pytest.mark.parametrize("error", [RuntimeError("can't start new thread"), MemoryError()])
async def test_a_node_without_threads_or_memory_to_give_back_stays_and_hears_a_stop(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    tries = asyncio.Semaphore(0)

    async def fails(_call: Callable[[], None]) -> None:
        tries.release()
        raise error

    monkeypatch.setattr(listening, "GIVEN_BACK_EVERY", 0)
    monkeypatch.setattr(asyncio, "to_thread", fails)
    waits = asyncio.create_task(until_told_to_stop())
    for _time in range(3):
        await tries.acquire()
    assert not waits.done()
    await is_stopped(waits)


async def test_a_stop_does_not_wait_for_memory_to_be_given_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, may_end = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def slow() -> None:
        loop.call_soon_threadsafe(begun.set)
        may_end.wait(20)

    monkeypatch.setattr(listening, "GIVEN_BACK_EVERY", 0)
    monkeypatch.setattr(listening, "give_back", slow)
    waits = asyncio.create_task(until_told_to_stop())
    await begun.wait()
    try:
        await is_stopped(waits)
    finally:
        may_end.set()


async def is_stopped(waits: asyncio.Task[None]) -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(waits, 5)


@pytest.fixture(autouse=True)
def _garbage_and_signals_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process under test is that of all tests."""
    monkeypatch.setattr(listening.gc, "freeze", lambda: None)
    monkeypatch.setattr(listening.gc, "set_threshold", lambda *_: None)


def resident() -> int:
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * resource.getpagesize()
