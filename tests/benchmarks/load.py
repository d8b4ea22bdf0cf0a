"""Sending prepared requests over connections that are kept: statuses, seconds, latencies.

As little work as possible for each answer, so that the one who asks is not what is measured.
"""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

CONNECTIONS = 32
LONGEST_SECONDS = 120
_LENGTH = re.compile(rb"content-length: *(\d+)")


@dataclass
class Answers:
    """What came back. latencies: seconds, in the order of the answers."""

    statuses: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    seconds: float = 0.0

    def at(self, share: float) -> float:
        """The latency in milliseconds that this share of the answers did not exceed."""
        ordered = sorted(self.latencies)
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000, 2)


async def send(
    authority: str, requests: Sequence[bytes], *, connections: int = CONNECTIONS
) -> Answers:
    """All of them, each connection with one request under way. Raises RuntimeError when one is
    lost, TimeoutError when it takes too long."""
    host, port = _address(authority)
    loop, answers, waiting = asyncio.get_running_loop(), Answers(), iter(requests)
    begun = time.perf_counter()
    ends = [loop.create_future() for _ in range(min(connections, len(requests)))]
    for end in ends:
        await loop.create_connection(
            lambda end=end: _Sender(waiting, answers, end),  # type: ignore[misc]
            host,
            port,
        )
    async with asyncio.timeout(LONGEST_SECONDS):
        await asyncio.gather(*ends)
    answers.seconds = time.perf_counter() - begun
    return answers


async def send_at(authority: str, requests: Sequence[bytes], per_second: float) -> Answers:
    """At a steady pace, however long answers take: each on a connection that is free, or a new one.

    What has to wait because others do counts as waiting: latencies run from when each was due.
    """
    host, port = _address(authority)
    answers, free = Answers(), list[_Connection]()
    begun = time.perf_counter()

    async def one(request: bytes, due: float) -> None:
        reader, writer = free.pop() if free else await asyncio.open_connection(host, port)
        writer.write(request)
        answers.statuses[await status_of(reader)] += 1
        answers.latencies.append(time.perf_counter() - due)
        free.append((reader, writer))

    async with asyncio.timeout(LONGEST_SECONDS), asyncio.TaskGroup() as group:
        for number, request in enumerate(requests):
            due = begun + number / per_second
            await asyncio.sleep(max(0, due - time.perf_counter()))
            group.create_task(one(request, due))
    answers.seconds = time.perf_counter() - begun
    for _reader, writer in free:
        writer.close()
    return answers


_Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def status_of(reader: asyncio.StreamReader) -> int:
    """Read one answer to its end. Raises IncompleteReadError when the connection ends before."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = _LENGTH.search(head.lower())
    await reader.readexactly(int(length[1]) if length else 0)
    return int(head[9:12])


def _address(authority: str) -> tuple[str, int]:
    host, _, port = authority.rpartition(":")
    return "127.0.0.1" if host.endswith("localhost") else host, int(port)


class _Sender(asyncio.Protocol):
    def __init__(
        self, waiting: Iterator[bytes], answers: Answers, end: asyncio.Future[None]
    ) -> None:
        self._waiting, self._answers, self._end = waiting, answers, end
        self._heard, self._begun = b"", 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._next()

    def _next(self) -> None:
        request = next(self._waiting, None)
        if request is None:
            self._end.set_result(None)
            self._transport.close()
            return
        self._begun = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._heard += data
        head, mark, rest = self._heard.partition(b"\r\n\r\n")
        if not mark:
            return
        length = _LENGTH.search(head.lower())
        size = int(length[1]) if length else 0
        chunked = length is None and b"chunked" in head.lower()
        if len(rest) < size or (chunked and not rest.endswith(b"0\r\n\r\n")):
            return
        self._heard = b""
        self._answers.statuses[int(head[9:12])] += 1
        self._answers.latencies.append(time.perf_counter() - self._begun)
        self._next()

    def connection_lost(self, _error: Exception | None) -> None:
        if not self._end.done():
            self._end.set_exception(RuntimeError("the server closed a connection that was kept"))
