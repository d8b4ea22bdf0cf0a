"""What time alone brings about: listings end, copies grow stale, erasures are written down."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from federation import correspondence
from federation import identities as keyring
from federation.ambient import Clock, is_over
from federation.key_files import read_state
from federation.runtime import Federation
from federation.storage import Database, Reader, UnitOfWork
from node import (
    accounts,
    figures,
    ledger,
    listings,
    mail,
    media,
    offices,
    peers,
    policies,
    privacy,
    profiles,
    sent_forms,
    strangers,
    timers,
    vacancies,
    vault,
    webhooks,
)
from node.clock_steps import ClockSteps
from node.config import Config
from node.loops import one_after_the_other
from node.quarantine import Quarantine

Work = Callable[[], Awaitable[object]]
_A_DAY = timedelta(days=1)
_AN_HOUR = timedelta(hours=1)


@dataclass
class Chores:
    """One process of a node does them, every minute."""

    config: Config
    database: Database
    federation: Federation
    clock: Clock
    quarantine: Quarantine
    mail: mail.Sender
    pictures: media.Pictures
    fetched_pictures: media.FetchedPictures
    _copies_looked_at: datetime | None = field(default=None, init=False)
    _unused_looked_at: datetime | None = field(default=None, init=False)
    _counted_at: datetime | None = field(default=None, init=False)
    _named_strangers: set[str] = field(default_factory=set, init=False)
    """Found within the hour: see `strangers.thin_out`."""

    def __post_init__(self) -> None:
        self._clock_steps = ClockSteps(self.database, self.clock)
        self._erasures = vault.ErasureLog(self.config.data)

    async def run_due(self) -> None:
        """What time alone brings about: listings end, copies grow stale, sessions are forgotten.
        What fails holds up nothing else, and is raised in the end.

        Of a node that only listens, no deadline acts, since it might have acted already, but one:
        no office lends anything beyond its term.
        """
        await one_after_the_other(
            (
                self._clock_steps.put_right,
                *((self._end_terms,) if self.quarantine.is_on else self._acts_on_time()),
                self.mail.keep,
                self.settle_keys,
                self.log_erasures,
                self._forget_copies,
                self._forget_unused,
            )
        )

    async def settle_keys(self) -> None:
        """Take new keys into use: those that a command beside us made, to be listed from now on,
        and those that everybody has had time to learn of, to sign with."""
        known = self.database.identities
        state = await asyncio.to_thread(read_state, self.config.keys)
        is_over = known.settles_at is not None and self.clock.now() >= known.settles_at
        is_other = (state.epoch, state.recovery_key) != (known.epoch, known.recovery_key)
        if is_other or is_over:
            self.database.identities = await asyncio.to_thread(
                keyring.load, self.config.keys, self.config.address, self.clock.now()
            )

    async def log_erasures(self) -> None:
        """Write erasures where no restore undoes them, and let no old page keep their keys."""
        async with self.database.reading() as reader:
            erased = await vault.unlogged(reader)
        if erased and await self.database.empty_log():
            await asyncio.to_thread(self._erasures.add, erased)
            await self.database.write(lambda uow: vault.note_logged(uow, erased))

    async def erase_again(self) -> None:
        """After a restore: destroy what was destroyed since that backup, in the file too."""
        erased = await asyncio.to_thread(self._erasures.read)
        await self.database.write(lambda uow: vault.forget_again(uow, erased, logged_at=uow.now))
        await self.database.write(lambda uow: privacy.leave_again(uow, erased))
        if erased:
            await self.database.empty_log()

    def _acts_on_time(self) -> tuple[Work, ...]:
        return (
            self._writing(policies.run_due),
            self._writing(self._owe_dues),
            self._writing(listings.expire_due),
            self._writing(listings.remind_due),
            self._tell_fitting,
            self._writing(listings.mark_stale),
            self._writing(listings.tell_stock),
            self._writing(accounts.forget_expired),
            self._writing(accounts.forget_tries),
            self._writing(sent_forms.forget_old),
            self._writing(webhooks.forget_old),
            self._writing(privacy.keep_retention),
            self._count,
            self._keep_deadlines,
            self._writing(vacancies.tell),
        )

    def _writing(self, act: Callable[[UnitOfWork], Awaitable[object]]) -> Work:
        return lambda: self.database.write(act)

    async def _end_terms(self) -> None:
        await timers.keep_due(self.database, [offices.TERM])

    async def _keep_deadlines(self) -> None:
        await timers.keep_due(self.database)

    async def _tell_fitting(self) -> None:
        async with self.database.reading() as reader:
            found = await listings.look_for_fitting(reader)
        if found:
            await self.database.write(lambda uow: listings.tell_fitting(uow, found))

    async def _owe_dues(self, uow: UnitOfWork) -> None:
        await ledger.owe_dues(uow, self.config.currency)

    async def _count(self) -> None:
        """Once a day, what the coop shows of its figures is counted anew."""
        now = self.clock.now()
        if is_over(self._counted_at, now, _A_DAY):
            self._counted_at = now
            await self.database.write(figures.count_anew)

    async def _forget_copies(self) -> None:
        """No coop's copies take more than their room; and once a day, what is old goes."""
        now, settings = self.clock.now(), self.federation.settings
        await correspondence.keep_to_room(self.database, settings)
        if is_over(self._copies_looked_at, now, _A_DAY):
            self._copies_looked_at = now
            await correspondence.drop_old(self.database, settings)

    async def _forget_unused(self) -> None:
        """Once an hour, files go that no listing and no coop shows any longer, and other servers'
        actors that nothing names; where one site has too many of those, at once."""
        now = self.clock.now()
        if not self.quarantine.is_on:
            await strangers.thin_out(self.database, self._named_strangers)
        if not is_over(self._unused_looked_at, now, _AN_HOUR):
            return
        self._unused_looked_at = now
        self._named_strangers.clear()
        if not self.quarantine.is_on:
            await strangers.forget(self.database)
        await self.pictures.forget_unused(_used_pictures)
        await self.pictures.measure()
        await self.fetched_pictures.keep_to(self._living_owners)

    async def _living_owners(self, ids: Collection[str]) -> set[str]:
        async with self.database.reading() as reader:
            return await listings.living_mirrors(reader, ids) | await peers.with_logos(reader)


async def _used_pictures(reader: Reader) -> set[str]:
    shown = await listings.used_pictures(reader) | await peers.used_pictures(reader)
    return shown | await profiles.used_pictures(reader)
