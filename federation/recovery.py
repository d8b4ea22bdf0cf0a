"""The recovery file: what a coop keeps on paper or in a safe to be itself again.

A node that lost its disk can be rebuilt from its peers, but only under its own keys. The file
holds the coop's address, the private keys of both actors as text that can be printed, and whom the
coop worked with. With a passphrase each key is encrypted (PKCS#8 with AES-256); without one,
whoever finds the paper is the coop.

One more key is in no other place: the recovery key. Its public half stands in the coop's actor, so
that peers believe it when even the address is lost and the coop goes on at another.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from federation import key_files
from federation.errors import IdentityUnusable
from federation.identities import Identities, retired_beside_newest
from federation.key_files import Generation, KeyState, RetiredEntry
from protocol.keys import PrivateKey, multikey_of

FORMAT = "rochdale-recovery-1"
_RECOVERY = "recovery"


class _File(msgspec.Struct, frozen=True, kw_only=True):
    """The JSON; `keys` are PEM texts by "coop-rsa", "coop-ed25519", "node-rsa" … and "recovery".

    peers: the coops that it was in touch with when the file was written.
    """

    format: str
    name: str
    address: str
    peers: tuple[str, ...]
    epoch: int
    encrypted: bool
    retired: tuple[RetiredEntry, ...]
    keys: dict[str, str]


@dataclass(frozen=True, slots=True)
class Recovery:
    """A recovery file that could be read."""

    name: str
    address: str
    peers: tuple[str, ...]
    generation: Generation
    state: KeyState
    recovery_key: Ed25519PrivateKey = field(repr=False)


def write_recovery(
    path: Path,
    identities: Identities,
    recovery_key: Ed25519PrivateKey,
    passphrase: str | None = None,
    *,
    name: str = "",
    peers: Sequence[str] = (),
) -> None:
    """Write the node's newest keys to a file that only its owner can read, replacing an older one.

    To be written again after every rotation: an old file holds keys that no longer count. The
    recovery key is to be registered when the file is safe (`identities.register_recovery`).
    """
    lock: KeySerializationEncryption = NoEncryption()
    if passphrase:
        lock = BestAvailableEncryption(passphrase.encode())
    content = _File(
        format=FORMAT,
        name=name,
        address=identities.base,
        peers=tuple(peers),
        epoch=identities.epoch,
        encrypted=bool(passphrase),
        retired=retired_beside_newest(identities),
        keys={
            name: key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock).decode()
            for name, key in _named_keys(identities, recovery_key)
        },
    )
    key_files.write_private(path, msgspec.json.format(msgspec.json.encode(content)))


def read_recovery(path: Path, passphrase: str | None = None) -> Recovery:
    """Read a recovery file. Raises IdentityUnusable, saying what is wrong with it."""
    content = _decoded(path)
    if content.encrypted and not passphrase:
        raise IdentityUnusable(
            f"{path} is locked: give the passphrase it was written with.", code="passphrase-missing"
        )

    def unlocked(name: str) -> PrivateKey:
        return _unlocked(path, content.keys.get(name, ""), content.encrypted, passphrase)

    generation = Generation(content.epoch)
    for actor in key_files.ACTORS:
        for kind in ("rsa", "ed25519"):
            generation.put(actor, kind, unlocked(f"{actor}-{kind}"))
    recovery_key = unlocked(_RECOVERY)
    if not isinstance(recovery_key, Ed25519PrivateKey):
        raise IdentityUnusable(
            f"The recovery key in {path} is a key of another kind.", code="recovery-file"
        )
    state = KeyState(
        address=content.address,
        epoch=content.epoch,
        recovery_key=multikey_of(recovery_key.public_key()),
        retired=content.retired,
    )
    return Recovery(content.name, content.address, content.peers, generation, state, recovery_key)


def restore(keys_dir: Path, recovery: Recovery) -> None:
    """Make a node's keys out of a recovery file; harmless where they are these keys already.

    Raises IdentityUnusable if it has others.
    """
    with key_files.changing(keys_dir):
        if not (keys_dir / key_files.STATE_FILE).exists():
            key_files.store(keys_dir, recovery.generation, recovery.state)
        elif key_files.read_state(keys_dir) != recovery.state:
            said = f"{keys_dir} already holds the keys of a node."
            raise IdentityUnusable(said, code="keys-exist")


def _named_keys(
    identities: Identities, recovery_key: Ed25519PrivateKey
) -> list[tuple[str, PrivateKey]]:
    ours = [(f"{actor}-{kind}", key) for actor, kind, key in identities.newest.each()]
    return [*ours, (_RECOVERY, recovery_key)]


def _decoded(path: Path) -> _File:
    try:
        content = msgspec.json.decode(path.read_bytes(), type=_File)
    except OSError as error:
        raise IdentityUnusable(f"{path} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise IdentityUnusable(
            f"{path} is not a whole recovery file ({error}).", code="recovery-file"
        ) from None
    if content.format != FORMAT:
        raise IdentityUnusable(
            f"{path} is a recovery file of another version of Rochdale.", code="recovery-file"
        )
    return content


def _unlocked(path: Path, pem: str, encrypted: bool, passphrase: str | None) -> PrivateKey:
    password = passphrase.encode() if encrypted and passphrase else None
    try:
        key = load_pem_private_key(pem.encode(), password)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise IdentityUnusable(
            f"A key in {path} cannot be read: "
            + ("the passphrase is wrong." if encrypted else "the file is damaged."),
            code="passphrase-wrong" if encrypted else "keys-unusable",
        ) from None
    return key  # type: ignore[return-value]  # `Generation.put` refuses other kinds
