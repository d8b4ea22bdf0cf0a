"""Whole Rochdale nodes beside foreign peers: real servers on loopback, http or https."""

import asyncio
import shutil
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import pytest
from aiohttp import web

from federation import key_files
from federation.key_files import Generation, KeyState
from node import listings, peers
from node.config import Config, from_values
from node.listings import ANYBODY, Hit, ListingDraft, ListingView, SearchQuery
from node.peers import PeerState
from node.runtime import Node, open_node
from tests.support.authority import LocalCA
from tests.support.clock import FixedClock
from tests.support.entropy import SeededEntropy
from tests.support.fedify import FedifyPeer
from tests.support.town import town_listener
from ui.web.app import build_app

PATIENCE_SECONDS = 20


@dataclass
class Beside:
    """A coop's node beside foreign peers. `answers`: the status of every delivery to it."""

    node: Node
    answers: list[int] = field(default_factory=list)
    _answered: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def uri(self) -> str:
        return self.node.federation.identities.coop.uri

    @property
    def inbox(self) -> str:
        return f"{self.node.config.address}/inbox"

    async def settle(self) -> None:
        await self.node.federation.settle()

    async def until(self, done: Callable[[], Awaitable[bool]]) -> None:
        """Work, and look again after each delivery from outside, until something holds."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                seen = len(self.answers)
                await self.settle()
                if await done():
                    return
                await self._next_answer(seen)

    async def write(self, command: Callable[..., Awaitable[Any]], *given: Any, **named: Any) -> Any:
        """Run one command, and let everything travel that comes of it."""
        done = await self.node.write(lambda uow: command(uow, *given, **named))
        await self.settle()
        return done

    async def state_of(self, peer: FedifyPeer) -> PeerState | None:
        async with self.node.reading() as reader:
            view = await peers.peer(reader, peer.actor)
        return view.state if view else None

    async def ask(self, peer: FedifyPeer) -> None:
        """Ask a peer to be in touch, and wait until it said yes."""
        await peers.ask(self.node.federation, peer.actor)

        async def in_touch() -> bool:
            return await self.state_of(peer) is PeerState.IN_TOUCH

        await self.until(in_touch)

    async def accept(self, peer: FedifyPeer) -> None:
        await self.write(peers.accept, peer.actor)

    async def publish(self, draft: ListingDraft) -> ListingView:
        view: ListingView = await self.write(listings.create, draft, by=None, publish=True)
        return view

    async def found(self, words: str) -> list[Hit]:
        """What somebody from the street finds here."""
        async with self.node.reading() as reader:
            query, now = SearchQuery(q=words), self.node.clock.now()
            return (await listings.search(reader, query, ANYBODY, now)).hits

    async def mirror(self, hit: Hit) -> listings.MirrorView:
        """Our copy of a peer's listing that was found."""
        async with self.node.reading() as reader:
            view = await listings.mirror(reader, hit.uri)
        assert view
        return view

    async def _next_answer(self, seen: int) -> None:
        async with self._answered:
            await self._answered.wait_for(lambda: len(self.answers) > seen)

    @web.middleware
    async def _remember(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        response = await handler(request)
        if request.method == "POST":
            async with self._answered:
                self.answers.append(response.status)
                self._answered.notify_all()
        return response


class OpenBeside(Protocol):
    """Opens a coop that may talk to exactly these peers; `ca`: over https, by that authority."""

    async def __call__(self, *foreign: FedifyPeer, ca: LocalCA | None = None) -> Beside: ...


@pytest.fixture
async def coop_beside(
    tmp_path: Path, town_keys: dict[str, Generation], migrated_file: Path
) -> AsyncGenerator[OpenBeside]:
    async with AsyncExitStack() as stack:

        async def open_beside(*foreign: FedifyPeer, ca: LocalCA | None = None) -> Beside:
            listener = town_listener("127.0.0.1", 0)
            stack.callback(listener.close)
            scheme = "https" if ca else "http"
            address = f"{scheme}://localhost:{listener.getsockname()[1]}"
            config = _config(tmp_path / "coop", address, foreign, ca)
            shutil.copy(migrated_file, config.data)
            if "beside" not in town_keys:
                town_keys["beside"] = await asyncio.to_thread(key_files.new_generation, 1)
            await asyncio.to_thread(
                key_files.store, config.keys, town_keys["beside"], KeyState(address=address)
            )
            # Foreign peers live by the real time: ours is the same, and then stands.
            clock = FixedClock(datetime.now(UTC).replace(microsecond=0))
            opening = open_node(config, clock=clock, entropy=SeededEntropy(0))
            coop = Beside(await stack.enter_async_context(opening))
            app = build_app(coop.node)
            app.middlewares.append(coop._remember)
            runner = web.AppRunner(app, access_log=None)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.SockSite(runner, listener, ssl_context=_tls(ca)).start()
            return coop

        yield open_beside


def _config(
    data: Path, address: str, foreign: tuple[FedifyPeer, ...], ca: LocalCA | None
) -> Config:
    data.mkdir()
    return from_values(
        data,
        {
            "name": "Lanehead Cleaners",
            "address": address,
            "place": "Rochdale, GB",
            "currency": "GBP",
            "dev_peers": [urlsplit(peer.origin).netloc for peer in foreign],
            "ca_file": str(ca.ca) if ca else "",
        },
    )


def _tls(ca: LocalCA | None) -> ssl.SSLContext | None:
    if ca is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(ca.certificate, ca.key)
    return context
