"""Who this node is to others: its two actors, their addresses and their keys.

The coop (Organization) speaks; the node (Application) fetches. Each has an RSA-2048 key for HTTP
signatures and an Ed25519 key for object proofs. Keys live in files that only the operator can
read, beside the database and never in it, and are read once per process.

DATA/keys/
  identity.json            address, generations and the keys that were retired
  coop-1-rsa.pem …         one private key per actor, generation and kind (PKCS#8, mode 0600)

Rotation makes the next generation. For 48 hours the actors list both generations while the old
one keeps signing, so that peers who know only the old keys learn of the new ones from it; then
the new one signs and the old public keys stand in the list of retired keys.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from federation.errors import IdentityUnusable
from protocol import datetimes, keys
from protocol.errors import ProtocolError
from protocol.iri import authority_of

T = TypeVar("T")

OVERLAP = timedelta(hours=48)  # protocol paper P17: longer than any peer caches an actor
STATE_FILE = "identity.json"
ACTORS = ("coop", "node")


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """A public key as its owner's actor document lists it."""

    id: str
    owner: str
    public: str
    """PEM for RSA, multibase ("z6Mk…") for Ed25519."""


@dataclass(frozen=True, slots=True)
class RetiredKey:
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
    """Its ActivityPub type: "Organization" or "Application"."""
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
    """The generation of keys, from 1."""
    settles_at: datetime | None
    """When a rotation under way is complete: `load` again then. None: no rotation under way."""

    def of(self, uri: str) -> Identity | None:
        """Our actor of that address, or None for anyone else."""
        return next((actor for actor in (self.coop, self.node) if actor.uri == uri), None)


@dataclass(frozen=True, slots=True)
class Generation:
    """The private keys of one generation, by actor."""

    number: int
    rsa: dict[str, RSAPrivateKey]
    ed25519: dict[str, Ed25519PrivateKey]


class KeyState(msgspec.Struct, frozen=True, kw_only=True):
    """What identity.json says."""

    address: str
    epoch: int = 1
    settles_at: str | None = None
    retired: tuple[dict[str, str], ...] = ()


def create(keys_dir: Path, base: str) -> Identities:
    """Make the first keys of a node at `base`. Raises IdentityUnusable if there are some already.

    Takes some 0.3 s of computing: not for the event loop.
    """
    if (keys_dir / STATE_FILE).exists():
        raise IdentityUnusable(f"{keys_dir} already holds the keys of a node.", code="keys-exist")
    generation = new_generation(1)
    store(keys_dir, generation, KeyState(address=base))
    return _identities(base, (generation,), KeyState(address=base))


def load(keys_dir: Path, base: str, now: datetime) -> Identities:
    """Read the keys of the node at `base`. Raises IdentityUnusable, naming file and remedy."""
    state = read_state(keys_dir)
    if state.address != base:
        raise IdentityUnusable(
            f"The keys in {keys_dir} were made for {state.address}, but this node's address is "
            f"{base}. A coop's keys belong to its address: set the address back, or move.",
            code="keys-of-another-address",
        )
    settles_at = datetimes.parse(state.settles_at) if state.settles_at else None
    if settles_at is None or now >= settles_at:
        return _identities(base, (read_generation(keys_dir, state.epoch),), state)
    generations = (
        read_generation(keys_dir, state.epoch - 1),
        read_generation(keys_dir, state.epoch),
    )
    return _identities(base, generations, state)


def rotate(keys_dir: Path, base: str, now: datetime, *, overlap: timedelta = OVERLAP) -> Identities:
    """Make the next keys. The old ones sign for `overlap` more; 0 when they were stolen.

    The caller announces it: an Update of both actors, which the old keys still sign. Raises
    IdentityUnusable when the rotation before this one is not complete.
    """
    current = load(keys_dir, base, now)
    if current.settles_at is not None and overlap:
        raise IdentityUnusable(
            f"The last change of keys is complete at {datetimes.format(current.settles_at)}; "
            "change them again after that.",
            code="rotation-under-way",
        )
    state = read_state(keys_dir)
    retired_at = datetimes.format(now + overlap)
    retiring = tuple(
        {"id": key.id, "owner": key.owner, "public": key.public, "retired_at": retired_at}
        for actor in (current.coop, current.node)
        for key in (*actor.rsa_listed, *actor.ed25519_listed)
    )
    following = KeyState(
        address=base,
        epoch=state.epoch + 1,
        settles_at=retired_at,
        retired=(*state.retired, *retiring),
    )
    store(keys_dir, new_generation(following.epoch), following)
    return load(keys_dir, base, now)


def new_generation(number: int) -> Generation:
    """Fresh keys for both actors."""
    return Generation(
        number,
        rsa={actor: keys.generate_rsa() for actor in ACTORS},
        ed25519={actor: keys.generate_ed25519() for actor in ACTORS},
    )


def store(keys_dir: Path, generation: Generation, state: KeyState) -> None:
    """Write the keys, then the state that names them: cut short in between, nothing changed."""
    keys_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    for actor in ACTORS:
        for kind, key in (("rsa", generation.rsa[actor]), ("ed25519", generation.ed25519[actor])):
            pem = keys.private_to_pem(key)
            write_private(_key_file(keys_dir, actor, generation.number, kind), pem)
    write_private(keys_dir / STATE_FILE, msgspec.json.format(msgspec.json.encode(state)))


def read_state(keys_dir: Path) -> KeyState:
    """Read identity.json. Raises IdentityUnusable."""
    path = keys_dir / STATE_FILE
    return _reading(path, lambda data: msgspec.json.decode(data, type=KeyState))


def read_generation(keys_dir: Path, number: int) -> Generation:
    """Read one generation's private keys. Raises IdentityUnusable."""
    generation = Generation(number, {}, {})
    for actor in ACTORS:
        rsa = _reading(_key_file(keys_dir, actor, number, "rsa"), _private)
        ed25519 = _reading(_key_file(keys_dir, actor, number, "ed25519"), _private)
        if not isinstance(rsa, RSAPrivateKey) or not isinstance(ed25519, Ed25519PrivateKey):
            raise IdentityUnusable(f"A key file in {keys_dir} holds a key of the wrong kind.")
        generation.rsa[actor], generation.ed25519[actor] = rsa, ed25519
    return generation


def write_private(path: Path, data: bytes) -> None:
    """Replace a file at once and durably; only its owner may read it, at no moment anyone else."""
    unfinished = path.with_name(path.name + ".new")
    unfinished.unlink(missing_ok=True)
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def _identities(base: str, generations: tuple[Generation, ...], state: KeyState) -> Identities:
    under_way = len(generations) > 1
    settles_at = datetimes.parse(state.settles_at) if under_way and state.settles_at else None
    gone = [key for key in state.retired if not under_way or key["retired_at"] != state.settles_at]
    return Identities(
        base=base,
        authority=authority_of(base),
        coop=_identity(base, "coop", "Organization", f"{base}/coop/inbox", generations),
        node=_identity(base, "node", "Application", f"{base}/inbox", generations),
        retired=tuple(_retired(key) for key in gone),
        epoch=state.epoch,
        settles_at=settles_at,
    )


def _identity(
    base: str, actor: str, kind: str, inbox: str, generations: tuple[Generation, ...]
) -> Identity:
    uri = f"{base}/{actor}"
    signing = generations[0]
    return Identity(
        uri=uri,
        kind=kind,
        inbox=inbox,
        shared_inbox=f"{base}/inbox",
        rsa_key=signing.rsa[actor],
        rsa_key_id=_key_id(uri, "main-key", signing.number),
        ed25519_key=signing.ed25519[actor],
        ed25519_key_id=_key_id(uri, "ed25519-key", signing.number),
        rsa_listed=tuple(
            PublishedKey(
                _key_id(uri, "main-key", each.number),
                uri,
                keys.public_to_pem(each.rsa[actor].public_key()),
            )
            for each in generations
        ),
        ed25519_listed=tuple(
            PublishedKey(
                _key_id(uri, "ed25519-key", each.number),
                uri,
                keys.multikey_of(each.ed25519[actor].public_key()),
            )
            for each in generations
        ),
        digest=keys.digest_of(signing.ed25519[actor].public_key()),
    )


def _key_id(uri: str, name: str, number: int) -> str:
    # A new key has a new id: a peer's cache can never hold the old key under the new one's id.
    return f"{uri}#{name}" if number == 1 else f"{uri}#{name}-{number}"


def _retired(key: dict[str, str]) -> RetiredKey:
    return RetiredKey(key["id"], key["owner"], key["public"], datetimes.parse(key["retired_at"]))


def _key_file(keys_dir: Path, actor: str, number: int, kind: str) -> Path:
    return keys_dir / f"{actor}-{number}-{kind}.pem"


def _private(data: bytes) -> keys.PrivateKey:
    # ours: skips the primality check, 32 ms per RSA key
    return keys.private_from_pem(data, ours=True)


def _reading(path: Path, parse: Callable[[bytes], T]) -> T:
    remedy = "Restore it from a backup, or restore the coop from its recovery file."
    try:
        return parse(path.read_bytes())
    except FileNotFoundError:
        raise IdentityUnusable(f"The key file {path} is missing. {remedy}") from None
    except PermissionError:
        raise IdentityUnusable(
            f"The key file {path} cannot be read by this user. Run as the user that owns it."
        ) from None
    except (ValueError, ProtocolError) as error:  # msgspec's errors are ValueErrors
        raise IdentityUnusable(f"The key file {path} is damaged ({error}). {remedy}") from error
