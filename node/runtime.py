"""One coop's node, opened: settings, keys, database, peers and slices, without any face.

`making` makes one, `open_node` opens it. It does nothing by itself until `start`; tests and
the demo drive it with `run_due` and `federation.settle` instead.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import TypeVar

from msgspec.structs import replace

import node.joining  # keeps deadlines
import node.searches  # too
import node.webhook_events  # noqa: F401 - listens to the slices
from federation import identities as keyring
from federation.ambient import Clock, Entropy, SystemClock, SystemEntropy
from federation.guard import Guard
from federation.http_client import GuardedClient
from federation.ourselves import CoopProfile
from federation.runtime import Connect, Federation
from federation.settings import FederationSettings, share
from federation.storage import Database, Reader, UnitOfWork
from node import (
    council,
    group,
    handoffs,
    listings,
    mail,
    media,
    migrations,
    peers,
    profiles,
    webhooks,
)
from node.chores import Chores
from node.config import UNDER_WAY, Config
from node.loops import Duty, Loops, one_after_the_other
from node.quarantine import Quarantine
from node.seeding import open_books, write_first_profile
from node.served import expect_no_older_program
from node.wiring import documents, handlers
from protocol.iri import origin_of

T = TypeVar("T")

SCHEDULE_SECONDS = 60
_LOOPBACK = "127.0.0.1"
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
        processes: int = 1,
    ) -> None:
        self.config = config
        self.database = database
        self.federation = federation
        self.clock = clock
        self.entropy = entropy
        self.processes = processes
        """How many serve the node: each counts what is cheap for itself, and allows its share."""
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
        self.chores = Chores(
            config,
            database,
            federation,
            clock,
            self.quarantine,
            self.mail,
            self.pictures,
            self.fetched_pictures,
        )
        self.loops = Loops(database, federation.settings.idle)

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
        """What time alone brings about; see `Chores`."""
        await self.chores.run_due()

    async def read_calendars(self) -> None:
        """Read again the calendars whose busy times count for listings of ours."""
        await listings.read_calendars_due(self.database, self.federation.client)

    async def start(self) -> None:
        """Work in the background until `stop`, beside other processes of the node if there are
        any: what one alone may do is done by one of them."""
        await self.quarantine.look()
        is_first = await self.federation.take_back()
        if is_first and not self.quarantine.is_on:
            await self.write(council.wake)
        await self.database.join()
        self.federation.start()
        alone, if_news = self.loops.leading, self.loops.if_news
        self.loops.begin(
            (
                (alone(self.run_due, self.chores.settle_keys), SCHEDULE_SECONDS),
                (alone(self.read_calendars), SCHEDULE_SECONDS),
                (alone(self._make_rounds), SCHEDULE_SECONDS),
                (if_news(alone(self.attend, self.quarantine.look)), ATTEND_SECONDS),
                (if_news(alone(self._tell_programs)), ATTEND_SECONDS),
                (if_news(alone(self._send_letters)), ATTEND_SECONDS),
            )
        )

    async def stop(self) -> None:
        """End the background work; what was taken in is committed first."""
        await self.loops.stop()
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
        """What cannot wait a minute. What fails holds up nothing else, and is raised in the end."""
        if not await self._may_speak():
            return
        if self.federation.delivery.is_doubted:
            self.federation.delivery.is_doubted = False
            self.quarantine.doubt()
        await one_after_the_other(
            (
                self._find_replacement,
                self.tell_councils,
                partial(handoffs.collect_due, self.federation),
                partial(group.attend, self.federation),
                self.chores.log_erasures,
                partial(peers.fulfil_due, self.federation),
            )
        )

    async def _find_replacement(self) -> None:
        if not self.quarantine.is_to_look:
            return
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
    processes: int = 1,
) -> AsyncGenerator[Node]:
    """Migrate and open a node; it is closed at the end of the block.

    guard: for tests, where its peers are. connect: its way out, in a simulation. at_once: without
    the threads of SQLite, for a node that serves nobody. processes: that serve it, of which this is
    one. Raises ConfigError, IdentityUnusable, StorageUnavailable; Conflict where an older program
    serves the folder.
    """
    clock, entropy = clock or SystemClock(), entropy or SystemEntropy()
    await migrations.migrate(config.database_url, partial(expect_no_older_program, config.data))
    identities = await asyncio.to_thread(keyring.load, config.keys, config.address, clock.now())
    database = await Database.open(
        config.database_url,
        clock=clock,
        entropy=entropy,
        identities=identities,
        at_once=at_once,
    )
    try:
        await write_first_profile(database, config)
        await open_books(database)
        federation = Federation(
            database,
            guard=guard or _guard(config),
            clock=clock,
            handlers=handlers(),
            documents=documents(),
            profile=peers.our_profile,
            settings=settings or _settings(config, processes),
            ca_file=config.ca_file,
            connect=connect,
            under_way=config.data / UNDER_WAY,
        )
        node = Node(config, database, federation, clock, entropy, processes)
        await node.quarantine.begin()
        await node.chores.erase_again()
        if node.quarantine.is_on:
            await database.write(mail.let_go)
        else:
            await database.write(
                lambda uow: peers.follow_settings(uow, config.languages, config.currency)
            )
        try:
            yield node
        finally:
            await node.stop()
    finally:
        await database.close()


async def _pictures_of(reader: Reader, account_id: str) -> set[str]:
    in_listings = await listings.pictures_of(reader, account_id)
    return in_listings | await profiles.pictures_of(reader, account_id)


def way_to_ourselves(config: Config) -> Guard:
    """A public node is looked for where everybody finds it; a development node on this computer."""
    if not config.development:
        return Guard()
    port = origin_of(config.address).port
    return Guard({**config.dev_peers, config.authority: (_LOOPBACK, port)})


def _settings(config: Config, processes: int) -> FederationSettings:
    whole = FederationSettings(peering=config.peering)
    return replace(whole, stranger_per_minute=share(whole.stranger_per_minute, processes))


def _guard(config: Config) -> Guard:
    return Guard(config.dev_peers) if config.development else Guard()
