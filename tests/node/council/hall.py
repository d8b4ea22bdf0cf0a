"""Coops' nodes without servers: databases and handlers, and messages carried by hand.

What a node says lies in its outbox until `settle` carries it over; `cut` keeps coops apart. Each
node has a clock of its own.
"""

import shutil
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select, update

from federation import identities as ours
from federation import key_files
from federation.handlers import HandlerTable, Outcome, Received, RefusedBy, Verified
from federation.inbox.decide import decide
from federation.key_files import Generation, KeyState
from federation.models import Delivery, DeliveryState, OutboxEntry
from federation.ourselves import CoopProfile, coop_actor
from federation.relations import Standing
from federation.remote.actors import record_actor
from federation.storage import Database, UnitOfWork, metadata
from federation.storage.base import table_of
from node import council, deliberation, group, peers, threads, timers
from protocol import strict_json
from protocol.vocabulary.activities import parse_activity
from tests.stories.council import Council
from tests.support.asking import Asking
from tests.support.clock import FixedClock
from tests.support.entropy import SeededEntropy

HANDLERS = HandlerTable()
for _slice in (council, group, deliberation, peers, threads):
    HANDLERS.include(_slice.handlers)
NAMES = ("lanehead", "portici", "pioneer", "camara", "mawimbi", "hartland")
_d = table_of(Delivery).c


class OffsetClock:
    """A clock that goes wrong by so much."""

    def __init__(self, true: FixedClock) -> None:
        self._true = true
        self.wrong_by = timedelta(0)

    def now(self) -> datetime:
        return self._true.now() + self.wrong_by


@dataclass
class Seat(Asking):
    """One coop's node."""

    name: str
    database: Database
    clock: OffsetClock
    refused: list[str] = field(default_factory=list)
    """Codes with which others refused what this coop said."""

    @property
    def uri(self) -> str:
        return self.database.identities.coop.uri

    @property
    def node(self) -> Any:
        """As far as a story asks for it."""
        authority = self.database.identities.authority
        return SimpleNamespace(
            config=SimpleNamespace(authority=authority),
            run_due=self._run_due,
            tell_councils=self._tell,
        )

    async def hear(self, actor: str, body: bytes) -> Outcome:
        """Take in one message, as the inbox does once it knows whose it is."""
        verified = Verified(actor, f"{actor}#key", "http", body, self.clock.now())
        message = Received(parse_activity(strict_json.loads(body)), verified, Standing.PEER)
        [outcome] = await self.write(decide, HANDLERS, [message])
        return outcome

    async def _run_due(self) -> None:
        while await self.write(timers.run_due):
            pass

    async def _tell(self) -> bool:
        return bool(await self.write(council.announce_due))


@dataclass
class Hall:
    """All of them. cut: pairs of names that cannot reach each other."""

    coops: list[Seat]
    clock: FixedClock
    cut: set[frozenset[str]] = field(default_factory=set)

    def part(self, *groups: Iterable[str]) -> None:
        """From now on only coops of one group reach each other."""
        of = {name: number for number, group in enumerate(groups) for name in group}
        names = [seat.name for seat in self.coops]
        self.cut = {frozenset((a, b)) for a in names for b in names if of.get(a) != of.get(b)}

    async def settle(self) -> None:
        while any([await self._carry(seat) for seat in self.coops]):
            pass

    async def _carry(self, seat: Seat) -> bool:
        query = (
            select(_d.id, _d.authority, OutboxEntry.body)
            .join(OutboxEntry, OutboxEntry.seq == _d.outbox_seq)
            .where(_d.state == DeliveryState.PENDING)
            .order_by(_d.seq)
        )
        waiting = await seat.read(lambda reader: reader.rows(query))
        done: dict[str, str] = {}
        for number, authority, body in waiting:
            other = self._at(authority)
            if other is None or frozenset((seat.name, other.name)) in self.cut:
                continue
            outcome = await other.hear(seat.uri, body)
            if isinstance(outcome, RefusedBy):
                seat.refused.append(outcome.code)
            done[number] = DeliveryState.DELIVERED
        if done:
            await seat.write(_delivered, list(done))
        return bool(done)

    def _at(self, authority: str) -> Seat | None:
        """The coop that answers there; none for somebody from outside."""
        return next((each for each in self.coops if f"{each.name}.example" == authority), None)


class Assembly(Council):
    """The council of a hall."""

    async def meet(self) -> None:
        for seat in self.town.coops:
            for other in self.town.coops:
                if other is not seat:
                    actor = coop_actor(other.database.identities, _profile(other.name))
                    await seat.write(record_actor, actor)

    async def found_without(self, name: str) -> Seat:
        """All know each other; one is away until the others have founded it, and no member."""
        everybody = self.town.coops
        [left_out] = [seat for seat in everybody if seat.name == name]
        del self.coops[name]
        await self.meet()
        self.town.coops = [seat for seat in everybody if seat is not left_out]
        await self.found()
        self.town.coops = everybody
        return left_out


async def _delivered(uow: UnitOfWork, numbers: list[str]) -> None:
    done = update(table_of(Delivery)).where(_d.id.in_(numbers))
    await uow.execute(done.values(state=DeliveryState.DELIVERED))


HallOpener = Callable[..., Awaitable[Assembly]]


@pytest.fixture(scope="session")
def one_generation() -> Generation:
    """Keys towards peers; nobody looks at them here, so all coops have the same."""
    return key_files.new_generation(1)


@pytest.fixture
async def assemble(
    tmp_path: Path, clock: FixedClock, one_generation: Generation, migrated_file: Path
) -> AsyncGenerator[HallOpener]:
    """So many coops that know each other: `await assemble(5)`."""
    async with AsyncExitStack() as stack:

        async def opened(count: int, url: Callable[[str], str] | None = None) -> Assembly:
            seats = []
            for number, name in enumerate(NAMES[:count]):
                folder = tmp_path / name
                folder.mkdir()
                base = f"https://{name}.example"
                key_files.store(folder, one_generation, KeyState(address=base))
                own = OffsetClock(clock)
                file = f"sqlite:///{folder / 'node.sqlite'}"
                place = url(name) if url else file
                if place == file:
                    shutil.copy(migrated_file, folder / "node.sqlite")
                database = await Database.open(
                    place,
                    clock=own,
                    entropy=SeededEntropy(number),
                    identities=ours.load(folder, base, clock.now()),
                )
                stack.push_async_callback(database.close)
                if place != file:
                    await database.write(_create_tables)
                seat = Seat(name, database, own)
                await seat.write(peers.first_profile, _profile(name))
                seats.append(seat)
            hall = Hall(seats, clock)
            return Assembly(hall, "camara" if count > 3 else NAMES[0])  # type: ignore[arg-type]

        yield opened


def _profile(name: str) -> CoopProfile:
    return CoopProfile(name.capitalize(), "", "", None, None, ("en",), (), None)


async def _create_tables(uow: UnitOfWork) -> None:
    connection = await uow.session.connection()
    await connection.run_sync(metadata.create_all)
