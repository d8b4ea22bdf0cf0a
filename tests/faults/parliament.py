"""The council of a simulated world, and what is true of it whatever happened on the way."""

import itertools
import shutil
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from federation.key_files import Generation
from node import audit, council
from node.council import State
from node.council.rows import log, store
from node.council.steps import electing
from tests.stories.council import CLASSES, VOTES, Council
from tests.support import simulation
from tests.support.clock import START
from tests.support.network import CALM
from tests.support.simulation import NAMES, World

DECIDED = (State.IN_FORCE, State.REJECTED)
THREE = ("lanehead", "portici", "camara")


class Parliament(Council):
    """Five coops vote, or three; what travels, travels in the order of the seed."""

    def __init__(self, world: World) -> None:
        self.world = self.town = world  # type: ignore[assignment]
        self._host, self.classes = "camara", CLASSES
        self.coops = {coop.name: coop for coop in world.coops}  # type: ignore[misc]
        self.delegates = {}
        self.digest = ""

    @property
    def chance(self) -> Any:
        return self.world.chance

    async def settle(self) -> None:
        await self.world.settle()
        while any([await coop.node.tell_councils() for coop in self.world.up]):
            await self.world.settle()

    async def some(self, most: int) -> None:
        """Let a few messages travel, as many as the seed says."""
        await self.world.settle(self.chance.randrange(most), is_whole=False)

    async def wait(self, **span: float) -> None:
        self.world.advance(timedelta(**span))
        for coop in self.chance.sample(self.world.up, len(self.world.up)):
            await coop.node.run_due()
        await self.settle()

    async def vote_in_disorder(self, names: Collection[str] = ()) -> None:
        """Each coop votes, or each of these, at a moment of its own, while the ballots of others
        are on their way."""
        names = names or self.coops
        for name in self.chance.sample(sorted(names), len(names)):
            await self.vote(name, VOTES[name])
            await self.some(12)
        await self.settle()

    async def closes_in(self, **span: float) -> None:
        """Wait until so long before voting is over, if that is still to come."""
        row = await self.row(next(coop.name for coop in self.world.up))
        rest = row.closes_at - self.world.clock.now() - timedelta(**span)
        if rest > timedelta(0):
            await self.wait(seconds=rest.total_seconds())

    async def clears_up(self) -> None:
        """The weather is calm again, and everybody tries again what did not arrive."""
        self.world.network.weather = CALM
        self.world.network.part()
        for coop in self.world.coops:
            coop.clock.is_set()
        for _again in range(2):
            await self.wait(minutes=16)

    async def is_counted(self) -> None:
        """From shortly before the end of the vote until everything is over that will happen."""
        await self.closes_in()
        await self.wait(minutes=11)
        await self.clears_up()
        await self.wait(hours=2)

    async def take_over(self, name: str) -> None:
        """The people of a coop say that it is to keep the log."""
        await self.coops[name].write(council.take_over, await self.id_at(name), by="operator")

    async def hosts(self, names: Collection[str] = ()) -> set[str]:
        """Who keeps the log, by what all nodes that are up know, or these."""
        by_uri = {coop.uri: each for each, coop in self.coops.items()}
        found = set()
        for name in names or self.coops:
            if self.coops[name].is_up:
                [view] = await self.coops[name].read(council.federations)
                found.add(by_uri[view.host])
        return found

    async def cosigned(self, by: str) -> int:
        """How far a coop has cosigned the log, as far as any node that is up knows."""
        cosigner = self.coops[by].uri.partition("://")[2]
        found = [
            await coop.read(log.cosigned_by, await self.id_at(coop.name), cosigner)
            for coop in self.world.up
        ]
        return max(row.size if row else 0 for row in found)

    async def mandates(self, name: str) -> list[str]:
        """Host mandates that were put before a node, as it holds them."""
        coop = self.coops[name]
        known = await coop.read(store.federation, await self.id_at(name))
        return [each.text for each in await coop.read(electing.drafts, known)]

    async def noted(self, name: str, action: str) -> bool:
        """Whether a node has written down that something happened."""
        found = await self.coops[name].read(audit.entries, limit=200)
        return any(each.what == action for each in found)

    async def all_counted(self) -> None:
        """Every node that is up holds the one result, and everybody's ballot is counted in it."""
        up = [coop.name for coop in self.world.up]
        result = await self.agree(up)
        assert result is not None
        assert len(result["counted"]) == len(self.coops)
        assert {(await self.row(name)).state for name in up} == {State.IN_FORCE}

    async def standing(self, name: str) -> dict[str, list[str]]:
        """How each coop's ballots stand, as one node has it."""
        found = await self.coops[name].read(council.ballots, (await self.row(name)).id)
        by_uri = {coop.uri: each for each, coop in self.coops.items()}
        standing: dict[str, list[str]] = {}
        for each in found:
            standing.setdefault(by_uri[each.coop], []).append(each.standing)
        return standing

    async def difference(self, name: str) -> Any:
        """Where a node's own count parts from the certificate, if it does."""
        seen = await self.coops[name].read(council.background, (await self.row(name)).id)
        return seen.difference

    async def agree(self, honest: Collection[str] = ()) -> dict[str, Any] | None:
        """The one result that all nodes hold, or these, or None if none of them holds any.

        Raises AssertionError if two hold different ones, or different logs, or an archive that
        does not prove its result.
        """
        results: dict[str, Any] = {}
        logs: dict[str, list[str]] = {}
        for name in honest or self.coops:
            coop, row = self.coops[name], await self.row(name)
            entries = await coop.read(store.entries, row.federation_id)
            logs[name] = [each.text for each in entries]
            if row.state in DECIDED:
                data = await coop.read(council.archive_of, row.id)
                results[name] = council.verify_archive(data, self.digest).result
        longest = max(logs.values(), key=len)
        assert all(log == longest[: len(log)] for log in logs.values()), "two histories"
        found = list(results.values())
        assert all(each == found[0] for each in found), "two results"
        return found[0] if found else None


@dataclass(frozen=True)
class Prepared:
    """Files of nodes at the moment when a vote has opened."""

    folder: Path
    now: datetime
    delegates: dict[str, str]
    digest: str


VoteBeginner = Callable[..., Awaitable[Parliament]]


@pytest.fixture
async def begin_vote(
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    migrated_file: Path,
    town_keys: dict[str, Generation],
    vote_begun: dict[Sequence[str], Prepared],
) -> AsyncGenerator[VoteBeginner]:
    """A vote that has just opened, in the world of this seed: `await begin_vote(7)`, and of these
    coops: `await begin_vote(7, THREE)`."""
    runs = itertools.count()
    async with AsyncExitStack() as stack:

        async def begun(seed: int, names: Sequence[str] = NAMES) -> Parliament:
            if names not in vote_begun:
                folder = tmp_path_factory.mktemp("vote")
                vote_begun[names] = await _prepare(folder, migrated_file, town_keys, names)
            ready, folder = vote_begun[names], tmp_path / f"{seed}-{next(runs)}"
            shutil.copytree(ready.folder, folder)
            world = await simulation.opened(folder, seed, ready.now, names)
            stack.push_async_callback(world.close)
            found = Parliament(world)
            found.delegates, found.digest = dict(ready.delegates), ready.digest
            await found.settle()
            return found

        yield begun


async def _prepare(
    folder: Path, migrated: Path, keys: dict[str, Generation], names: Sequence[str]
) -> Prepared:
    await simulation.prepare(folder, migrated, keys, names)
    world = await simulation.opened(folder, simulation.BEFORE_ALL_SEEDS, START, names)
    found = Parliament(world)
    try:
        await found.found()
        await found.opened()
        assert await found.states() == {State.OPEN}
    finally:
        await world.close()
    return Prepared(folder, world.clock.now(), found.delegates, found.digest)
