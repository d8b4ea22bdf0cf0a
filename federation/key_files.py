"""The node's private keys on disk: PKCS#8 files that only the operator can read.

DATA/keys/
  identity.json            address, generation, and the keys that were retired
  coop-1-rsa.pem …         one private key per actor, generation and kind
  seal.key                 seals the private keys that lie in the database

The state is written last and replaced at once, so that a change of keys that is cut short has not
happened.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from federation.errors import IdentityUnusable
from protocol import keys
from protocol.errors import ProtocolError

T = TypeVar("T")

STATE_FILE = "identity.json"
SEAL_FILE = "seal.key"
SEAL_BYTES = 32
ACTORS = ("coop", "node")


@dataclass(frozen=True, slots=True)
class Generation:
    """The private keys of one generation, by actor."""

    number: int
    rsa: dict[str, RSAPrivateKey] = field(default_factory=dict, repr=False)
    ed25519: dict[str, Ed25519PrivateKey] = field(default_factory=dict, repr=False)

    def put(self, actor: str, kind: str, key: keys.PrivateKey) -> None:
        """Add a key while reading. Raises IdentityUnusable for one of the wrong kind."""
        if kind == "rsa" and isinstance(key, RSAPrivateKey):
            self.rsa[actor] = key
        elif kind == "ed25519" and isinstance(key, Ed25519PrivateKey):
            self.ed25519[actor] = key
        else:
            raise IdentityUnusable(f"The {kind} key of the {actor} is a key of another kind.")

    def each(self) -> list[tuple[str, str, keys.PrivateKey]]:
        """Every key with its actor and kind."""
        return [
            *((actor, "rsa", self.rsa[actor]) for actor in ACTORS),
            *((actor, "ed25519", self.ed25519[actor]) for actor in ACTORS),
        ]


class RetiredEntry(msgspec.Struct, frozen=True):
    """A public key that signs no more after `retired_at`."""

    id: str
    owner: str
    public: str
    retired_at: str


class KeyState(msgspec.Struct, frozen=True, kw_only=True):
    """What identity.json says. `settles_at`: until then the generation before `epoch` signs.

    recovery_key: the public half (multibase) of the key whose private half is in the recovery file
    alone; None until one was written.
    """

    address: str
    epoch: int = 1
    settles_at: str | None = None
    recovery_key: str | None = None
    retired: tuple[RetiredEntry, ...] = ()
    vouchers: tuple[dict[str, Any], ...] = ()
    """The last ones, of both actors: see `protocol.succession`."""


def new_generation(number: int) -> Generation:
    """Fresh keys for both actors; some 0.3 s of computing."""
    return Generation(
        number,
        rsa={actor: keys.generate_rsa() for actor in ACTORS},
        ed25519={actor: keys.generate_ed25519() for actor in ACTORS},
    )


@contextmanager
def changing(keys_dir: Path) -> Iterator[None]:
    """Read and replace keys inside: two that change them at once do so one after the other. Whoever
    only reads need not wait."""
    keys_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    number = os.open(keys_dir, os.O_RDONLY)
    try:
        with suppress(OSError):  # some file systems know no locks
            fcntl.flock(number, fcntl.LOCK_EX)
        yield
    finally:
        os.close(number)


def store(keys_dir: Path, generation: Generation, state: KeyState) -> None:
    """Write the keys, then the state that names them."""
    keys_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    for actor, kind, key in generation.each():
        write_private(_file(keys_dir, actor, generation.number, kind), keys.private_to_pem(key))
    if not (keys_dir / SEAL_FILE).exists():
        write_private(keys_dir / SEAL_FILE, AESGCM.generate_key(8 * SEAL_BYTES))
    store_state(keys_dir, state)


def store_state(keys_dir: Path, state: KeyState) -> None:
    """Replace identity.json at once."""
    write_private(keys_dir / STATE_FILE, msgspec.json.format(msgspec.json.encode(state)))


def read_state(keys_dir: Path) -> KeyState:
    """Read identity.json. Raises IdentityUnusable."""
    decoder = msgspec.json.Decoder(KeyState)
    return _reading(keys_dir / STATE_FILE, decoder.decode)


def read_generation(keys_dir: Path, number: int) -> Generation:
    """Read one generation's private keys. Raises IdentityUnusable."""
    generation = Generation(number)
    for actor in ACTORS:
        for kind in ("rsa", "ed25519"):
            generation.put(actor, kind, _reading(_file(keys_dir, actor, number, kind), _private))
    return generation


def read_seal(keys_dir: Path) -> bytes:
    """The key that seals the private keys in the database. Raises IdentityUnusable."""
    return _reading(keys_dir / SEAL_FILE, _seal)


def write_private(path: Path, data: bytes) -> None:
    """Replace a file at once and durably; only its owner may read it, at no moment anyone else."""
    unfinished = path.with_name(path.name + ".new")
    unfinished.unlink(missing_ok=True)
    try:
        number = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        error.filename = str(path)  # what was asked for
        raise
    with open(number, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the new name is durable only with its folder
    finally:
        os.close(folder)


def _file(keys_dir: Path, actor: str, number: int, kind: str) -> Path:
    return keys_dir / f"{actor}-{number}-{kind}.pem"


def _seal(data: bytes) -> bytes:
    if len(data) != SEAL_BYTES:
        raise ValueError(f"it has {len(data)} bytes, not {SEAL_BYTES}")
    return data


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
