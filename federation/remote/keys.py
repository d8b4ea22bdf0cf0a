"""Whose key is this: from a key id to a public key and the actor that lists it.

The key's own word about its owner counts for nothing: the owner's document must list the key, on
the same origin (CVE-2026-96625). The owner's word alone does not count either, unless the key's id
points into the owner's document: many actors share an origin.

A lookup goes memory → store → one signed GET, shared by everyone who waits for it. Failures are
remembered for a minute and a key is fetched again at most once in five, so that nobody can make us
hammer a third party by sending bad signatures. So many are looked for at once, and so many of one
site: keys that nobody hands out keep nobody else's away for long. Who gets no turn is told to come
again, and nothing is remembered of that: nobody was asked.
"""

import asyncio
from collections import OrderedDict
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from msgspec import Struct
from sqlalchemy import select

from federation.ambient import Clock, is_over
from federation.errors import FederationError, Refused
from federation.models import RemoteKey
from federation.remote.actors import Actors, listed_key_ids, record_actor, record_key, stored_actor
from federation.remote.documents import Documents
from federation.remote.single_flight import SingleFlight
from federation.remote.turns import NoTurn, Turns
from federation.settings import FederationSettings
from federation.storage import Database, UnitOfWork
from federation.under_way import UnderWay, mark_of
from protocol import keys
from protocol.errors import KeyUnusable, ProtocolError, quoted
from protocol.iri import read_iri, same_origin
from protocol.keys import PublicKey
from protocol.vocabulary.actors import ACTOR_TYPES, public_keys_in

T = TypeVar("T")


class RemoteKeyMaterial(Struct, frozen=True):
    """A public key and the actor that lists it."""

    key_id: str
    owner: str
    public_key: PublicKey
    purpose: str
    """"http" (from publicKey) or "proof" (from assertionMethod)."""
    digest: bytes


class Keys:
    """Key lookups of one node."""

    def __init__(
        self,
        actors: Actors,
        documents: Documents,
        database: Database,
        *,
        clock: Clock,
        settings: FederationSettings,
        under_way: UnderWay,
    ) -> None:
        self._under_way = under_way
        self._alone = asyncio.Lock()
        self._turns = Turns(
            at_once=settings.key_looks,
            per_site=settings.key_looks_per_site,
            patience=settings.total_seconds,
        )
        self._actors = actors
        self._documents = documents
        self._database = database
        self._clock = clock
        self._settings = settings
        self._known: _Recent[RemoteKeyMaterial] = _Recent(settings.key_cache)
        self._failed: _Recent[Exception] = _Recent(settings.key_cache)
        self._fetched: _Recent[None] = _Recent(settings.key_cache)
        self._compared: _Recent[None] = _Recent(settings.key_cache)
        self._looking: SingleFlight[RemoteKeyMaterial] = SingleFlight()
        self.fetches = 0
        """How often a key was looked for on the network."""

    async def key(self, key_id: str) -> RemoteKeyMaterial:
        """The key of that id, listed by its owner now (or a minute ago).

        Raises KeyUnusable, MalformedDocument, Refused for a key of our own, Gone for a deleted
        owner, NoTurn, and what `Documents.fetch_document` raises.
        """
        now = self._clock.now()
        known = self._known.within(key_id, now, self._settings.key_recheck)
        if known is not None:
            return known
        failed = self._failed.within(key_id, now, self._settings.key_failure_age)
        if failed is not None:
            raise failed.with_traceback(None)
        return await self._looking.run(key_id, lambda: self._look(key_id))

    def is_ours(self, key_id: str) -> bool:
        """Whether it is a key of one of our own actors, of whatever generation."""
        return self._database.identities.of(read_iri(key_id).without_fragment()) is not None

    def holds(self, key_id: str) -> bool:
        """Whether `key` would answer from memory, without the store and the network."""
        return self._known.has_within(key_id, self._clock.now(), self._settings.key_recheck)

    def forget(self) -> None:
        """Somebody's keys were replaced or withdrawn, here or in another process: ask the store."""
        self._known.clear()

    async def renewed(self, key_id: str, stale: RemoteKeyMaterial) -> RemoteKeyMaterial | None:
        """The key that replaced `stale`, which did not fit a signature; None when it is the same.

        Looks into the store at most once a second per key, so that forged signatures cost no more
        than good ones; and at the owner at most once in five minutes. Raises NoTurn.
        """
        now = self._clock.now()
        if not self._compared.has_within(key_id, now, self._settings.poll):
            self._compared.put(key_id, None, now)
            stored = await self._stored(key_id)
            if stored is not None and stored.digest != stale.digest:
                return stored
        document_url = read_iri(key_id).without_fragment()
        if self._fetched.has_within(document_url, now, self._settings.key_refetch_interval):
            return None
        try:
            found = await self._looking.run(key_id, lambda: self._fetch(key_id))
        except NoTurn:
            raise
        except (FederationError, ProtocolError):
            return None
        return found if found.digest != stale.digest else None

    async def former(self, key_id: str) -> tuple[RemoteKeyMaterial, datetime] | None:
        """A key that its owner no longer lists, as we knew it, and since when it does not."""
        known = (
            select(RemoteKey)
            .where(RemoteKey.key_id == key_id, RemoteKey.retired_at.is_not(None))
            .order_by(RemoteKey.retired_at.desc())
            .limit(1)
        )
        async with self._database.reading() as reader:
            row = await reader.scalar(known)
        if row is None or row.retired_at is None:
            return None
        return _material(row), row.retired_at

    async def _look(self, key_id: str) -> RemoteKeyMaterial:
        if self.is_ours(key_id):
            raise Refused(403, "our-key", "That key is ours; sign with one of your own.")
        try:
            return await self._stored(key_id) or await self._fetch_unless_just_done(key_id)
        except NoTurn:
            raise
        except (FederationError, ProtocolError) as error:
            self._failed.put(key_id, error, self._clock.now())
            raise

    async def _stored(self, key_id: str) -> RemoteKeyMaterial | None:
        async with self._database.reading() as reader:
            row = await reader.scalar(_current(key_id))
        if row is None:
            self._known.drop(key_id)
            return None
        material = _material(row)
        self._known.put(key_id, material, self._clock.now())
        return material

    async def _fetch_unless_just_done(self, key_id: str) -> RemoteKeyMaterial:
        # A thousand made-up key ids of one actor must not become a thousand requests to it.
        document_url = read_iri(key_id).without_fragment()
        now, lately = self._clock.now(), self._settings.key_failure_age
        if self._fetched.has_within(document_url, now, lately):
            raise _not_listed(key_id)
        return await self._fetch(key_id)

    async def _fetch(self, key_id: str) -> RemoteKeyMaterial:
        document_url = read_iri(key_id).without_fragment()
        self._fetched.put(document_url, None, self._clock.now())
        self.fetches += 1
        mark = mark_of("key", document_url)
        try:
            async with (
                self._turns.at(document_url),
                self._alone if self._under_way.ends(mark) else nullcontext(),
            ):
                with self._under_way.outliving(mark):
                    return await self._read(key_id, document_url)
        except NoTurn:
            self._fetched.drop(document_url)
            raise

    async def _read(self, key_id: str, document_url: str) -> RemoteKeyMaterial:
        document = await self._documents.fetch_normalised(document_url)
        if document.get("type") in ACTOR_TYPES:
            await self._database.write(lambda uow: _record(uow, key_id, document))
        else:
            await self._record_separate(key_id, document)
        found = await self._stored(key_id)
        if found is None:
            raise _why_unusable(key_id, document)
        self._failed.drop(key_id)
        return found

    async def _record_separate(self, key_id: str, document: dict[str, Any]) -> None:
        """A key in a document of its own: ask the owner that it names whether that is so."""
        named = next((key for key in public_keys_in(document) if key.id == key_id), None)
        if named is None:
            raise KeyUnusable(f"{quoted(key_id, 200)} leads to no public key.", code="no-key")
        if not same_origin(named.owner, key_id):
            raise KeyUnusable(
                f"{quoted(key_id, 200)} names an owner on another host.", code="foreign-owner"
            )
        public_key = keys.public_from_pem(named.pem)
        profile = await self._actors.actor(named.owner, refresh=True)

        async def record(uow: UnitOfWork) -> None:
            owner = await stored_actor(uow, profile.id)
            if owner is None or profile.id != named.owner:
                return
            listed = await uow.scalar(_current(key_id))
            if listed is None and key_id in listed_key_ids(owner.document):
                await record_key(uow, owner.uri, key_id, public_key, "http")

        await self._database.write(record)


async def _record(uow: UnitOfWork, key_id: str, document: dict[str, Any]) -> None:
    """Store the actor that a key id led to. One that we did not know and that has no such key is
    forgotten again: else a stranger could fill the disk with actors that nobody asked for."""
    is_known = await stored_actor(uow, str(document.get("id"))) is not None
    await record_actor(uow, document, found_at=key_id)
    if not is_known and await uow.scalar(_current(key_id)) is None:
        raise _why_unusable(key_id, document)


def _current(key_id: str) -> Any:
    return select(RemoteKey).where(RemoteKey.key_id == key_id, RemoteKey.retired_at.is_(None))


def _material(row: RemoteKey) -> RemoteKeyMaterial:
    public_key = keys.public_from_pem(row.public_pem)
    return RemoteKeyMaterial(row.key_id, row.owner, public_key, row.purpose, row.digest)


def _not_listed(key_id: str) -> KeyUnusable:
    return KeyUnusable(
        f"The key {quoted(key_id, 200)} is not listed by the actor that should own it.",
        code="key-not-listed",
    )


def _why_unusable(key_id: str, document: dict[str, Any]) -> KeyUnusable:
    """The listed key may be there, and be of a size that we refuse."""
    for key in public_keys_in(document):
        if key.id == key_id:
            try:
                keys.public_from_pem(key.pem)
            except KeyUnusable as error:
                return error
    return _not_listed(key_id)


class _Recent(Generic[T]):
    """The last so many entries, each with the moment it was put in."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._entries: OrderedDict[str, tuple[datetime, T]] = OrderedDict()

    def put(self, name: str, value: T, now: datetime) -> None:
        self._entries[name] = (now, value)
        self._entries.move_to_end(name)
        if len(self._entries) > self._size:
            self._entries.popitem(last=False)

    def within(self, name: str, now: datetime, span: timedelta) -> T | None:
        entry = self._entries.get(name)
        return None if entry is None or is_over(entry[0], now, span) else entry[1]

    def has_within(self, name: str, now: datetime, span: timedelta) -> bool:
        entry = self._entries.get(name)
        return entry is not None and not is_over(entry[0], now, span)

    def drop(self, name: str) -> None:
        self._entries.pop(name, None)

    def clear(self) -> None:
        self._entries.clear()
