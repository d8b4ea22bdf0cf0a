"""A node that was restored from a backup listens before it speaks.

It does not know what it said since that backup: what it signed again could contradict it. So a
file beside the database, which `rochdale restore` writes, keeps every process of the node silent:
nothing is signed or sent, nothing is taken from peers' messages (they come again), no deadline
acts. It reads, from every coop that it works with, what that coop offers and what passed between
the two since the backup. From the first moment it has new keys: a copy that may still run
somewhere, and whoever stole a key that was changed since, is believed no more. When all have been
read, or after an hour half of them, it lets what came back take effect again, and speaks.

A node that was made anew from its recovery file does the same with the coops that the file names.
It keeps its keys, which are all that it is known by.

A copy that hears that its keys are believed no more, and finds newer ones at its own address that
its own vouch for, and finds them again later, falls silent for good: another file, which only a
person removes.

What this does not bring back is said in docs/operating.md.
"""

import asyncio
from datetime import datetime
from pathlib import Path

import msgspec
import structlog

from federation import correspondence, relations, sync
from federation import identities as keyring
from federation.ambient import Clock
from federation.errors import FederationError, Silent
from federation.handlers import HandlerTable
from federation.http_client import GuardedClient
from federation.key_files import write_private
from federation.models import RelationState, ReturnState
from federation.remote.documents import normalised
from federation.storage import Database, Reader, UnitOfWork
from node import audit, council, limits, notices, peers, referrals
from node.config import Config
from node.errors import Conflict
from node.i18n import _
from node.notices import NoticeKind
from protocol import strict_json, succession
from protocol.errors import ProtocolError
from protocol.keys import public_from_multikey
from protocol.vocabulary.actors import parse_actor

log = structlog.get_logger()

FILE_NAME = "restored.json"
REPLACED = "replaced.json"
WORDS = _(
    "This node was restored from a backup. It first reads what the other coops have, and says "
    "nothing until then. Try again in a few minutes."
)
RECOVERED_WORDS = _(
    "This node was made anew from its recovery file. It first reads what the other coops have of "
    "it, and says nothing until then. Members and accounts do not come back: nobody else has them."
)
REPLACED_WORDS = _(
    "Another computer is this coop now, with newer keys: this one is an old copy, and says nothing "
    "any more. Stop it, and work at the other one."
)


class Restoration(msgspec.Struct, frozen=True):
    """Of when the backup is, and when it was restored. peers: whom a node without any backup asks,
    from its recovery file; None for a backup."""

    made_at: datetime
    restored_at: datetime
    peers: tuple[str, ...] | None = None


class Replacement(msgspec.Struct, frozen=True):
    """When an old copy found out that it is one, and the epoch of the keys at its address."""

    found_at: datetime
    epoch: int


class Quarantine:
    """Whether the node of a folder may speak; for every process that opens it."""

    def __init__(
        self, config: Config, database: Database, handlers: HandlerTable, clock: Clock
    ) -> None:
        self._config = config
        self._database = database
        self._handlers = handlers
        self._clock = clock
        self._is_recovered = False
        self._doubts: list[datetime] = []
        """When our own address is to be looked at: the last is the next, the others were."""
        self.is_replaced = False
        """This is an old copy; what it says is not believed."""

    @property
    def is_on(self) -> bool:
        return self._database.is_silent

    @property
    def words(self) -> str:
        """Why the node is silent; empty if it is not."""
        if not self.is_on:
            return ""
        if self.is_replaced:
            return str(REPLACED_WORDS)
        return str(RECOVERED_WORDS if self._is_recovered else WORDS)

    @property
    def _replaced_file(self) -> Path:
        return self._config.data / REPLACED

    async def begin(self) -> None:
        """Be silent from the first moment, if the folder says so."""
        self.is_replaced = await asyncio.to_thread(self._replaced_file.exists)
        found = await asyncio.to_thread(restoration, self._config.data)
        self._is_recovered = found is not None and found.peers is not None
        self._database.is_silent = found is not None or self.is_replaced

    async def look(self) -> None:
        """Ask who was not asked yet; end the silence when enough has been heard, or when another
        process ended it. Fall silent for good when another process found that to be due."""
        if not self.is_replaced and await asyncio.to_thread(self._replaced_file.exists):
            self._database.is_silent = self.is_replaced = True
        if not self.is_on or self.is_replaced:
            return
        found = await asyncio.to_thread(restoration, self._config.data)
        if found is None:
            await self._take_up_keys()
            self._database.is_silent = False
            return
        has_waited = self._clock.now() - found.restored_at >= limits.RESTORED_WAIT
        async with self._database.reading() as reader:
            heard, asked = await _heard(reader, found, has_waited=has_waited)
        is_enough = heard == asked or (has_waited and 2 * heard >= asked)
        if is_enough:
            await self.end(audit.NODE, heard=heard, asked=asked)
            return

        async def ask(uow: UnitOfWork) -> None:
            await sync.read_all_since(uow, found.restored_at)
            more = found.peers or ()
            await correspondence.ask_all(uow, found.made_at, found.restored_at, more)

        await self._database.write(ask)

    async def end(self, actor: str, **heard: int) -> None:
        """Let the node speak again, by itself or because somebody says so; it is noted.

        Cut short, it is done again from the start. Raises Conflict at an old copy.
        """
        if self.is_replaced:
            raise Conflict(REPLACED_WORDS, "replaced")
        found = await asyncio.to_thread(restoration, self._config.data)
        if found is not None and found.peers is not None:
            await self._database.write(_welcome_those_heard, aloud=True)
        await self._database.write(referrals.doubt_consents)
        await self._database.write(council.wake, aloud=True)
        await correspondence.take_all_back(self._database, self._handlers)

        async def note(uow: UnitOfWork) -> None:
            profile = await peers.our_profile(uow)
            await peers.announce(uow, profile)
            await peers.announce_node(uow, profile)
            await _tell(uow, actor, heard)

        await self._database.write(note, aloud=True)
        path = self._config.data / FILE_NAME
        await asyncio.to_thread(path.unlink, missing_ok=True)
        self._database.is_silent = False
        log.info("restored-node-speaks-again", actor=actor, **heard)

    def doubt(self) -> None:
        """A peer does not believe our keys: from now on, our own address is looked at."""
        if not self._doubts and not self.is_on:
            self._doubts.append(self._clock.now())

    @property
    def is_to_look(self) -> bool:
        """Whether it is time to look at our own address, for the first time or again."""
        return bool(self._doubts) and self._clock.now() >= self._doubts[-1]

    async def find_replacement(self, client: GuardedClient) -> None:
        """Look whether our own address shows newer keys, which ours vouch for. If it still does
        when it was read three times, for as long as nobody deceives us in passing, this is an old
        copy of a node that was restored elsewhere, and falls silent."""
        epoch = await self._epoch_elsewhere(client)
        if epoch is None:
            self._doubts.clear()
            return
        self._doubts.append(self._clock.now() + limits.REPLACED_LOOK)
        if len(self._doubts) <= limits.REPLACED_LOOKS:
            return
        found = msgspec.json.encode(Replacement(self._clock.now(), epoch))
        await asyncio.to_thread(write_private, self._replaced_file, found)
        self._database.is_silent = self.is_replaced = True
        identities = self._database.identities
        log.error("replaced-by-a-newer-copy", epoch=epoch, ours=identities.epoch)

        async def tell(uow: UnitOfWork) -> None:
            await notices.give(uow, NoticeKind.NODE_REPLACED, identities.coop.uri)
            detail = {"epoch": epoch, "ours": identities.epoch}
            await audit.record(uow, audit.NODE, "node.replaced", identities.coop.uri, detail)

        await self._database.write(tell)

    async def _epoch_elsewhere(self, client: GuardedClient) -> int | None:
        """The generation of the keys at our address, if others than ours speak there, and one of
        ours that is in use vouches for them; None if not, and if it cannot be read."""
        uri = self._database.identities.coop.uri
        try:
            fetched = await client.get(uri, accept="application/activity+json")
            profile = parse_actor(await normalised(strict_json.loads(fetched.expect_ok().body)))
            shown = {key.id: public_from_multikey(key.multibase) for key in profile.multikeys}
        except (FederationError, ProtocolError) as error:
            log.info("own-address-unread", code=error.code)
            return None
        await self._take_up_keys()  # another process of this node may have changed them
        ours = self._database.identities
        ours_today = keyring.proof_keys(ours)
        known = [*ours_today, *keyring.former_proof_keys(ours)]
        fresh = {key_id: key for key_id, key in shown.items() if key not in known}
        if profile.id != uri or not fresh:
            return None
        # One that was retired vouches for nothing: whoever stole it can write any date.
        if not succession.follow(fresh.values(), ours_today, profile.key_vouchers, uri):
            return None
        epoch = max(map(keyring.epoch_of, fresh))
        return epoch if epoch >= ours.epoch else None

    async def _take_up_keys(self) -> None:
        config, now = self._config, self._clock.now()
        self._database.identities = await asyncio.to_thread(
            keyring.load, config.keys, config.address, now
        )


def restoration(data: Path) -> Restoration | None:
    """What is known of the restoration of a node that is silent still; None if it is not."""
    try:
        return msgspec.json.decode((data / FILE_NAME).read_bytes(), type=Restoration)
    except FileNotFoundError:
        return None


def why_silent(data: Path) -> str:
    """What a node that serves this folder says of its silence; empty if it is not silent."""
    if (data / REPLACED).exists():
        return str(REPLACED_WORDS)
    found = restoration(data)
    if found is None:
        return ""
    return str(WORDS if found.peers is None else RECOVERED_WORDS)


def replacement(data: Path) -> Replacement | None:
    """What is known of the node that took the place of this one; None if none did."""
    try:
        return msgspec.json.decode((data / REPLACED).read_bytes(), type=Replacement)
    except FileNotFoundError:
        return None


def expect_over(data: Path) -> None:
    """Raise Silent while the node of this folder only listens."""
    if restoration(data) is not None or replacement(data) is not None:
        raise Silent


def begin(
    data: Path,
    *,
    restored_at: datetime,
    made_at: datetime,
    peers: tuple[str, ...] | None = None,
) -> None:
    """Keep the node of this folder silent from now on. peers: see `Restoration`."""
    content = msgspec.json.encode(Restoration(made_at, restored_at, peers))
    write_private(data / FILE_NAME, content)


async def _heard(reader: Reader, found: Restoration, *, has_waited: bool) -> tuple[int, int]:
    """From how many coops all was read that they have for us, and from how many there is. Once it
    has waited, a no is an answer: a coop that is gone, or lets us in no more, gives us nothing."""
    read, followed = await sync.heard_since(reader, found.restored_at)
    told = await correspondence.heard_since(reader, found.restored_at)
    if has_waited:
        read |= await sync.refused(reader)
        told |= await correspondence.refused_since(reader, found.restored_at)
    named = set(found.peers or ()) - followed
    return len((read & told) | (named & told)), len(followed | named)


async def _welcome_those_heard(uow: UnitOfWork) -> None:
    """The coops of the recovery file that answered are dealt with as before: we had said yes."""
    for uri in await correspondence.all_heard(uow):
        yes = {"follower_state": RelationState.ACCEPTED, "consented": True}
        await relations.change(uow, uri, **yes)


async def _tell(uow: UnitOfWork, actor: str, heard: dict[str, int]) -> None:
    coop = uow.identities.coop.uri
    back = await correspondence.counts(uow)
    await audit.record(uow, actor, "node.speak-again", coop, heard | back)
    for peer, number in (await correspondence.unproven(uow)).items():
        detail = {"why": correspondence.UNKNOWN_KEY, "number": number}
        await audit.record(uow, audit.NODE, "node.unproven-words", peer, detail)
    for one in await correspondence.returned(uow, (ReturnState.LEFT,)):
        if one.detail == correspondence.UNKNOWN_KEY:
            continue
        detail = {"activity": one.activity_id, "from": one.peer, "why": one.detail}
        await audit.record(uow, audit.NODE, "node.not-taken-back", one.activity_id, detail)
    doubted = await referrals.doubted_consents(uow)
    if doubted:
        await notices.give(uow, NoticeKind.CONSENTS_DOUBTED, coop, number=str(doubted))
    taken, left = (back.get(state, 0) for state in (ReturnState.TAKEN, ReturnState.LEFT))
    if taken or left:
        await notices.give(uow, NoticeKind.NODE_RESTORED, coop, taken=str(taken), left=str(left))
