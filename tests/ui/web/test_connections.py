"""Those who connect and ask for nothing, or who connect too often."""

import asyncio
import resource
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest
from msgspec import structs
from structlog.testing import capture_logs

from tests.support.town import Coop
from ui.cli.listening import listen
from ui.web.seats import Seats

ASK = b"GET /healthz HTTP/1.1\r\nHost: lanehead.localhost\r\n\r\n"
METRICS = b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Dial = Callable[[], Awaitable[Line]]


@asynccontextmanager
async def open_door(coop: Coop, **settings: int) -> AsyncGenerator[Dial]:
    """How somebody connects; all hang up in the end."""
    coop.node.config = structs.replace(coop.node.config, **settings)
    runner, lines = await listen(coop.node, "127.0.0.1", 0), []

    async def dial() -> Line:
        lines.append(await asyncio.open_connection(*runner.addresses[0][:2]))
        return lines[-1]

    try:
        yield dial
    finally:
        for _reader, writer in lines:
            writer.close()
        await asyncio.gather(*(line[1].wait_closed() for line in lines), return_exceptions=True)
        await runner.cleanup()


async def asked(line: Line, said: bytes = ASK) -> bytes:
    """The answer to one request; the line stays open."""
    reader, writer = line
    writer.write(said)
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    return head + await reader.readexactly(length)


async def hung_up(line: Line) -> bytes:
    """All that comes until the other side ends the line."""
    with suppress(ConnectionResetError):
        return await asyncio.wait_for(line[0].read(), 10)
    return b""


@pytest.mark.parametrize("slow", [100, pytest.param(1000, marks=pytest.mark.soak)])
async def test_those_who_drip_or_say_nothing_keep_nobody_out(coop: Coop, slow: int) -> None:
    """Ten times as many as there are seats; others are served meanwhile, at once."""
    loop = asyncio.get_running_loop()
    async with open_door(coop, connections=max(slow // 10, 16)) as dial:
        for number in range(slow):
            _silent, slow_one = await dial()
            if number % 2:
                slow_one.write(b"GET / HTTP/1.1\r\nX-Slow: ")
            if number % 10 == 0:
                begun, visitor = loop.time(), await dial()
                assert b"200 OK" in await asked(visitor)
                assert loop.time() - begun < 5, "no wait for anybody's ten seconds"
                visitor[1].close()


async def test_whoever_is_being_answered_keeps_their_seat_and_the_next_is_told_to_come_again(
    coop: Coop,
) -> None:
    body = "POST /sign-in HTTP/1.1\r\nHost: lanehead.localhost\r\nContent-Length: 20\r\n\r\n"
    async with open_door(coop, connections=16) as dial:
        busy = [await dial() for _each in range(16)]
        for _reader, writer in busy:
            writer.write(body.encode())
        metrics = None
        with capture_logs() as logged:
            for _each in range(3):
                refused = await hung_up(await dial())
                assert refused.startswith(b"HTTP/1.1 503 ")
                assert b"Retry-After: 5" in refused
        noted = [line for line in logged if line["event"] == "connections-refused"]
        assert [line["why"] for line in noted] == ["full"], "one line for all of them"
        busy[0][1].close()
        async with asyncio.timeout(10):
            while metrics is None or b"200 OK" not in metrics:
                with suppress(asyncio.IncompleteReadError, ConnectionResetError):
                    metrics = await asked(await dial(), METRICS)
        assert b"rochdale_connections 16" in metrics
        assert b"rochdale_connections_refused " in metrics


async def test_one_address_holds_so_many_and_no_more(
    coop: Coop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Seats, "whose", lambda *_given: "198.51.100.7")
    async with open_door(coop, connections_per_address=2) as dial:
        first, second, third = [await dial() for _each in range(3)]
        assert (await hung_up(third)).startswith(b"HTTP/1.1 503 ")
        assert b"200 OK" in await asked(first)
        second[1].close()
        async with asyncio.timeout(10):
            while True:
                fourth = await dial()
                with suppress(asyncio.IncompleteReadError, ConnectionResetError):
                    if b"200 OK" in await asked(fourth):
                        break


def test_by_whom_a_connection_is_counted() -> None:
    seats = Seats(10, 2)
    assert seats.whose(("203.0.113.9", 4711)) == seats.whose(("203.0.113.9", 1)) == ""
    assert seats.whose(("8.8.8.8", 4711)) == seats.whose(("::ffff:8.8.8.8", 1, 0, 0)) == "8.8.8.8"
    one, neighbour, other = "2600:1::1", "2600:1::2", "2600:1:0:1::1"
    assert seats.whose((one, 1)) == seats.whose((neighbour, 2)) != seats.whose((other, 1))
    for ours in ("127.0.0.1", "10.1.2.3", "::1", "172.17.0.2", "fe80::1%eth0"):
        assert seats.whose((ours, 1)) == ""
    assert seats.whose(None) == seats.whose("") == ""


def test_no_more_than_the_system_lets_us_open() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, hard))
    try:
        assert Seats(10_000, 64).most == 768
        assert Seats(100, 64).most == 100
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
