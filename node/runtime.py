"""One coop's node, opened: settings, keys, database, peers and slices, without any face.

`making` makes one, `open_node` opens it. It does nothing by itself until `start`; tests and
the demo drive it with `run_due` and `federation.settle` instead.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, TypeVar

import structlog

import node.joining  # keeps deadlines
import node.searches  # too
import node.webhook_events  # noqa: F401 - listens to the slices
from federation import correspondence
from federation import identities as keyring
from federation.ambient import Clock, Entropy, SystemClock, SystemEntropy, is_over
from federation.documents import DocumentTable
from federation.errors import StorageUnavailable
from federation.guard import Guard
from federation.handlers import HandlerTable
from federation.http_client import GuardedClient
from federation.key_files import read_state
from federation.ourselves import CoopProfile
from federation.runtime import Connect, Federation
from federation.settings import FederationSettings
from federation.storage import Database, Reader, UnitOfWork
from node import (
    accounts,
    agreements,
    clearing,
    council,
    deliberation,
    figures,
    group,
    handoffs,
    ledger,
    listings,
    mail,
    media,
    migrations,
    offices,
    peers,
    policies,
    privacy,
    profiles,
    referrals,
    strangers,
    threads,
    timers,
    vault,
    webhooks,
)
from node.clock_steps import ClockSteps
from node.config import UNDER_WAY, Config
from node.quarantine import Quarantine
from protocol.iri import origin_of

log = structlog.get_logger()
T = TypeVar("T")
Duty = Callable[[], Awaitable[None]]

SCHEDULE_SECONDS = 60
_LOOPBACK = "127.0.0.1"
_A_DAY = timedelta(days=1)
_AN_HOUR = timedelta(hours=1)
ATTEND_SECONDS = 1


class Node:
    """An open node. `write` and `reading` are the database's."""

    def __init__(
        self,
        config: Config,
        database: Database,
        federation: Federation,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self.config = config
        self.database = database
        self.federation = federation
        self.clock = clock
        self.entropy = entropy
        self.neighbours = listings.Neighbours(federation.remote_documents, clock)
        """When other coops' listings can be had."""
        self.pictures = media.Pictures(config.media, database, _pictures_of)
        self.fetched_pictures = media.FetchedPictures(
            config.cache / "pictures", federation.client, clock
        )
        """What other coops show, so that nobody has to ask them."""
        self.webhooks = webhooks.Sender(database, federation.client, clock)
        self.mail = mail.Sender(database, config, clock, self._called)
        self.quarantine = Quarantine(config, database, federation.handlers, clock)
        self.rounds: Duty | None = None
        """Looking the node over from time to time, once a face has brought it: see `doctor`."""
        self._clock_steps = ClockSteps(database, clock)
        self._erasures = vault.ErasureLog(config.data)
        self._copies_looked_at: datetime | None = None
        self._unused_looked_at: datetime | None = None
        self._named_strangers: set[str] = set()
        """Found within the hour: see `strangers.thin_out`."""
        self._counted_at: datetime | None = None
        self._loops: list[asyncio.Task[None]] = []
        self._asides: set[asyncio.Task[None]] = set()

    async def write(self, work: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        """One unit of work; see `Database.write`."""
        return await self.database.write(work)

    def reading(self) -> AbstractAsyncContextManager[Reader]:
        """A read-only picture; see `Database.reading`."""
        return self.database.reading()

    async def profile(self, reader: Reader) -> CoopProfile:
        """What the coop says of itself."""
        return await peers.our_profile(reader)

    @property
    def weave(self) -> str:
        """The digest of the coop's key, in hex: its weave is drawn from it."""
        return self.federation.identities.coop.digest.hex()

    async def _called(self, reader: Reader) -> str:
        return (await self.profile(reader)).name

    async def run_due(self) -> None:
        """What time alone brings about: listings end, copies grow stale, sessions are forgotten.

        Of a node that only listens, no deadline acts, since it might have acted already, but one:
        no office lends anything beyond its term.
        """
        await self._clock_steps.put_right()
        if self.quarantine.is_on:
            await self.write(lambda uow: timers.run_due(uow, [offices.TERM]))
        else:
            await self._act_on_time()
        await self.mail.keep()
        await self.settle_keys()
        await self.log_erasures()
        await self._forget_copies()
        await self._forget_unused()

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
        async with self.reading() as reader:
            return await listings.living_mirrors(reader, ids) | await peers.with_logos(reader)

    async def _count(self) -> None:
        """Once a day, what the coop shows of its figures is counted anew."""
        now = self.clock.now()
        if is_over(self._counted_at, now, _A_DAY):
            self._counted_at = now
            await self.write(figures.count_anew)

    async def _act_on_time(self) -> None:
        await self.write(self._keep_rules)
        await self.write(listings.expire_due)
        await self.write(listings.remind_due)
        await self.write(listings.mark_stale)
        await self.write(listings.tell_stock)
        await self.write(accounts.forget_expired)
        await self.write(webhooks.forget_old)
        await self.write(privacy.keep_retention)
        await self._count()
        while await self.write(timers.run_due):
            pass

    async def _keep_rules(self, uow: UnitOfWork) -> None:
        await policies.run_due(uow)
        await ledger.owe_dues(uow, self.config.currency)

    async def log_erasures(self) -> None:
        """Write erasures where no restore undoes them, and let no old page keep their keys."""
        async with self.reading() as reader:
            erased = await vault.unlogged(reader)
        if erased and await self.database.empty_log():
            await asyncio.to_thread(self._erasures.add, erased)
            await self.write(lambda uow: vault.note_logged(uow, erased))

    async def erase_again(self) -> None:
        """After a restore: destroy what was destroyed since that backup, in the file too."""
        erased = await asyncio.to_thread(self._erasures.read)
        await self.write(lambda uow: vault.forget_again(uow, erased, logged_at=uow.now))
        await self.write(lambda uow: privacy.leave_again(uow, erased))
        if erased:
            await self.database.empty_log()

    async def read_calendars(self) -> None:
        """Read again the calendars whose busy times count for listings of ours."""
        await listings.read_calendars_due(self.database, self.federation.client)

    def aside(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something that nobody waits for; it ends with the node."""
        task = asyncio.create_task(work)
        self._asides.add(task)
        task.add_done_callback(self._asides.discard)

    async def start(self) -> None:
        """Work in the background until `stop`, beside other processes of the node if there are
        any: what one alone may do is done by one of them."""
        await self.quarantine.look()
        is_first = await self.federation.take_back()
        if is_first and not self.quarantine.is_on:
            await self.write(council.wake)
        await self.database.join()
        self.federation.start()
        duties = (
            (self._leading(self.run_due, self.settle_keys), SCHEDULE_SECONDS),
            (self._leading(self.read_calendars), SCHEDULE_SECONDS),
            (self._leading(self._make_rounds), SCHEDULE_SECONDS),
            (self._if_news(self._leading(self.attend, self.quarantine.look)), ATTEND_SECONDS),
            (self._if_news(self._leading(self._tell_programs)), ATTEND_SECONDS),
            (self._if_news(self._leading(self._send_letters)), ATTEND_SECONDS),
        )
        self._loops = [asyncio.create_task(self._repeat(*duty)) for duty in duties]

    async def stop(self) -> None:
        """End the background work; what was taken in is committed first."""
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        self._loops.clear()
        for task in self._asides:
            task.cancel()
        await asyncio.gather(*self._asides, return_exceptions=True)
        await self.webhooks.stop()
        await self.mail.stop()
        await self.fetched_pictures.stop()
        await self.federation.stop()

    async def _make_rounds(self) -> None:
        if self.rounds is not None:
            await self.rounds()

    async def _tell_programs(self) -> None:
        if not self.quarantine.is_on:
            await self.webhooks.attend()

    async def _send_letters(self) -> None:
        if not self.quarantine.is_on:
            await self.mail.attend()

    async def attend(self) -> None:
        """What cannot wait a minute."""
        if not await self._may_speak():
            return
        if self.federation.delivery.is_doubted:
            self.federation.delivery.is_doubted = False
            self.quarantine.doubt()
        if self.quarantine.is_to_look:
            await self._find_replacement()
        await peers.fulfil_due(self.federation)
        await handoffs.collect_due(self.federation)
        await self.tell_councils()
        await group.attend(self.federation)
        await self.log_erasures()

    async def _find_replacement(self) -> None:
        client = GuardedClient(
            way_to_ourselves(self.config),
            clock=self.clock,
            settings=self.federation.settings,
            ca_file=self.config.ca_file,
        )
        try:
            await self.quarantine.find_replacement(client)
        finally:
            await client.close()

    async def _may_speak(self) -> bool:
        """Whether this is no old copy, and no restored node that has not heard enough."""
        was_silent = self.quarantine.is_on
        await self.quarantine.look()
        if self.quarantine.is_on:
            return False
        if was_silent:
            self.federation.wake()
        return True

    async def tell_councils(self) -> bool:
        """Tell the members of the federations that we keep what is new; whether there was any."""
        async with self.reading() as reader:
            has_news = await council.has_news(reader)
        return has_news and await self.write(council.announce_due)

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

    def _leading(self, work: Duty, otherwise: Duty | None = None) -> Duty:
        """What one process of the node does, and what the others do instead."""

        @wraps(work)
        async def led() -> None:
            if await self.database.leads():
                await work()
            elif otherwise is not None:
                await otherwise()

        return led

    def _if_news(self, work: Duty) -> Duty:
        lookout = self.database.lookout(self.federation.settings.idle)

        @wraps(work)
        async def looked() -> None:
            if lookout.is_worth_it():
                await work()

        return looked

    async def _repeat(self, work: Duty, seconds: float) -> None:
        while True:
            try:
                await work()
            except StorageUnavailable as error:
                log.warning("schedule-waits", code=error.code)
            except Exception:  # one failing duty must not end all the others
                log.exception("schedule-failed", work=work.__name__)
            await asyncio.sleep(seconds)


@asynccontextmanager
async def open_node(
    config: Config,
    *,
    clock: Clock | None = None,
    entropy: Entropy | None = None,
    guard: Guard | None = None,
    settings: FederationSettings | None = None,
    connect: Connect = GuardedClient,
    at_once: bool = False,
) -> AsyncGenerator[Node]:
    """Migrate and open a node; it is closed at the end of the block.

    guard: for tests, where its peers are. connect: its way out, in a simulation. at_once: without
    the threads of SQLite, for a node that serves nobody. Raises ConfigError, IdentityUnusable,
    StorageUnavailable.
    """
    clock, entropy = clock or SystemClock(), entropy or SystemEntropy()
    await migrations.migrate(config.database_url)
    identities = await asyncio.to_thread(keyring.load, config.keys, config.address, clock.now())
    database = await Database.open(
        config.database_url,
        clock=clock,
        entropy=entropy,
        identities=identities,
        at_once=at_once,
    )
    try:
        await _write_first_profile(database, config)
        await _open_books(database)
        federation = Federation(
            database,
            guard=guard or _guard(config),
            clock=clock,
            handlers=_handlers(),
            documents=_documents(),
            profile=peers.our_profile,
            settings=settings or FederationSettings(peering=config.peering),
            ca_file=config.ca_file,
            connect=connect,
            under_way=config.data / UNDER_WAY,
        )
        node = Node(config, database, federation, clock, entropy)
        await node.quarantine.begin()
        await node.erase_again()
        if node.quarantine.is_on:
            await database.write(mail.let_go)
        try:
            yield node
        finally:
            await node.stop()
    finally:
        await database.close()


async def _write_first_profile(database: Database, config: Config) -> None:
    """The settings seed the profile once. Only then is the table of towns read: it takes 12 MB."""
    async with database.reading() as reader:
        if await peers.has_profile(reader):
            return
    profile = await asyncio.to_thread(_profile, config)
    await database.write(lambda uow: peers.first_profile(uow, profile))


async def _used_pictures(reader: Reader) -> set[str]:
    shown = await listings.used_pictures(reader) | await peers.used_pictures(reader)
    return shown | await profiles.used_pictures(reader)


async def _pictures_of(reader: Reader, account_id: str) -> set[str]:
    in_listings = await listings.pictures_of(reader, account_id)
    return in_listings | await profiles.pictures_of(reader, account_id)


async def _open_books(database: Database) -> None:
    async with database.reading() as reader:
        if await ledger.has_books(reader):
            return
    await database.write(ledger.open_books)


def _handlers() -> HandlerTable:
    table = HandlerTable()
    for slice_table in (
        peers.handlers,
        council.handlers,
        group.handlers,
        deliberation.handlers,
        listings.handlers,
        agreements.handlers,
        referrals.handlers,
        clearing.handlers,
        threads.handlers,
    ):
        table.include(slice_table)
    return table


def _documents() -> DocumentTable:
    table = DocumentTable()
    for slice_table in (
        council.documents,
        group.documents,
        deliberation.documents,
        listings.documents,
        agreements.documents,
        referrals.documents,
        clearing.documents,
        threads.documents,
    ):
        table.include(slice_table)
    return table


def way_to_ourselves(config: Config) -> Guard:
    """A public node is looked for where everybody finds it; a development node on this computer."""
    if not config.development:
        return Guard()
    port = origin_of(config.address).port
    return Guard({**config.dev_peers, config.authority: (_LOOPBACK, port)})


def _guard(config: Config) -> Guard:
    return Guard(config.dev_peers) if config.development else Guard()


def _profile(config: Config) -> CoopProfile:
    place, lat, lon = peers.where(config.place)
    if config.lat is not None and config.lon is not None:
        lat, lon = config.lat, config.lon
    return CoopProfile(
        name=config.name,
        summary=config.summary,
        place=place,
        lat=None if lat is None else round(lat, 2),
        lon=None if lon is None else round(lon, 2),
        languages=config.languages,
    )
