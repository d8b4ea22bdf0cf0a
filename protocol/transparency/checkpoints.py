"""Checkpoints of a log (C2SP tlog-checkpoint) and cosignatures under them (tlog-cosignature v1).

The text is: origin, size, root in base64, and lines of extensions, each on its own line. A
cosignature says: at this time, this is the largest consistent tree that I know of this origin. It
is Ed25519 over `cosignature/v1`, `time N` and the text; a witness has a key for nothing else.
"""

import re
from collections.abc import Iterable, Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Struct
from msgspec.structs import replace

from protocol.errors import MalformedDocument, SignatureInvalid
from protocol.transparency import notes
from protocol.transparency.notes import COSIGNATURE, Note, Signature

_NUMBER = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)
_HASH_BYTES = 32
_TIME_BYTES = 8
_SIGNATURE_BYTES = 64
COSIGNATURE_BYTES = notes.ID_BYTES + _TIME_BYTES + _SIGNATURE_BYTES
"""The id of its key, its time, the signature: what a line says beside a name."""


class Checkpoint(Struct, frozen=True):
    """What a log says of itself."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        lines = (self.origin, str(self.size), notes.encode(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


class Cosignature(Struct, frozen=True):
    """Whose, and when it was made, in seconds since 1970."""

    name: str
    time: int


def parse_text(text: str) -> Checkpoint:
    """Read the text of a checkpoint. Raises MalformedDocument."""
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] != "" or not all(lines[:-1]):
        raise _malformed("must have an origin, a size and a root")
    origin, size, root, *extensions = lines[:-1]
    if not _NUMBER.fullmatch(size):
        raise _malformed("has a size that is no number")
    hash_ = notes.decode(root)
    if len(hash_) != _HASH_BYTES:
        raise _malformed("has a root that is no SHA-256")
    return Checkpoint(origin, int(size), hash_, tuple(extensions))


def sign(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> Note:
    """A note signed by the log, under its origin's name."""
    signature = notes.sign(checkpoint.text, checkpoint.origin, key)
    return Note(checkpoint.text, (signature,))


def opened(text: str, origin: str, key: Ed25519PublicKey) -> tuple[Checkpoint, Note]:
    """The checkpoint in a note that this log signed. Raises MalformedDocument, SignatureInvalid."""
    note = notes.parse(text)
    checkpoint = parse_text(note.text)
    if checkpoint.origin != origin:
        raise SignatureInvalid("The checkpoint is of another log.")
    notes.verify(note, origin, key)
    return checkpoint, note


def cosign(note: Note, name: str, key: Ed25519PrivateKey, time: int) -> Signature:
    """A witness's cosignature under a checkpoint."""
    notes.check_name(name)
    id_ = notes.key_id(name, COSIGNATURE, key.public_key())
    return Signature(name, id_, time.to_bytes(_TIME_BYTES) + key.sign(cosigned(note.text, time)))


def cosigned(text: str, time: int) -> bytes:
    """The bytes that a cosignature is made over."""
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def split(data: bytes) -> list[bytes]:
    """Cosignatures that follow each other without names."""
    places = range(0, len(data), COSIGNATURE_BYTES)
    return [data[place : place + COSIGNATURE_BYTES] for place in places]


def stamp(signature: Signature) -> int:
    """The time that a cosignature names."""
    return int.from_bytes(signature.value[:_TIME_BYTES])


def check_cosignature(
    note: Note, signature: Signature, name: str, key: Ed25519PublicKey
) -> Cosignature:
    """Raises SignatureInvalid unless this witness made it under this note."""
    if (signature.name, signature.key_id) != (name, notes.key_id(name, COSIGNATURE, key)):
        raise SignatureInvalid("The cosignature is by another witness.")
    time, value = stamp(signature), signature.value[_TIME_BYTES:]
    notes.check_signature(key, value, cosigned(note.text, time))
    return Cosignature(name, time)


def cosignatures(note: Note, witnesses: Mapping[str, Ed25519PublicKey]) -> list[Cosignature]:
    """The good cosignatures under a note by these witnesses, by name: one for each.

    Lines of others are ignored, as the specification says; so are those that do not hold.
    """
    found = {}
    for signature in note.signatures:
        key = witnesses.get(signature.name)
        if key is None:
            continue
        try:
            found[signature.name] = check_cosignature(note, signature, signature.name, key)
        except SignatureInvalid:
            continue
    return [found[name] for name in sorted(found)]


def with_signatures(note: Note, signatures: Iterable[Signature]) -> Note:
    """The note with cosignatures added, in the order of their names."""
    added = sorted(signatures, key=lambda each: (each.name, each.key_id))
    return replace(note, signatures=(*note.signatures, *added))


def median_time(found: Iterable[Cosignature]) -> int | None:
    """The middle one of the times, the later of two: right while fewer than half are wrong."""
    times = sorted(each.time for each in found)
    return times[len(times) // 2] if times else None


def _malformed(what: str) -> MalformedDocument:
    return MalformedDocument(f"The checkpoint {what}.", code="bad-checkpoint")
