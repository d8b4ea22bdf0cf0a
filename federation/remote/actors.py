"""Actors of other nodes, as they describe themselves; kept, and looked at again once a day."""

from collections.abc import Container, Mapping, Sequence
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec.structs import asdict
from sqlalchemy import delete, select, update

from federation.errors import FederationError, Gone, NotAnActor, NotFound
from federation.http_client import GuardedClient
from federation.models import RemoteActor, RemoteKey
from federation.refused_fetches import told_once
from federation.relations import related
from federation.remote import discovery
from federation.remote.documents import Documents
from federation.remote.kept import kept
from federation.remote.showing import cleaning
from federation.remote.single_flight import SingleFlight
from federation.settings import KEYS_PER_ACTOR, FederationSettings
from federation.storage import Database, Reader, Topic, UnitOfWork
from protocol import keys, succession
from protocol.errors import KeyUnusable, MalformedDocument
from protocol.iri import authority_of, read_iri, same_origin
from protocol.keys import PublicKey
from protocol.vocabulary.actors import ActorProfile, parse_actor
from protocol.vocabulary.base import ids


class Actors:
    """Looks actors up for one node: first in the store, then where they live."""

    def __init__(
        self,
        client: GuardedClient,
        documents: Documents,
        database: Database,
        *,
        settings: FederationSettings,
    ) -> None:
        self._client = client
        self._documents = documents
        self._database = database
        self._settings = settings
        self._fetching: SingleFlight[ActorProfile] = SingleFlight()

    async def actor(self, uri: str, *, refresh: bool = False) -> ActorProfile:
        """The actor at `uri`, stored; fetched when unknown, a day old, or on `refresh`.

        When its node is away, what we knew stands (but not on `refresh`). `id` of the result may
        differ from `uri` when that was an alias. Raises Gone, NotAnActor, NotFound for an actor of
        our own, and what `Documents.fetch_document` raises.
        """
        if authority_of(uri) == self._database.identities.authority:
            raise NotFound("That is the address of this coop itself.", code="ourselves")
        async with self._database.reading() as reader:
            known = await stored_actor(reader, uri)
            now = reader.now
        if known is None or refresh:
            return await self._fetching.run(uri, lambda: self._fetch(uri))
        if known.gone_at is not None:
            raise Gone(f"{uri} was deleted by its own node.")
        if now - known.fetched_at < self._settings.actor_age:
            return parse_actor(known.document)
        try:
            return await self._fetching.run(uri, lambda: self._fetch(uri))
        except FederationError as error:
            if not error.retry:
                raise
            return parse_actor(known.document)

    async def look_at(self, uri: str) -> None:
        """Have an actor stored as it is today, or was five minutes ago. Raises as `actor` does on
        `refresh`."""
        async with self._database.reading() as reader:
            known = await stored_actor(reader, uri)
            lately = reader.now - self._settings.key_refetch_interval
        if known is None or known.fetched_at < lately:
            await self.actor(uri, refresh=True)

    async def resolve(self, text: str) -> str:
        """The id of the actor behind what a person typed; it is stored then.

        Takes `lanehead.example`, `https://lanehead.example/`, `@coop@lanehead.example`,
        `coop@localhost:8102` and an actor's own address. Raises NotFound, Unreachable, Refused,
        AddressBlocked or NotAnActor, each with a sentence for the person.
        """
        ours = self._database.identities.authority
        with told_once(text):
            return await discovery.resolve(text, self._client, self, ours=ours)

    async def _fetch(self, uri: str) -> ActorProfile:
        with told_once(uri):
            return await self._recorded(uri)

    async def _recorded(self, uri: str) -> ActorProfile:
        try:
            document = await self._documents.fetch_normalised(uri)
        except Gone as error:
            if error.status == 410:
                await self._database.write(lambda uow: _mark_gone(uow, uri))
            raise
        actor = await self._database.write(lambda uow: record_actor(uow, document))
        return parse_actor(actor.document)


async def stored_actor(reader: Reader, uri: str) -> RemoteActor | None:
    """What we last stored about an actor."""
    return await reader.session.get(RemoteActor, uri)


async def record_actor(
    uow: UnitOfWork, document: dict[str, Any], *, found_at: str | None = None
) -> RemoteActor:
    """Store an actor and its keys; keys that it no longer lists are retired, and kept.

    A key belongs to the actor whose document its id points into: an actor that lists a
    neighbour's key id takes nothing from it. A key id elsewhere counts once its own address has
    led to the actor.

    document: normalised, and proven to be the actor's own word: fetched from its id, or signed by
    it. found_at: the key id that led to it. Raises NotAnActor.
    """
    profile = _checked(document)
    its_own = await _key_ids_of(uow, profile.id) | {found_at}
    listed = _usable_keys(profile, its_own)
    digest = next(
        (keys.digest_of(key) for purpose in ("proof", "http") for _, key in listed[purpose]), None
    )
    known = await stored_actor(uow, profile.id)
    actor = known or RemoteActor(uri=profile.id, first_seen_at=uow.now, keys_believed_since=uow.now)
    if known is not None and known.key_digest != digest:
        actor.key_changed_at = uow.now
    if known is not None and not await _are_vouched_for(
        uow, profile, document, known.key_digest, listed
    ):
        actor.keys_believed_since = None
    _describe(actor, kept(document))
    actor.key_digest = digest
    actor.fetched_at = uow.now
    actor.gone_at = None
    uow.session.add(actor)
    await uow.session.flush()
    for purpose, found in listed.items():
        for key_id, key in found:
            await record_key(uow, profile.id, key_id, key, purpose)
    await _retire_unlisted(uow, document, profile.id)
    await _forget_retired(uow, profile.id)
    return actor


def _describe(actor: RemoteActor, document: dict[str, Any]) -> None:
    profile = parse_actor(document)
    actor.authority = authority_of(profile.id)
    actor.type = profile.type
    actor.inbox = profile.inbox
    actor.shared_inbox = _own(profile, profile.shared_inbox)
    actor.node = profile.node
    actor.document = document
    actor.implements = list(profile.implements)
    actor.moved_to = profile.moved_to
    for name, value in asdict(cleaning.shown(profile)).items():
        setattr(actor, name, value)


async def believe_keys(uow: UnitOfWork, uri: str) -> None:
    """A person here says that the keys which a coop and its node list today are its own."""
    actor = await stored_actor(uow, uri)
    node = actor.node if actor else None
    doubted = update(RemoteActor).where(
        RemoteActor.uri.in_([uri, node or uri]), RemoteActor.keys_believed_since.is_(None)
    )
    await uow.execute(doubted.values(keys_believed_since=uow.now))


async def record_key(
    uow: UnitOfWork, owner: str, key_id: str, key: PublicKey, purpose: str
) -> None:
    """Store a key whose id is its owner's, and which it lists; another under the id is retired."""
    digest = keys.digest_of(key)
    replaced = update(RemoteKey).where(
        RemoteKey.key_id == key_id, RemoteKey.digest != digest, RemoteKey.retired_at.is_(None)
    )
    if await uow.scalars(replaced.values(retired_at=uow.now).returning(RemoteKey.key_id)):
        uow.tell(Topic.KEYS)
    await uow.session.merge(
        RemoteKey(
            key_id=key_id,
            digest=digest,
            owner=owner,
            kind="ed25519" if isinstance(key, Ed25519PublicKey) else "rsa",
            purpose=purpose,
            public_pem=keys.public_to_pem(key),
            fetched_at=uow.now,
            retired_at=None,
        )
    )
    await uow.session.flush()


async def _are_vouched_for(
    uow: UnitOfWork,
    profile: ActorProfile,
    document: dict[str, Any],
    former: bytes | None,
    listed: Mapping[str, Sequence[tuple[str, PublicKey]]],
) -> bool:
    """Whether every key that an actor did not list before follows from the one that signed."""
    columns = (RemoteKey.key_id, RemoteKey.digest, RemoteKey.public_pem, RemoteKey.purpose)
    of_before = (RemoteKey.owner == profile.id, RemoteKey.retired_at.is_(None))
    known = await uow.rows(select(*columns).where(*of_before))
    usable = [one for found in listed.values() for one in found]
    elsewhere = listed_key_ids(document) - {key_id for key_id, _ in usable}
    if elsewhere - {row.key_id for row in known}:
        return False
    digests = {row.digest for row in known}
    fresh = [key for _, key in usable if keys.digest_of(key) not in digests]
    signed = [
        key
        for row in known
        if (row.digest, row.purpose) == (former, "proof")
        and isinstance(key := keys.public_from_pem(row.public_pem), Ed25519PublicKey)
    ]
    return succession.follow(fresh, signed, profile.key_vouchers, profile.id)


async def lists_retired_key(reader: Reader, document: dict[str, Any]) -> bool:
    """Whether a description of an actor, normalised, is of before: it lists a key that the actor
    did not list any more when it was stored last. Raises NotAnActor."""
    profile = _checked(document)
    listed = _usable_keys(profile, await _key_ids_of(reader, profile.id))
    digests = [keys.digest_of(key) for found in listed.values() for _, key in found]
    retired = select(RemoteKey.key_id).where(
        RemoteKey.owner == profile.id,
        RemoteKey.retired_at.is_not(None),
        RemoteKey.digest.in_(digests),
    )
    return await reader.scalar(retired.limit(1)) is not None


def listed_key_ids(document: dict[str, Any]) -> frozenset[str]:
    """The key ids that a normalised actor lists, by value or only by its address."""
    http, proof = ids(document.get("publicKey")), ids(document.get("assertionMethod"))
    return frozenset((*http[:KEYS_PER_ACTOR], *proof[:KEYS_PER_ACTOR]))


async def _retire_unlisted(uow: UnitOfWork, document: dict[str, Any], owner: str) -> None:
    dropped = update(RemoteKey).where(
        RemoteKey.owner == owner,
        RemoteKey.retired_at.is_(None),
        RemoteKey.key_id.not_in(listed_key_ids(document)),
    )
    if await uow.scalars(dropped.values(retired_at=uow.now).returning(RemoteKey.key_id)):
        uow.tell(Topic.KEYS)


async def _forget_retired(uow: UnitOfWork, owner: str) -> None:
    """Of a stranger's old keys only the newest are kept: they prove nothing that we have, and who
    changes theirs every minute would fill the disk."""
    old = RemoteKey.owner == owner, RemoteKey.retired_at.is_not(None)
    newest_first = select(RemoteKey.retired_at).where(*old).order_by(RemoteKey.retired_at.desc())
    enough = await uow.scalar(newest_first.offset(2 * KEYS_PER_ACTOR).limit(1))
    if enough is not None and not await related(uow, [owner]):
        await uow.execute(delete(RemoteKey).where(*old, RemoteKey.retired_at <= enough))


async def _key_ids_of(reader: Reader, owner: str) -> set[str | None]:
    """The key ids that are known to be an actor's, current and retired."""
    return set(await reader.scalars(select(RemoteKey.key_id).where(RemoteKey.owner == owner)))


async def _mark_gone(uow: UnitOfWork, uri: str) -> None:
    deleted = update(RemoteActor).where(RemoteActor.uri == uri, RemoteActor.gone_at.is_(None))
    await uow.execute(deleted.values(gone_at=uow.now))


def _checked(document: dict[str, Any]) -> ActorProfile:
    try:
        profile = parse_actor(document)
        # An inbox elsewhere would let an actor point our deliveries at somebody who never asked.
        belongs = same_origin(profile.inbox, profile.id)
    except MalformedDocument as error:
        raise NotAnActor(f"There is no coop at that address: {error}") from error
    if not belongs:
        raise NotAnActor(f"{profile.id} wants its messages sent to another host.", code="bad-inbox")
    return profile


def _own(profile: ActorProfile, url: str | None) -> str | None:
    try:
        return url if url is not None and same_origin(url, profile.id) else None
    except MalformedDocument:
        return None


def _usable_keys(
    profile: ActorProfile, its_own: Container[str | None]
) -> dict[str, list[tuple[str, PublicKey]]]:
    """Its keys of a kind and size that we accept, under ids that are its own, by purpose."""
    http = [(key.id, keys.public_from_pem, key.pem) for key in profile.public_keys]
    proof = [(key.id, keys.public_from_multikey, key.multibase) for key in profile.multikeys]
    usable: dict[str, list[tuple[str, PublicKey]]] = {"http": [], "proof": []}
    for purpose, listed in (("http", http), ("proof", proof)):
        for key_id, read, text in listed[:KEYS_PER_ACTOR]:
            try:
                if key_id in its_own or read_iri(key_id).without_fragment() == profile.id:
                    usable[purpose].append((key_id, read(text)))
            except (KeyUnusable, MalformedDocument):
                continue
    return usable
