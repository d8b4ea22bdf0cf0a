"""The federation of one node, put together: what it hears, what it serves, what works for it.

`start` runs a loop for each kind of work in the background; tests and the demo call `settle`
instead, which does the same work until nothing is due.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog

from federation.ambient import Clock
from federation.catalogue import CatalogueReader
from federation.correspondence import CorrespondenceReader
from federation.delivery import queue
from federation.delivery.worker import DeliveryWorker
from federation.documents import DocumentTable, Requester
from federation.errors import Refused, StorageUnavailable
from federation.guard import Guard
from federation.handlers import HandlerTable
from federation.http_client import GuardedClient
from federation.identities import Identities
from federation.inbox.authenticate import signer_of
from federation.inbox.deferred import Deferred
from federation.inbox.receive import Inbox
from federation.ourselves import Profile, software_version
from federation.relations import Standing, coops_of_node, standings
from federation.remote.actors import Actors
from federation.remote.documents import Documents
from federation.remote.keys import Keys
from federation.settings import FederationSettings
from federation.storage import Database, Topic
from federation.under_way import UnderWay
from protocol import http_signatures
from protocol.http_signatures import Claims, SignedMessage

log = structlog.get_logger()

Connect = Callable[..., GuardedClient]
"""Makes the way out; a simulation's stays in memory."""
Work = Callable[[], Awaitable[int]]
"""Does what is due of a kind; how much that was."""

SETTLE_ROUNDS = 50
_BEST_FIRST = (
    Standing.BLOCKED,  # holds for the whole domain
    Standing.PEER,
    Standing.SUSPENDED,
    Standing.ASKING,
    Standing.STRANGER,
)


class Federation:
    """Everything between the node's database and its peers. Make it inside a running loop."""

    def __init__(
        self,
        database: Database,
        *,
        guard: Guard,
        clock: Clock,
        handlers: HandlerTable,
        documents: DocumentTable,
        profile: Profile,
        settings: FederationSettings | None = None,
        ca_file: Path | None = None,
        connect: Connect = GuardedClient,
        under_way: Path | None = None,
    ) -> None:
        """under_way: where its processes note what they are taking in."""
        self.settings = settings or FederationSettings()
        self.database = database
        self.clock = clock
        self.handlers = handlers
        self.documents = documents
        self.profile = profile
        """What the coop says of itself; asked for each time, so that a change shows at once."""
        self.client = connect(
            guard,
            clock=clock,
            settings=self.settings,
            ca_file=ca_file,
            user_agent=f"Rochdale/{software_version()} (+{database.identities.base}/)",
        )
        self.remote_documents = fetched = Documents(self.client, database, settings=self.settings)
        self.actors = Actors(self.client, fetched, database, settings=self.settings)
        self.under_way = UnderWay(under_way)
        self.keys = Keys(
            self.actors,
            fetched,
            database,
            clock=clock,
            settings=self.settings,
            under_way=self.under_way,
        )
        self.inbox = Inbox(database, handlers, self.keys, self.settings, clock, self.under_way)
        self.delivery = DeliveryWorker(database, self.client, self.settings, clock, self.under_way)
        self.deferred = Deferred(database, handlers, fetched, self.settings, self.under_way)
        self.catalogues = CatalogueReader(
            database,
            handlers,
            self.actors,
            fetched,
            self.keys,
            self.settings,
            clock,
            self.under_way,
        )
        self.correspondences = CorrespondenceReader(
            database,
            handlers,
            self.actors,
            fetched,
            self.keys,
            self.settings,
            clock,
            self.under_way,
        )
        self._bells: dict[Work, asyncio.Event] = {}
        self._loops: list[asyncio.Task[None]] = []
        self._stopping = False
        database.hear(Topic.DELIVERIES, self._wake_deliveries)
        database.hear(Topic.WORK, self.wake)
        database.hear(Topic.KEYS, self.keys.forget)

    @property
    def identities(self) -> Identities:
        """Who we are, with the keys of the moment."""
        return self.database.identities

    async def deliver_due(self) -> int:
        """Attempt every delivery that is due; how many attempts were made. None while silent."""
        if self.database.is_silent:
            return 0
        return await self.delivery.deliver_due()

    async def process_due(self) -> int:
        """Apply what waits in the inbox; how many messages were tried. None while silent."""
        if self.database.is_silent:
            return 0
        return await self.deferred.process_due()

    async def sync_due(self) -> int:
        """Read every peer's catalogue that is due; how many."""
        return await self.catalogues.sync_due()

    async def recall_due(self) -> int:
        """After a restore, read what passed between us and each peer; how many pages were tried.
        None by a node that speaks."""
        if not self.database.is_silent:
            return 0
        return await self.correspondences.read_due()

    async def take_back(self) -> bool:
        """Send again what a killed process had on its way, unless another process of the node is
        at work, whose it may be; whether none is."""
        return await self.database.write(queue.take_back)

    async def settle(self, rounds: int = SETTLE_ROUNDS) -> int:
        """Work until nothing is due now; how much there was to do.

        Raises RuntimeError when there is still work after `rounds`: something runs in a circle.
        """
        done = 0
        for _round in range(rounds):
            await self.inbox.drain()
            just_done = sum([await work() for work in self._work()])
            if not just_done:
                return done
            done += just_done
        raise RuntimeError(f"there is still work after {rounds} rounds")

    async def requester(self, message: SignedMessage, claims: Claims) -> Requester:
        """Who reads from us. Raises ProtocolError, Refused and FederationError when the signature
        does not hold.

        A node's own actor reads for its coop. Its node holds the keys of both, so nobody new sees
        anything; for what is *said*, sharing a node is never enough.
        """
        if self.keys.is_ours(claims.key_id):
            return self._ourselves(message, claims)
        admit = self.inbox.gate.for_one_message()
        signer = await signer_of(message, claims, self.keys, self.clock.now(), admit)
        await self.inbox.gate.count(signer)
        async with self.database.reading() as reader:
            coops = await coops_of_node(reader, signer)
            found = await standings(reader, [signer, *coops])
        # The best standing: a neighbour that names somebody's node takes nothing from it.
        actor = min(found, key=lambda uri: _BEST_FIRST.index(found[uri]))
        return Requester(actor, found[actor], signer)

    def _ourselves(self, message: SignedMessage, claims: Claims) -> Requester:
        """So a node finds out whether requests come through to it unchanged; it is shown what
        anybody is."""
        for actor in (self.identities.coop, self.identities.node):
            if claims.key_id == actor.rsa_key_id:
                public_key = actor.rsa_key.public_key()
                http_signatures.verify(message, claims, public_key, self.clock.now())
                return Requester(actor.uri, Standing.STRANGER)
        raise Refused(403, "our-key", "That key is ours; sign with one of your own.")

    def start(self) -> None:
        """Work in the background until `stop`; what a crash left unfinished comes first."""
        self._stopping = False
        self.delivery.finishing = False
        self.under_way.look_back()
        for work in self._work():
            bell = self._bells[work] = asyncio.Event()
            self._loops.append(asyncio.create_task(self._repeat(work, bell)))

    def wake(self) -> None:
        """Something may be due: look now, not only at the next poll."""
        self._wake_deliveries()
        for bell in self._bells.values():
            bell.set()

    async def stop(self) -> None:
        """Let what is under way end and be recorded, start nothing new, close the connections.

        What takes longer than one exchange may is abandoned: its lease brings it back.
        """
        self._stopping = self.delivery.finishing = True
        self.wake()
        await self.inbox.drain()
        if self._loops:
            await asyncio.wait(self._loops, timeout=self.settings.total_seconds)
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        self._loops.clear()
        self._bells.clear()
        self.under_way.close()
        await self.client.close()

    def _wake_deliveries(self) -> None:
        self.delivery.wake()
        if self.deliver_due in self._bells:
            self._bells[self.deliver_due].set()

    def _work(self) -> tuple[Work, ...]:
        return (self.deliver_due, self.process_due, self.sync_due, self.recall_due)

    async def _repeat(self, work: Work, bell: asyncio.Event) -> None:
        """Work whenever the bell rings, soon after other processes wrote, and now and then."""
        lookout = self.database.lookout(self.settings.idle)
        while not self._stopping:
            rung = bell.is_set()
            bell.clear()
            try:
                if lookout.is_worth_it() or rung:
                    await work()
            except StorageUnavailable as error:
                log.warning("worker-waits", code=error.code)
            except Exception:  # a defect in one piece of work must not end the loop
                log.exception("worker-failed", work=work.__name__)
            try:
                async with asyncio.timeout(self.settings.poll.total_seconds()):
                    await bell.wait()
            except TimeoutError:
                continue
