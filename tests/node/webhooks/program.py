"""A program that waits for webhooks, on this machine: it answers as it is told, and remembers."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
from aiohttp import web

from federation.guard import Guard
from federation.http_client import GuardedClient
from federation.settings import FederationSettings
from node import webhooks
from node.webhooks import Draft, Sender
from tests.support.asking import Asking

HOST = "shop.localhost:9000"
URL = f"http://{HOST}/hooks/s3cret"


@dataclass
class Heard:
    """One POST."""

    headers: Any
    body: bytes

    @property
    def said(self) -> Any:
        return msgspec.json.decode(self.body)


@dataclass
class Program:
    """status, headers: what it answers from now on."""

    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    heard: list[Heard] = field(default_factory=list)
    port: int = 0

    @property
    def kinds(self) -> list[str]:
        return [one.said["type"] for one in self.heard]


@asynccontextmanager
async def program(port: int = 0) -> AsyncGenerator[Program]:
    """Listens on loopback; port 0 takes a free one."""
    made = Program()

    async def answer(request: web.Request) -> web.Response:
        made.heard.append(Heard(request.headers.copy(), await request.read()))
        return web.Response(status=made.status, headers=made.headers, text="so it is")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    made.port = runner.addresses[0][1]
    try:
        yield made
    finally:
        await runner.cleanup()


@dataclass
class Shop(Asking):
    """A webhook to that program, on a database without a node around it."""

    database: Any
    clock: Any
    guard: Guard
    program: Program
    id: str = ""
    secret: str = ""
    sender: Sender = field(init=False)

    async def view(self) -> webhooks.WebhookView:
        view: webhooks.WebhookView = await self.read(webhooks.webhook, self.id)
        return view

    async def log(self, **named: Any) -> list[webhooks.DeliveryView]:
        lines: list[webhooks.DeliveryView] = await self.read(webhooks.log, self.id, **named)
        return lines

    async def wait(self, time: Any) -> None:
        """Let time pass, and send what is due then."""
        self.clock.advance(time)
        await self.sender.settle()


@asynccontextmanager
async def sender_to(here: Shop, guard: Guard) -> AsyncGenerator[Sender]:
    """A sender that may dial what the guard says."""
    client = GuardedClient(guard, clock=here.clock, settings=FederationSettings())
    made = Sender(here.database, client, here.clock)
    try:
        yield made
    finally:
        await made.stop()
        await client.close()


@asynccontextmanager
async def shop(database: Any, clock: Any) -> AsyncGenerator[Shop]:
    async with program() as waiting:
        guard = Guard({HOST: ("127.0.0.1", waiting.port)})
        made = Shop(database, clock, guard, waiting)
        view, made.secret = await made.write(webhooks.create, Draft(URL), guard, by=None)
        made.id = view.id
        async with sender_to(made, guard) as made.sender:
            yield made
