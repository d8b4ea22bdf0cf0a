"""How many connections there are, and how long one may take to bring the head of a request.

aiohttp has one time for that and for idling between two requests, which web servers do for minutes.
So the head has a clock of its own: from the connection on, and from the first byte of each later
one.

Where all seats are taken, whoever sits there without having asked for anything gives way to the
next, and else whoever has read longest at what they were given: a thousand that say nothing, or
that ask and do not read, keep nobody out.

Of requests that come before the last one is answered aiohttp reads 32, and then no more.
"""

import asyncio
from typing import Any

from aiohttp import web

from ui.web import slow_reading
from ui.web.seats import Seats
from ui.web.slow_reading import Reading

# A web server hands on whole heads, and a phone on a slow line sends one in two seconds.
HEAD_SECONDS = 10.0
# Where all seats are taken, an answer that fits no longer into this gives way to others.
ROOM_SECONDS = 10.0
_TOO_SLOW = (
    b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"  # RFC 9110
)

_NO_SEAT = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\n"
    b"Connection: close\r\nContent-Length: 0\r\n\r\n"
)
SEATS = web.AppKey("seats", Seats)


class Runner(web.AppRunner):
    """An application on sockets, which has its `SEATS`. head_seconds: how long a head may take;
    options: of aiohttp."""

    __slots__ = ("_head_seconds", "_seats")

    def __init__(self, app: web.Application, *, head_seconds: float, **options: Any) -> None:
        super().__init__(app, **options)
        self._head_seconds = head_seconds
        self._seats = app[SEATS]

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        return _Server(made, self._head_seconds, self._seats, self._kwargs)


class _Server(web.Server):
    def __init__(
        self, made: web.Server, head_seconds: float, seats: Seats, options: dict[str, Any]
    ) -> None:
        super().__init__(made.request_handler, request_factory=made.request_factory, **options)
        self._head_seconds = head_seconds
        self.seats = seats

    def __call__(self) -> web.RequestHandler:
        return _Connection(self, self._head_seconds, loop=self._loop, **self._kwargs)

    def make_room(self) -> None:
        """Let the first go that asks for nothing just now, else the one that reads longest."""
        seated = [each for each in self._connections if isinstance(each, _Connection)]
        idle = next((each for each in seated if each.asks_nothing), None)
        if idle is not None:
            idle.give_way()
            return
        slowest = max(seated, key=lambda each: each.behind, default=None)
        if slowest is not None and slowest.behind >= ROOM_SECONDS:
            slowest.give_way()


class _Connection(web.RequestHandler):
    __slots__ = (
        "_deadline",
        "_has_begun",
        "_head_seconds",
        "_look",
        "_reading",
        "_seat",
        "_server",
    )

    def __init__(self, manager: _Server, head_seconds: float, **options: Any) -> None:
        super().__init__(manager, **options)
        self._server = manager
        self._seat: str | None = None
        self._head_seconds = head_seconds
        self._has_begun = False
        self._deadline: asyncio.TimerHandle | None = None
        self._look: asyncio.TimerHandle | None = None
        self._reading: Reading | None = None

    @property
    def behind(self) -> float:
        """For how many seconds an answer has waited for its reader."""
        if self._seat is None or self._reading is None:
            return 0.0
        return self._reading.behind(self._loop.time())

    @property
    def asks_nothing(self) -> bool:
        """No request of it is being answered, or comes in beyond its head."""
        is_idle = self._waiter is not None and not self._waiter.done()
        return self._seat is not None and (self._deadline is not None or is_idle)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        seats = self._server.seats
        whose = seats.whose(transport.get_extra_info("peername"))
        if seats.is_full:
            self._server.make_room()
        if seats.is_full or seats.has_too_many(whose):
            seats.refuse("full" if seats.is_full else "too-many-of-one")
            transport.write(_NO_SEAT)  # type: ignore[attr-defined]
            transport.close()
            return
        self._seat = whose
        seats.take(whose)
        super().connection_made(transport)
        self._begin()
        self._reading = Reading(transport)  # type: ignore[arg-type]
        self._look_later(self._reading)

    def data_received(self, data: bytes) -> None:
        if self._seat is None:
            return
        before = self._request_count
        super().data_received(data)
        if self._request_count > before:
            self._stop()
        elif self._deadline is not None:
            self._has_begun = True
        elif self._waiter is not None and not self._waiter.done():  # else a body goes on
            self._has_begun = True
            self._begin()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._stop()
        self._leave()
        if self._look is not None:
            self._look.cancel()
        super().connection_lost(exc)

    def give_way(self) -> None:
        """Somebody else gets this seat now."""
        self._leave()
        self._stop()
        if self._reading is not None and self._reading.has_unread:
            self._reading.hang_up()
        else:
            self._give_up()

    def _look_later(self, reading: Reading) -> None:
        self._look = self._loop.call_later(slow_reading.LOOK_SECONDS, self._look_at, reading)

    def _look_at(self, reading: Reading) -> None:
        if reading.look(self._loop.time()):
            reading.hang_up()
        self._look_later(reading)

    def _leave(self) -> None:
        if self._seat is not None:
            self._server.seats.give_back(self._seat)
            self._seat = None

    def _begin(self) -> None:
        self._deadline = self._loop.call_later(self._head_seconds, self._give_up)

    def _stop(self) -> None:
        self._has_begun = False
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        """Who has said nothing at all, as a browser that connects ahead, hears nothing."""
        if self._has_begun and self.transport is not None:
            self.transport.write(_TOO_SLOW)
        self.force_close()
