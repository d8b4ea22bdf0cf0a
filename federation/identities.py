"""Who this node is to others: its two actors, their addresses and their keys.

The coop (Organization) speaks; the node (Application) fetches. Each has an RSA-2048 key for HTTP
signatures and an Ed25519 key for object proofs, read once per process from `key_files`.

Rotation makes the next generation, under new key ids. For 48 hours the actors list both
generations while the old one keeps signing, so that peers who know only the old keys learn of the
new ones from it; then the new one signs and the old public keys stand in the list of retired ones.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from msgspec import Struct

from federation import key_files
from federation.errors import IdentityUnusable
from federation.key_files import STATE_FILE, Generation, KeyState, RetiredEntry
from protocol import datetimes, keys, succession
from protocol.iri import authority_of
from protocol.succession import VOUCHERS_LISTED

OVERLAP = timedelta(hours=48)  # protocol paper P17: longer than any peer caches an actor
AT_ONCE = timedelta(0)
"""For keys that must not sign any more: stolen, or perhaps in use by an old copy of this node."""


class PublishedKey(Struct, frozen=True):
    """A public key as its owner's actor document lists it."""

    id: str
    owner: str
    public: str
    """PEM for RSA, multibase ("z6Mk…") for Ed25519."""


class RetiredKey(Struct, frozen=True):
    """A key that no longer signs; what it signed before `retired_at` stays true."""

    id: str
    owner: str
    public: str
    """PEM for RSA, multibase ("z6Mk…") for Ed25519."""
    retired_at: datetime


@dataclass(frozen=True, slots=True)
class Identity:
    """One of our actors, with the keys that sign for it now and those that it lists."""

    uri: str
    kind: str
    """Its ActivityPub type: "Organization" or "Application"; "Group" for one of `local_actors`."""
    inbox: str
    shared_inbox: str
    rsa_key: RSAPrivateKey = field(repr=False)
    rsa_key_id: str
    ed25519_key: Ed25519PrivateKey = field(repr=False)
    ed25519_key_id: str
    rsa_listed: tuple[PublishedKey, ...]
    ed25519_listed: tuple[PublishedKey, ...]
    digest: bytes
    """Of the Ed25519 key that signs: what its weave and confirmation words are drawn from."""


@dataclass(frozen=True, slots=True)
class Identities:
    """Both actors of this node."""

    base: str
    """The node's address without a slash at the end."""
    authority: str
    coop: Identity
    node: Identity
    retired: tuple[RetiredKey, ...]
    epoch: int
    """The number of the newest generation of keys, from 1."""
    settles_at: datetime | None
    """When a rotation under way is complete: `load` again then. None: no rotation under way."""
    newest: Generation = field(repr=False)
    """The private keys that will sign when all is settled: what a recovery file must hold."""
    seal: bytes = field(repr=False)
    """Seals the private keys that lie in the database: who has only that cannot use them."""
    recovery_key: str | None
    """Public half (multibase) of the recovery key, which speaks for the coop if all else is lost;
    its private half is in the recovery file alone."""
    vouchers: tuple[dict[str, Any], ...]
    """By which those who knew older keys of both actors believe the new ones."""

    def vouchers_of(self, actor: Identity) -> tuple[dict[str, Any], ...]:
        """Those of one of the two."""
        return tuple(each for each in self.vouchers if each["controller"] == actor.uri)

    def of(self, uri: str) -> Identity | None:
        """Our actor of that address, or None for anyone else."""
        return next((actor for actor in (self.coop, self.node) if actor.uri == uri), None)


def create(keys_dir: Path, base: str) -> Identities:
    """Make the first keys of a node at `base`. Raises IdentityUnusable if there are some already.

    Takes some 0.3 s of computing: not for the event loop.
    """
    with key_files.changing(keys_dir):
        if (keys_dir / STATE_FILE).exists():
            said = f"{keys_dir} already holds the keys of a node."
            raise IdentityUnusable(said, code="keys-exist")
        generation, state = key_files.new_generation(1), KeyState(address=base)
        key_files.store(keys_dir, generation, state)
    return _identities(base, (generation,), state, key_files.read_seal(keys_dir))


def load(keys_dir: Path, base: str, now: datetime) -> Identities:
    """Read the keys of the node at `base`. Raises IdentityUnusable, naming file and remedy."""
    state = key_files.read_state(keys_dir)
    if state.address != base:
        raise IdentityUnusable(
            f"The keys in {keys_dir} were made for {state.address}, but this node's address is "
            f"{base}. A coop's keys belong to its address: set the address back, or move.",
            code="keys-of-another-address",
        )
    settled = state.settles_at is None or now >= datetimes.parse(state.settles_at)
    numbers = (state.epoch,) if settled else (state.epoch - 1, state.epoch)
    generations = tuple(key_files.read_generation(keys_dir, number) for number in numbers)
    return _identities(base, generations, state, key_files.read_seal(keys_dir))


def rotate(keys_dir: Path, base: str, now: datetime, *, overlap: timedelta = OVERLAP) -> Identities:
    """Make the next keys. The old ones sign for `overlap` more; not at all if they were stolen.

    The caller announces it: an Update of both actors, which the old keys still sign. Raises
    IdentityUnusable when the rotation before this one is not complete.
    """
    with key_files.changing(keys_dir):
        _rotate(keys_dir, base, now, overlap)
    return load(keys_dir, base, now)


def _rotate(keys_dir: Path, base: str, now: datetime, overlap: timedelta) -> None:
    current = load(keys_dir, base, now)
    if current.settles_at is not None and overlap:
        raise IdentityUnusable(
            f"The last change of keys is complete at {datetimes.format(current.settles_at)}; "
            "change them again after that.",
            code="rotation-under-way",
        )
    epoch = current.epoch + 1
    made = key_files.new_generation(epoch)
    following = KeyState(
        address=base,
        epoch=epoch,
        settles_at=datetimes.format(now + overlap),
        recovery_key=current.recovery_key,
        retired=(*map(_entry, current.retired), *_retiring(current, now + overlap)),
        vouchers=(*current.vouchers, *_vouchers(current, made, now))[-2 * VOUCHERS_LISTED :],
    )
    key_files.store(keys_dir, made, following)


def proof_keys(identities: Identities) -> list[Ed25519PublicKey]:
    """Every key that signs documents of ours today, or will soon."""
    listed = (key for actor in (identities.coop, identities.node) for key in actor.ed25519_listed)
    return _ed25519(key.public for key in listed)


def former_proof_keys(identities: Identities) -> list[Ed25519PublicKey]:
    """Every key that signed documents of ours, and does no more."""
    return _ed25519(key.public for key in identities.retired if key.public.startswith("z"))


def _ed25519(multikeys: Iterable[str]) -> list[Ed25519PublicKey]:
    found = map(keys.public_from_multikey, multikeys)
    return [key for key in found if isinstance(key, Ed25519PublicKey)]


def epoch_of(key_id: str) -> int:
    """The generation that a key id of ours says it is of; 0 for an id of another form."""
    name = key_id.partition("#")[2]
    number = name.rpartition("-")[2]
    if name in ("main-key", "ed25519-key"):
        return 1
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 7 else 0


def register_recovery(keys_dir: Path, public_key: Ed25519PublicKey) -> None:
    """Make a key the recovery key, instead of the one before. The caller announces it."""
    with key_files.changing(keys_dir):
        state = key_files.read_state(keys_dir)
        told = msgspec.structs.replace(state, recovery_key=keys.multikey_of(public_key))
        key_files.store_state(keys_dir, told)


def _vouchers(current: Identities, made: Generation, now: datetime) -> list[dict[str, Any]]:
    """Of the next keys of both actors, each by the key that signs for it now."""
    return [
        succession.voucher(
            key_id=_key_id(actor.uri, name, made.number),
            owner=actor.uri,
            key=key,
            by=actor.ed25519_key,
            by_id=actor.ed25519_key_id,
            created=now,
        )
        for actor, of in ((current.coop, "coop"), (current.node, "node"))
        for name, key in (
            ("main-key", made.rsa[of].public_key()),
            ("ed25519-key", made.ed25519[of].public_key()),
        )
    ]


def _retiring(current: Identities, moment: datetime) -> list[RetiredEntry]:
    """Every key listed now, to be retired at a moment."""
    return [
        RetiredEntry(key.id, key.owner, key.public, datetimes.format(moment))
        for actor in (current.coop, current.node)
        for key in (*actor.rsa_listed, *actor.ed25519_listed)
    ]


def retired_beside_newest(identities: Identities) -> tuple[RetiredEntry, ...]:
    """All keys but the newest: those that are retired, and those that soon will be. Whoever is made
    of the newest alone must know them, or believes nothing that they signed."""
    entries = [_entry(key) for key in identities.retired]
    if identities.settles_at is None:
        return tuple(entries)
    alone = [
        _identity(identities.base, actor, kind, "", (identities.newest,))
        for actor, kind in (("coop", "Organization"), ("node", "Application"))
    ]
    newest = {key.id for actor in alone for key in (*actor.rsa_listed, *actor.ed25519_listed)}
    leaving = _retiring(identities, identities.settles_at)
    return (*entries, *(entry for entry in leaving if entry.id not in newest))


def _entry(key: RetiredKey) -> RetiredEntry:
    return RetiredEntry(key.id, key.owner, key.public, datetimes.format(key.retired_at))


def _identities(
    base: str, generations: tuple[Generation, ...], state: KeyState, seal: bytes
) -> Identities:
    coop = _identity(base, "coop", "Organization", f"{base}/coop/inbox", generations)
    node = _identity(base, "node", "Application", f"{base}/inbox", generations)
    settles_at = state.settles_at if len(generations) > 1 else None
    listed = {
        key.id for actor in (coop, node) for key in (*actor.rsa_listed, *actor.ed25519_listed)
    }
    return Identities(
        base=base,
        authority=authority_of(base),
        coop=coop,
        node=node,
        retired=tuple(
            RetiredKey(key.id, key.owner, key.public, datetimes.parse(key.retired_at))
            for key in state.retired
            if key.id not in listed
        ),
        epoch=state.epoch,
        settles_at=datetimes.parse(settles_at) if settles_at else None,
        newest=generations[-1],
        seal=seal,
        recovery_key=state.recovery_key,
        vouchers=state.vouchers,
    )


def _identity(
    base: str, actor: str, kind: str, inbox: str, generations: tuple[Generation, ...]
) -> Identity:
    pairs = [(each.number, each.rsa[actor], each.ed25519[actor]) for each in generations]
    return identity_of(f"{base}/{actor}", kind, inbox, f"{base}/inbox", pairs)


def identity_of(
    uri: str,
    kind: str,
    inbox: str,
    shared_inbox: str,
    pairs: Sequence[tuple[int, RSAPrivateKey, Ed25519PrivateKey]],
) -> Identity:
    """An actor with its keys: of each generation its number and both keys; the first one signs."""
    number, rsa, ed25519 = pairs[0]
    return Identity(
        uri=uri,
        kind=kind,
        inbox=inbox,
        shared_inbox=shared_inbox,
        rsa_key=rsa,
        rsa_key_id=_key_id(uri, "main-key", number),
        ed25519_key=ed25519,
        ed25519_key_id=_key_id(uri, "ed25519-key", number),
        rsa_listed=tuple(
            PublishedKey(
                _key_id(uri, "main-key", each), uri, keys.public_to_pem(private.public_key())
            )
            for each, private, _ed25519 in pairs
        ),
        ed25519_listed=tuple(
            PublishedKey(
                _key_id(uri, "ed25519-key", each), uri, keys.multikey_of(private.public_key())
            )
            for each, _rsa, private in pairs
        ),
        digest=keys.digest_of(ed25519.public_key()),
    )


def _key_id(uri: str, name: str, number: int) -> str:
    # A new key has a new id: a peer's cache can never hold the old key under the new one's id.
    return f"{uri}#{name}" if number == 1 else f"{uri}#{name}-{number}"
