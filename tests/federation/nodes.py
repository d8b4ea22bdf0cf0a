"""Whole nodes in one process: real servers on loopback, real databases, one standing clock."""

import asyncio
import io
import json
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from federation import identities as ours
from federation import key_files, relations
from federation.delivery import queue
from federation.delivery.queue import Job
from federation.guard import Guard
from federation.key_files import Generation, KeyState
from federation.models import RelationState
from federation.ourselves import CoopProfile
from federation.outbox import publish
from federation.routes import object_response, peer_routes
from federation.runtime import Federation
from federation.settings import FederationSettings
from federation.storage import Database, Reader, UnitOfWork
from protocol.addressing import PUBLIC
from protocol.vocabulary import activities
from tests.federation import shop
from tests.federation.peer import Peer, multikey, public_key
from tests.federation.shop import Shop
from tests.support import tables
from tests.support.asking import Asking
from tests.support.clock import FixedClock
from tests.support.entropy import SeededEntropy
from tests.support.signing import Signer, cavage, encode


@dataclass
class Node(Asking):
    """One node; `server` can go away and come back."""

    authority: str
    federation: Federation
    shop: Shop
    listener: socket.socket
    requests: list[web.Request] = field(default_factory=list)
    server: web.AppRunner | None = None
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    """Set after each request that was answered."""

    @property
    def base(self) -> str:
        return f"http://{self.authority}"

    @property
    def coop(self) -> str:
        return f"{self.base}/coop"

    @property
    def database(self) -> Database:
        return self.federation.database

    async def serve(self) -> None:
        app = web.Application()

        @web.middleware
        async def remember(request: web.Request, handler: Any) -> web.StreamResponse:
            self.requests.append(request)
            response: web.StreamResponse = await handler(request)
            self.answered.set()
            return response

        app.middlewares.append(remember)
        app.add_routes(peer_routes(self.federation))

        async def shared(request: web.Request) -> web.Response:
            return await object_response(self.federation, request)

        app.router.add_get("/{path:.*}", shared)
        self.server = web.AppRunner(app, access_log=None)
        await self.server.setup()
        await web.SockSite(self.server, self.listener).start()

    async def go_away(self) -> None:
        assert self.server is not None
        await self.server.cleanup()
        self.server = None

    async def come_back(self) -> None:
        self.listener = _listener(self.listener_port)
        await self.serve()

    listener_port: int = 0

    async def next_answer(self) -> None:
        """Wait until another request has been answered."""
        self.answered.clear()
        await self.answered.wait()

    async def follow(self, other: "Node | Foreigner") -> None:
        """As if both sides had agreed: what one publishes goes to the other."""
        uri = other.coop
        await self.federation.actors.actor(uri, refresh=True)
        accepted = {"follower_state": RelationState.ACCEPTED, "following_state": "accepted"}
        await self.write(relations.change, uri, **accepted)

    async def announce(self, verb: str, number: str, name: str, **fields: Any) -> str:
        """Tell all followers of a good of ours."""

        async def tell(uow: UnitOfWork) -> str:
            uri = await shop.stock(uow, number, name)
            build = {"Create": activities.create, "Update": activities.update}[verb]
            document = build("", self.coop, shop.good(uri, self.coop, name, **fields), (PUBLIC,))
            to = [target.actor_uri for target in await relations.followers(uow)]
            return await publish(uow, document, to_actors=to, object_uri=uri)

        said: str = await self.write(tell)
        return said

    async def goods(self) -> list[str]:
        return await shop.names(self.database)


@dataclass
class Foreigner:
    """A coop on other software, which signs by the specifications."""

    peer: Peer
    signer: Signer

    @property
    def coop(self) -> str:
        return self.signer.actor

    @property
    def base(self) -> str:
        return self.peer.base

    def publish(self, **members: Any) -> None:
        """Serve the actor with its keys."""
        self.peer.publish(
            "/coop",
            publicKey=public_key(self.coop, self.signer.rsa),
            assertionMethod=[multikey(self.coop, self.signer.ed25519)],
            **members,
        )

    def say(self, verb: str = "Create", number: str = "1", **changed: Any) -> dict[str, Any]:
        """An activity about a good of its own."""
        uri = f"{self.base}/goods/{number}"
        name = changed.pop("name", "Bread")
        activity = {
            "@context": shop.CONTEXT,
            "id": f"{self.base}/a/{verb}-{number}",
            "type": verb,
            "actor": self.coop,
            "to": [PUBLIC],
            "object": shop.good(uri, self.coop, name),
        }
        return activity | changed


@dataclass(frozen=True)
class Reply:
    """What a node answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The reason code of a problem document."""
        return str(self.json["code"])


@dataclass
class Wire:
    """Posts to a node as a foreign server would."""

    session: aiohttp.ClientSession
    clock: FixedClock

    async def post(
        self, node: Node, body: bytes, headers: dict[str, str], path: str = "/inbox"
    ) -> Reply:
        port = node.listener_port
        address = f"http://127.0.0.1:{port}{path}"
        skip = ("Content-Type", "Accept", "Accept-Encoding", "User-Agent")
        async with self.session.post(
            address, data=io.BytesIO(body), headers=headers, skip_auto_headers=skip
        ) as response:
            return Reply(response.status, response.headers, await response.read())

    async def deliver(
        self, node: Node, foreigner: Foreigner, activity: dict[str, Any], **signing: Any
    ) -> Reply:
        """Signed by draft-cavage, as most software does."""
        body = encode(activity)
        date: datetime = signing.pop("date", self.clock.now())
        headers = cavage(foreigner.signer, node.authority, body, date, **signing)
        return await self.post(node, body, headers)

    async def get(self, node: Node, path: str, **headers: str) -> Reply:
        address = f"http://127.0.0.1:{node.listener_port}{path}"
        sent = {"Host": node.authority, "Accept": "application/activity+json"} | headers
        async with self.session.get(address, headers=sent, allow_redirects=False) as response:
            return Reply(response.status, response.headers, await response.read())


Founder = Callable[..., Awaitable[list[Node]]]


@pytest.fixture(scope="session")
def node_keys() -> dict[str, Generation]:
    """Keys by name, made once for all tests: a pair of RSA keys takes a while."""
    return {}


@pytest.fixture
async def farm(node_keys: dict[str, Generation]) -> AsyncGenerator[Foreigner]:
    async for foreigner in _foreigner("farm.example", node_keys):
        yield foreigner


@pytest.fixture
async def eve(node_keys: dict[str, Generation]) -> AsyncGenerator[Foreigner]:
    async for foreigner in _foreigner("evil.example", node_keys):
        yield foreigner


async def _foreigner(authority: str, keys: dict[str, Generation]) -> AsyncGenerator[Foreigner]:
    made = keys_of(keys, authority)
    rsa, ed25519 = made.rsa["coop"], made.ed25519["coop"]
    peer = await Peer(authority).start()
    foreigner = Foreigner(peer, Signer(f"{peer.base}/coop", rsa, ed25519))
    foreigner.publish()
    yield foreigner
    await peer.stop()


@pytest.fixture
async def found(
    tmp_path: Path,
    clock: FixedClock,
    node_keys: dict[str, Generation],
    farm: Foreigner,
    eve: Foreigner,
) -> AsyncGenerator[Founder]:
    """Found nodes that reach each other, the farm and eve: `loaf, mill = await found(2)`."""
    async with AsyncExitStack() as stack:

        async def nodes(
            count: int = 1, *, url: str | None = None, settings: FederationSettings | None = None
        ) -> list[Node]:
            names = ("loaf.example", "mill.example", "dairy.example")[:count]
            listeners = [_listener() for _ in names]
            places = {
                name: ("127.0.0.1", listener.getsockname()[1])
                for name, listener in zip(names, listeners, strict=True)
            }
            for foreigner in (farm, eve):
                places[foreigner.peer.authority] = ("127.0.0.1", foreigner.peer.port)
            made = []
            for number, (name, listener) in enumerate(zip(names, listeners, strict=True)):
                address = f"http://{name}"
                folder = tmp_path / name
                generation = keys_of(node_keys, name)
                key_files.store(folder, generation, KeyState(address=address))
                place = url or f"sqlite:///{tmp_path / name}.sqlite"
                await tables.lay(place)
                database = await Database.open(
                    place,
                    clock=clock,
                    entropy=SeededEntropy(number),
                    identities=ours.load(folder, address, clock.now()),
                )
                stack.push_async_callback(database.close)
                goods = Shop()
                await goods.open(database)
                federation = Federation(
                    database,
                    guard=Guard({k: v for k, v in places.items() if k != name}),
                    clock=clock,
                    handlers=goods.handlers,
                    documents=goods.documents,
                    profile=_profile,
                    settings=settings or FederationSettings(),
                )
                stack.push_async_callback(federation.stop)
                node = Node(name, federation, goods, listener)
                node.listener_port = listener.getsockname()[1]
                await node.serve()
                stack.push_async_callback(_close, node)
                made.append(node)
            return made

        yield nodes


@pytest.fixture
async def loaf(found: Founder) -> Node:
    """The node under test, on SQLite."""
    return (await found())[0]


@pytest.fixture
async def wire(clock: FixedClock) -> AsyncGenerator[Wire]:
    async with aiohttp.ClientSession() as session:
        yield Wire(session, clock)


async def count(node: Node, model: Any, *conditions: Any) -> int:
    """How many rows of a table there are."""
    from sqlalchemy import func, select

    async with node.database.reading() as reader:
        query = select(func.count()).select_from(model).where(*conditions)
        return await reader.scalar(query) or 0


async def claim(
    uow: UnitOfWork, busy: Mapping[str, int], settings: FederationSettings
) -> list[Job]:
    """As a worker does for which nobody is doubted."""
    return await queue.claim(uow, await queue.due(uow, busy, settings), busy, settings)


async def settle(*nodes: Node) -> None:
    """Let all nodes work until nobody has anything due."""
    for _round in range(30):
        if not sum([await node.federation.settle() for node in nodes]):
            return
    raise AssertionError("the nodes do not come to rest")


async def _profile(_: Reader) -> CoopProfile:
    return CoopProfile("Loaf", "Bread for all", "Leeds", 53.8, -1.55, ("en",))


async def _close(node: Node) -> None:
    if node.server is not None:
        await node.server.cleanup()


def keys_of(made: dict[str, Generation], name: str) -> Generation:
    if name not in made:
        made[name] = key_files.new_generation(1)
    return made[name]


def _listener(port: int = 0) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.setblocking(False)
    return listener
