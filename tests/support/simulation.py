"""Three to seven nodes in one process, driven by a seed: one message or timer at a time.

The nodes are opened as `serve` opens them, on files of their own, with the same handlers, SQL and
migrations. Only three things differ: the clock (each node's may be wrong), randomness and the
network. The same seed gives the same run, message by message.
"""

import asyncio
import random
import shutil
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from federation import key_files
from federation.key_files import Generation, KeyState
from federation.settings import FederationSettings
from federation.storage import Database, Topic
from node import council
from node.config import Config, from_values
from node.runtime import Node, open_node
from tests.support.asking import Asking
from tests.support.clock import FixedClock
from tests.support.entropy import SeededEntropy
from tests.support.network import Network, line

NAMES = ("lanehead", "portici", "pioneer", "camara", "mawimbi")
SEVEN = (*NAMES, "stroud", "meru")
_MOST_STEPS = 20_000


class WrongClock:
    """A clock that is wrong by so much, and goes wrong further: `drift` seconds every second."""

    def __init__(self, true: FixedClock) -> None:
        self._true = true
        self._since = true.now()
        self.by = timedelta(0)
        self.drift = 0.0

    def now(self) -> datetime:
        return self._true.now() + self.by + self.drift * (self._true.now() - self._since)

    def put(self, by: timedelta, drift: float) -> None:
        self.by, self.drift, self._since = by, drift, self._true.now()

    def is_set(self) -> None:
        """It shows the time again."""
        self.put(timedelta(0), 0)


class SimulatedCoop(Asking):
    """One coop's node; it can crash and be started again."""

    def __init__(self, name: str, folder: Path, clock: FixedClock, network: Network) -> None:
        self.name = name
        self.folder = folder
        self.clock = WrongClock(clock)
        self.config = _config(folder, name)
        self._network = network
        self._node: Node | None = None
        self._open = AsyncExitStack()
        self._starts = 0
        self.is_idle = False
        """Whether it has nothing to do, as far as its own bell and clock say."""

    @property
    def is_up(self) -> bool:
        return self._node is not None

    @property
    def node(self) -> Node:
        assert self._node is not None, f"{self.name} is down"
        return self._node

    @property
    def database(self) -> Database:
        return self.node.database

    @property
    def uri(self) -> str:
        return f"{self.config.address}/coop"

    async def start(self, seed: int) -> None:
        self._starts += 1
        opening = open_node(
            self.config,
            clock=self.clock,
            entropy=SeededEntropy(hash((seed, SEVEN.index(self.name), self._starts))),
            settings=FederationSettings(delivery_batch=1, delivery_gather_seconds=0),
            connect=line(self._network, self.name),
            at_once=True,
        )
        self._node = await self._open.enter_async_context(opening)
        for topic in (Topic.DELIVERIES, Topic.WORK):
            self._node.database.hear(topic, self.wake)
        await self._node.write(council.wake)
        self._network.open(self.name, self._node.federation)
        self.wake()

    def wake(self) -> None:
        """Something may be due here."""
        self.is_idle = False

    async def crash(self) -> None:
        """From one message to the next the node is gone; its file stays."""
        self._network.shut(self.name)
        self._network.notes("crashed")
        self._node = None
        await self._open.aclose()

    async def step(self) -> bool:
        """Deliver one message, or apply what waited for a document; whether there was anything."""
        federation = self.node.federation
        delivery = federation.delivery
        delivery.finishing = False
        post = federation.client.post

        async def once(*given: Any) -> Any:
            delivery.finishing = True
            return await post(*given)

        federation.client.post = once  # type: ignore[method-assign]
        try:
            attempts = await federation.deliver_due()
        finally:
            federation.client.post = post  # type: ignore[method-assign]
        return bool(attempts) or bool(await federation.process_due())


@dataclass
class World:
    """All coops, and what happens between them."""

    seed: int
    clock: FixedClock
    network: Network
    chance: random.Random
    coops: list[SimulatedCoop] = field(default_factory=list)

    @property
    def up(self) -> list[SimulatedCoop]:
        return [coop for coop in self.coops if coop.is_up]

    async def settle(self, steps: int = _MOST_STEPS, *, is_whole: bool = True) -> None:
        """Let messages travel in an order drawn from the seed: until nothing is due, or so many.

        Raises AssertionError if it does not come to rest.
        """
        for _step in range(steps):
            busy = [coop for coop in self.up if not coop.is_idle]
            if self.network.late and self.network.due and self.chance.randrange(4) == 0:
                await self.network.bring_late()
            elif busy:
                coop = self.chance.choice(busy)
                coop.is_idle = True
                if await coop.step():
                    coop.wake()
            elif not self.network.due:
                return
        assert not is_whole, "the simulation does not come to rest"

    def puts_clock(self, coop: SimulatedCoop, by: timedelta, *, drift: float = 0.0) -> None:
        """A clock jumps: it is wrong by so much, and loses or gains as it goes."""
        coop.clock.put(by, drift)
        coop.wake()
        self.network.notes("drift" if drift else "clock")

    def advance(self, span: timedelta) -> None:
        """Time passes for everybody."""
        self.clock.advance(span)
        for coop in self.coops:
            coop.wake()

    async def close(self) -> None:
        for coop in self.up:
            await coop.crash()


@contextmanager
def said_how_it_is_run_again(world: World, chosen: str) -> Iterator[None]:
    """What fails says the line to type for the same run, and the digest that it then has."""
    try:
        yield
    except BaseException as failure:
        failure.add_note(
            f"The same again: ROCHDALE_SEEDS={world.seed} make soak ARGS=\"-k '{chosen}'\"\n"
            f"Then all that travelled has the digest {world.network.digest}"
        )
        raise


BEFORE_ALL_SEEDS = -1
"""The seed of worlds that are copied: no world of a test makes the same ids at the same moment."""


async def opened(folder: Path, seed: int, now: datetime, names: Sequence[str] = NAMES) -> World:
    """Nodes on the files that lie in a folder: five, or those named."""
    clock, chance = FixedClock(now), random.Random(seed)
    network = Network(chance, clock)
    world = World(seed, clock, network, chance)
    world.coops = [SimulatedCoop(name, folder / name, clock, network) for name in names]
    for coop in world.coops:
        await coop.start(seed)
    return world


async def prepare(
    folder: Path, migrated: Path, keys: dict[str, Generation], names: Sequence[str] = NAMES
) -> None:
    """Lay out new nodes, five or those named: migrated databases, keys."""
    for name in names:
        config = _config(folder / name, name)
        config.data.mkdir(parents=True)
        shutil.copy(migrated, config.data)
        if name not in keys:
            keys[name] = await asyncio.to_thread(key_files.new_generation, 1)
        key_files.store(config.keys, keys[name], KeyState(address=config.address))


def _config(folder: Path, name: str) -> Config:
    values = {
        "name": name.capitalize(),
        "address": f"https://{name}.example",
        "place": "Rochdale, GB",
        "currency": "GBP",
    }
    return from_values(folder, values)
