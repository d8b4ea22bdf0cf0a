"""A town of coops in one process: real nodes, real servers on loopback, one clock that stands.

Each coop is opened as `serve` opens it, on a SQLite file of its own, and answers at
`http://NAME.localhost:PORT`. Nothing runs in the background: `settle` lets every node work until
nothing is due, so that a test decides when messages travel.

    async def test_…(town):
        lanehead, portici, pioneer = town.coops
        await town.introduce(lanehead, portici)
"""

import asyncio
import shutil
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web

from federation import key_files
from federation.key_files import Generation, KeyState
from federation.storage import Database
from node import peers
from node.config import FILE_NAME, Config, from_values, write_template
from node.migrations import migrate
from node.peers import PeerView
from node.runtime import Node, open_node
from tests.support.asking import Asking
from tests.support.clock import FixedClock
from tests.support.entropy import SeededEntropy
from ui.web.app import runner_of

NAMES = ("lanehead", "portici", "pioneer", "camara", "mawimbi")
_ROUNDS = 30


@dataclass
class Coop(Asking):
    """One coop of the town. `server` can be taken away and put back, as in real life."""

    node: Node
    server: web.AppRunner
    listener: socket.socket

    @property
    def address(self) -> str:
        return self.node.config.address

    @property
    def database(self) -> Database:
        return self.node.database

    @property
    def uri(self) -> str:
        return self.node.federation.identities.coop.uri

    async def view_of(self, other: "Coop") -> PeerView | None:
        """How this coop sees another."""
        view: PeerView | None = await self.read(peers.peer, other.uri)
        return view

    async def go_away(self) -> None:
        """The server stops answering; everything else stays as it is."""
        await self.server.cleanup()

    async def come_back(self) -> None:
        """The server answers again where it did before."""
        host, port = "127.0.0.1", int(self.address.rpartition(":")[2])
        self.listener = town_listener(host, port)
        self.server = await serve(self.node, self.listener)


@dataclass
class Town:
    """Coops that can reach each other and nobody else."""

    coops: list[Coop]
    clock: FixedClock
    _at_rest: dict[str, tuple[object, ...]] = field(default_factory=dict)

    async def settle(self) -> None:
        """Let every coop work until nobody has anything that is due now."""
        for _round in range(_ROUNDS):
            if not any([await self._work(coop) for coop in self.coops]):
                return
        raise AssertionError("the town does not come to rest")

    async def _work(self, coop: Coop) -> int:
        """Do what is due at a coop: nothing is, if it was at rest and neither it nor time moved."""
        if self._at_rest.get(coop.address) == self._moment(coop):
            return 0
        federation = coop.node.federation
        done = await federation.settle() + await peers.fulfil_due(federation)
        if not done:
            self._at_rest[coop.address] = self._moment(coop)
        return done

    def _moment(self, coop: Coop) -> tuple[object, ...]:
        database = coop.node.database
        return database, database.commits, database.is_silent, self.clock.now()

    async def introduce(self, asking: Coop, asked: Coop) -> None:
        """Put two coops in touch, and let everything travel that comes of it."""
        await peers.ask(asking.node.federation, asked.address)
        await asked.write(peers.accept, asking.uri)
        await self.settle()


TownFounder = Callable[..., Awaitable[Town]]


@pytest.fixture(scope="session")
def town_keys() -> dict[str, Generation]:
    """Keys by name, made once for all tests: a pair of RSA keys takes a while."""
    return {}


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with every migration, made once for all tests: each coop begins with a copy."""
    path = tmp_path_factory.mktemp("migrated") / "rochdale.sqlite"
    asyncio.run(migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture
async def found_town(
    tmp_path: Path, clock: FixedClock, town_keys: dict[str, Generation], migrated_file: Path
) -> AsyncGenerator[TownFounder]:
    """Found a town of so many coops: `await found_town(2)`. url: a coop's database, by its name.
    beside: other places that they may talk to. now: its clock, if not the test's."""
    async with AsyncExitStack() as stack:

        async def found(
            count: int,
            url: Callable[[str], str] = _on_file,
            beside: Sequence[str] = (),
            now: FixedClock = clock,
        ) -> Town:
            opening = open_town(count, tmp_path, now, town_keys, migrated_file, url, beside)
            return await stack.enter_async_context(opening)

        yield found


def _on_file(_name: str) -> str:
    return ""


@asynccontextmanager
async def open_town(
    count: int,
    folder: Path,
    clock: FixedClock,
    made: dict[str, Generation],
    migrated: Path,
    url: Callable[[str], str] = _on_file,
    beside: Sequence[str] = (),
) -> AsyncGenerator[Town]:
    """So many coops, each in a folder by its name. made: keys that were made for others before.
    beside: the authorities of other servers that they may reach."""
    async with AsyncExitStack() as stack:
        names = NAMES[:count]
        listeners = [town_listener("127.0.0.1", 0) for _ in names]
        for listener in listeners:
            stack.callback(listener.close)
        ports = [listener.getsockname()[1] for listener in listeners]
        places = [f"{name}.localhost:{port}" for name, port in zip(names, ports, strict=True)]
        coops = []
        for number, (name, listener) in enumerate(zip(names, listeners, strict=True)):
            known = [*places, *beside]
            config = _config(folder / name, name, places[number], known, url(name))
            shutil.copy(migrated, config.data)
            keys = await asyncio.to_thread(_keys, made, name)
            await asyncio.to_thread(
                key_files.store, config.keys, keys, KeyState(address=config.address)
            )
            opening = _open(config, clock, SeededEntropy(number), listener)
            coops.append(await stack.enter_async_context(opening))
        yield Town(coops, clock)


@pytest.fixture
async def town(found_town: TownFounder) -> Town:
    """Three coops that do not know each other yet."""
    return await found_town(3)


@pytest.fixture
async def coop(found_town: TownFounder) -> Coop:
    """One coop and no other."""
    [coop] = (await found_town(1)).coops
    return coop


@pytest.fixture
async def two(found_town: TownFounder) -> Town:
    """Two coops in touch with each other."""
    town = await found_town(2)
    await town.introduce(*town.coops)
    return town


def _config(data: Path, name: str, authority: str, places: list[str], url: str) -> Config:
    data.mkdir()
    values = {
        "name": name.capitalize(),
        "address": f"http://{authority}",
        "place": "Rochdale, GB",
        "currency": "GBP",
        "dev_peers": [place for place in places if place != authority],
        "database_url": url,
    }
    write_template(data / FILE_NAME, values)
    return from_values(data, values)


def _keys(made: dict[str, Generation], name: str) -> Generation:
    if name not in made:
        made[name] = key_files.new_generation(1)
    return made[name]


@asynccontextmanager
async def _open(
    config: Config, clock: FixedClock, entropy: SeededEntropy, listener: socket.socket
) -> AsyncGenerator[Coop]:
    async with open_node(config, clock=clock, entropy=entropy) as node:
        coop = Coop(node, await serve(node, listener), listener)
        try:
            yield coop
        finally:
            await coop.server.cleanup()


async def serve(node: Node, listener: socket.socket) -> web.AppRunner:
    runner = runner_of(node)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    return runner


def town_listener(host: str, port: int) -> socket.socket:
    """A socket that a coop's server will listen on; port 0 takes a free one."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.setblocking(False)
    return listener
