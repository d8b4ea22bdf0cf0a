"""What is looked at while a blow falls: the loop, the memory, who is dialled, what is written down,
and what the process itself keeps beside its registers."""

import asyncio
import logging
import os
import re
import socket
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from aiohttp.web_protocol import RequestHandler
from sqlalchemy import select
from structlog.testing import capture_logs

from federation.models import RemoteKey
from node.runtime import Node
from tests.hostile.registers import Pages
from ui.web.context import VISITOR

LONGEST_STALL_SECONDS = 0.1
"""In one step of the loop: of processor time, where a million additions take 15 ms, and of standing
still (a disk, a lock, a sleep); on a machine that is slower, or shared with other tests, in
proportion more. Alone no row takes 0.07."""
GROWTH_KIB = 64 * 1024
TOLD = frozenset({400, 401, 403, 408, 413, 415, 421, 429})
"""Statuses of who does what they may not, or sends what none of ours would: a line in the log. So
have 404 to whoever is signed in and names an id, and 409 and 422 to a program."""
REFUSALS = frozenset({"inbox-refused", "peer-refused", "request-refused", "request-unreadable"})


class Canary:
    """A port that nobody may ever reach: a bare connection is too much."""

    def __init__(self) -> None:
        self._door = socket.create_server(("127.0.0.1", 0))
        self._door.setblocking(False)
        self.port: int = self._door.getsockname()[1]
        self._hits = 0
        asyncio.get_running_loop().add_reader(self._door, self._let_in)

    @property
    def hits(self) -> int:
        """How many connections were made, those too that the loop has not seen yet."""
        self._let_in()
        return self._hits

    def forget(self) -> None:
        self._hits = 0

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._door)
        self._door.close()

    def _let_in(self) -> None:
        while True:
            try:
                caller, _address = self._door.accept()
            except BlockingIOError:
                return
            caller.close()
            self._hits += 1


@dataclass
class Steps:
    """How long each step on the loop took."""

    busy: list[float] = field(default_factory=list)
    """Seconds of processor time; nothing else runs meanwhile."""
    still: list[float] = field(default_factory=list)
    """Seconds in which it neither worked nor waited for a processor."""

    def clear(self) -> None:
        self.busy.clear()
        self.still.clear()

    def check(self) -> None:
        longest = max((*self.busy, *self.still), default=0)
        is_short = longest < LONGEST_STALL_SECONDS or longest < _stretched(LONGEST_STALL_SECONDS)
        assert is_short, (max(self.busy), max(self.still))


@dataclass
class Watch:
    """Over one node. secrets: what may stand in no log."""

    node: Node
    canary: Canary
    steps: Steps
    answered: list[tuple[int, int, bool]]
    """Port and status of whatever a server of this process answered, and whether it is told."""
    secrets: set[str] = field(default_factory=set)
    lines: list[dict[str, Any]] = field(default_factory=list)

    @asynccontextmanager
    async def over(self) -> AsyncGenerator[None]:
        """The loop is not held, memory is bounded, nobody is reached who must not be, each refusal
        is one line with its reason, and no secret is written."""
        self.lines.clear()
        self.answered.clear()
        await asyncio.sleep(0)  # what the row did to prepare its blow is no step of the node's
        self.steps.clear()
        guard = self.node.federation.client.guard
        guard.dials.clear()
        with little_memory(), _logged() as records, capture_logs() as lines:
            yield
        self.lines.extend(lines)
        self.steps.check()
        assert self.canary.hits == 0
        allowed = set(self.node.config.dev_peers.values())
        dialled = {(dial.address, dial.port) for dial in guard.dials if dial.allowed}
        assert dialled <= allowed, guard.dials
        told = [record.getMessage() for record in records]
        written = repr(lines) + repr(told)
        assert not any(secret in written for secret in self.secrets), written
        assert not any(each.levelno >= logging.ERROR for each in records), told
        faults = [each for each in lines if each["log_level"] in ("error", "critical")]
        assert not faults, faults
        self._each_refusal_is_told()

    def _each_refusal_is_told(self) -> None:
        port = int(self.node.config.authority.rpartition(":")[2])
        refused = [status for at, status, is_told in self.answered if at == port and is_told]
        told = [
            line["status"]
            for line in self.lines
            if line["event"] in REFUSALS and _counts(line) and line["code"]
        ]
        unheard = [line["status"] for line in self.lines if line.get("code") == "broken-off"]
        assert sorted(told) in (sorted(refused), sorted(refused + unheard)), (refused, self.lines)

    async def memory(self) -> Pages:
        """What the process keeps for itself and may not change by what is refused, by its name.

        That it was refused is remembered, too, so that nobody asks again and again: but never of a
        key that is good.
        """
        keys, inbox = self.node.federation.keys, self.node.federation.inbox
        columns = (RemoteKey.key_id, RemoteKey.owner, RemoteKey.digest)
        async with self.node.reading() as reader:
            rows = await reader.rows(select(*columns).where(RemoteKey.retired_at.is_(None)))
        stored = {tuple(row) for row in rows}
        entries = keys._known._entries.items()
        known = {(name, key.owner, key.digest) for name, (_at, key) in entries}
        good = {key_id for key_id, *_more in stored}
        held: dict[str, Any] = {
            "keys that are in memory alone": sorted(known - stored),
            "good keys that count as bad": sorted(good & keys._failed._entries.keys()),
            "hosts that speak RFC 9421": sorted(inbox._shown),
            "free times of peers": sorted(self.node.neighbours._known),
        }
        return {name: repr(value) for name, value in held.items()}


@contextmanager
def timed(steps: Steps) -> Iterator[None]:
    """How long each step on the loop takes. What it waits for a processor that others have is the
    kernel's count (schedstat), and no fault of ours."""
    run = asyncio.Handle._run

    def run_timed(step: asyncio.Handle) -> None:
        begun, worked, delayed = time.perf_counter(), time.thread_time(), _delays()
        run(step)
        busy = time.thread_time() - worked
        steps.busy.append(busy)
        passed = time.perf_counter() - begun
        steps.still.append(passed - busy - (_delays() - delayed) / 1e9)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio.Handle, "_run", run_timed)
        yield


@cache
def _schedule() -> int:
    return os.open("/proc/thread-self/schedstat", os.O_RDONLY)


def _delays() -> int:
    """Nanoseconds that this thread has waited for a processor so far."""
    return int(os.pread(_schedule(), 64, 0).split()[1])


@contextmanager
def heard(answered: list[tuple[int, int, bool]]) -> Iterator[None]:
    """Note what every server of this process answers: its port, and the status."""
    finish = RequestHandler.finish_response

    async def noting(self: Any, request: Any, response: Any, *more: Any) -> Any:
        transport = self.transport
        if transport is not None:
            port = transport.get_extra_info("sockname")[1]
            status = getattr(response, "status", 0)
            answered.append((port, status, _is_told(request, status)))
        return await finish(self, request, response, *more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RequestHandler, "finish_response", noting)
        yield


def _is_told(request: Any, status: int) -> bool:
    visitor = request.get(VISITOR)
    if status == 404 and visitor is not None and visitor.account is not None:
        is_old_letter = request.path.startswith("/mail/stop/")  # its page says so, and refuses none
        return bool(request.match_info) and not is_old_letter
    return status in TOLD or (status in (409, 422) and request.path.startswith("/api/"))


def _counts(line: dict[str, Any]) -> bool:
    """The wire tells of more than is asked for here."""
    return line["event"] == "request-refused" or line.get("status") in TOLD


@contextmanager
def _logged() -> Iterator[list[logging.LogRecord]]:
    """What libraries write, which do not use our log."""
    records: list[logging.LogRecord] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = records.append  # type: ignore[method-assign]
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield records
    finally:
        root.removeHandler(handler)


@contextmanager
def little_memory() -> Iterator[None]:
    """At no moment of it does the process hold 64 MiB more than before."""
    before = _held_kib()
    yield
    assert _highest_kib() - before < GROWTH_KIB


def _held_kib() -> int:
    """What is held now, from which the highest counts anew."""
    Path("/proc/self/clear_refs").write_text("5")
    return _highest_kib()


def _highest_kib() -> int:
    found = re.search(r"^VmHWM:\s+(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert found
    return int(found[1])


def _stretched(seconds: float) -> float:
    """So much time of a fast machine on this one, as busy as it is now."""
    begun = time.thread_time()
    for number in range(1_000_000):
        number + 1
    return seconds * max(1.0, (time.thread_time() - begun) / 0.015)
