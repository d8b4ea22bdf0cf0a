"""Several processes that serve one node: the one that starts them, and starts them again.

It holds the socket on which all of them take connections, so that none is lost when one dies. It
opens no database. When it dies itself, the others see their line to it end, and stop.

They are forked from a process that has loaded the program and does nothing else (Python's
"forkserver"): the next one is there at once, and what is loaded lies in memory once.
"""

import asyncio
import multiprocessing
from collections.abc import Awaitable, Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from socket import socket

import structlog
from msgspec import Struct

from node.errors import Conflict
from node.i18n import _
from ui.cli import crew_member

log = structlog.get_logger()

# One that lived shorter than this is started again only after a while, which grows.
_LIVED_SECONDS = 30
_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS = 0.2, 30
# A worker finishes requests, a letter and deliveries first; each has its own limit of ten seconds.
_STOP_SECONDS = 40
_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["ui.cli.crew_member", "ui.web.app", "asyncpg"])


class Member(Struct, frozen=True):
    """One process. line: it says there that it serves; it ends when the line does."""

    process: BaseProcess
    line: Connection

    async def ended(self) -> None:
        """Wait until it is no more."""
        await _readable(self.process.sentinel)
        self.process.join()
        self.line.close()

    async def end(self) -> None:
        """Let it finish what is under way; end it if it takes too long."""
        self.process.terminate()
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await self.ended()
        except TimeoutError:
            log.warning("worker-killed", process=self.process.pid)
            self.process.kill()
            await self.ended()


class Crew:
    """The processes of one node, as many as were asked for."""

    def __init__(self, size: int, data: Path, listener: socket) -> None:
        self._size = size
        self._data = data
        self._listener = listener
        self._working: set[Member] = set()

    async def work(
        self, say_ready: Callable[[], None], until: Callable[[], Awaitable[None]]
    ) -> None:
        """Keep all of them at work until told to stop. Raises Conflict if one cannot begin."""
        told_to_stop = asyncio.ensure_future(until())
        places: list[asyncio.Task[None]] = []
        try:
            first = await asyncio.gather(*(self._start() for _place in range(self._size)))
            if None in first:
                raise Conflict(_("A worker could not begin; what it said stands above."))
            say_ready()
            places = [asyncio.create_task(self._keep(each)) for each in first if each]
            await told_to_stop
        finally:
            told_to_stop.cancel()
            for place in places:
                place.cancel()
            await asyncio.gather(*places, return_exceptions=True)
            await asyncio.gather(*(member.end() for member in self._working))

    async def _keep(self, member: Member) -> None:
        """One place in the crew: whoever ends is followed by another."""
        wait, loop = _FIRST_WAIT_SECONDS, asyncio.get_running_loop()
        while True:
            begun = loop.time()
            await member.ended()
            self._working.discard(member)
            log.warning("worker-ended", process=member.process.pid, status=member.process.exitcode)
            if loop.time() - begun > _LIVED_SECONDS:
                wait = _FIRST_WAIT_SECONDS
            following = None
            while following is None:
                await asyncio.sleep(wait)
                wait = min(2 * wait, _LONGEST_WAIT_SECONDS)
                following = await self._start()
            member = following

    async def _start(self) -> Member | None:
        """A process that serves; None if it ended before it did, and said why."""
        ours, theirs = _forks.Pipe()
        process = _forks.Process(
            target=crew_member.serve,
            args=(self._data, self._size, self._listener, theirs),
            name="worker",
        )
        await asyncio.to_thread(process.start)  # the first loads the program before it is forked
        theirs.close()
        member = Member(process, ours)
        self._working.add(member)
        await _readable(ours.fileno())
        try:
            ours.recv_bytes()
        except EOFError:
            await member.ended()
            self._working.discard(member)
            return None
        log.info("worker-began", process=process.pid)
        return member


async def _readable(number: int) -> None:
    """Wait until there is something to read, or the other end is closed."""
    loop, is_so = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(number, is_so.set)
    try:
        await is_so.wait()
    finally:
        loop.remove_reader(number)
