"""How long a connection may take to bring the head of a request.

aiohttp has one time for that and for idling between two requests, which web servers do for minutes.
So the head has a clock of its own: from the connection on, and from the first byte of each later
one.
"""

import asyncio
from typing import Any

from aiohttp import web

# A web server hands on whole heads, and a phone on a slow line sends one in two seconds.
HEAD_SECONDS = 10.0
_TOO_SLOW = (
    b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"  # RFC 9110
)


class Runner(web.AppRunner):
    """An application on sockets. head_seconds: how long a head may take; options: of aiohttp."""

    __slots__ = ("_head_seconds",)

    def __init__(self, app: web.Application, *, head_seconds: float, **options: Any) -> None:
        super().__init__(app, **options)
        self._head_seconds = head_seconds

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        return _Server(made, self._head_seconds, self._kwargs)


class _Server(web.Server):
    def __init__(self, made: web.Server, head_seconds: float, options: dict[str, Any]) -> None:
        super().__init__(made.request_handler, request_factory=made.request_factory, **options)
        self._head_seconds = head_seconds

    def __call__(self) -> web.RequestHandler:
        return _Connection(self, self._head_seconds, loop=self._loop, **self._kwargs)


class _Connection(web.RequestHandler):
    __slots__ = ("_deadline", "_has_begun", "_head_seconds")

    def __init__(self, manager: web.Server, head_seconds: float, **options: Any) -> None:
        super().__init__(manager, **options)
        self._head_seconds = head_seconds
        self._has_begun = False
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._begin()

    def data_received(self, data: bytes) -> None:
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
        super().connection_lost(exc)

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
