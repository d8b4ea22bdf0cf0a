"""Signed notes (C2SP signed-note): a text, an empty line, and one line for each signature.

A signature line is `— NAME base64(key id ‖ signature)`. The key id is the beginning of
SHA-256(NAME ‖ newline ‖ algorithm ‖ public key); an algorithm is one byte.
"""

import base64
import binascii
import re
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Struct

from protocol.errors import MalformedDocument, SignatureInvalid

ED25519 = b"\x01"
COSIGNATURE = b"\x04"
MOST_SIGNATURES = 2_001  # the log's own, and those of two thousand witnesses
ID_BYTES = 4
LONGEST = 512 * 1024
"""Room for so many signatures by names of 100 characters."""
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_NAME = re.compile(r"[^\s+]+")
_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")


class Signature(Struct, frozen=True):
    """One line. value: what follows the key id."""

    name: str
    key_id: bytes
    value: bytes

    @property
    def line(self) -> str:
        return f"— {self.name} {encode(self.key_id + self.value)}\n"


class Note(Struct, frozen=True):
    """A text, which ends with a newline, and its signatures in their order."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        return f"{self.text}\n{''.join(each.line for each in self.signatures)}"

    def by(self, name: str, key_id: bytes) -> Signature | None:
        """The signature that a key of this name claims to have made."""
        fitting = (each for each in self.signatures if (each.name, each.key_id) == (name, key_id))
        return next(fitting, None)


def key_id(name: str, algorithm: bytes, key: Ed25519PublicKey) -> bytes:
    return sha256(f"{name}\n".encode() + algorithm + key.public_bytes_raw()).digest()[:ID_BYTES]


def parse(text: str) -> Note:
    """Read a note. Raises MalformedDocument, also for one that we would write otherwise."""
    if len(text) > LONGEST:
        raise _malformed("is too long")
    body, gap, tail = text.rpartition("\n\n")
    if not gap or not body or not tail.endswith("\n"):
        raise _malformed("must have an empty line between its text and its signatures")
    if _CONTROL.search(text):
        raise _malformed("contains a control character")
    lines = tail[:-1].split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise _malformed("has too many signatures")
    note = Note(f"{body}\n", tuple(parse_line(line) for line in lines))
    if str(note) != text:
        raise _malformed("is not written as it must be")
    return note


def parse_line(line: str) -> Signature:
    """Read one signature line, without its newline. Raises MalformedDocument."""
    match = _LINE.fullmatch(line)
    if match is None:
        raise _malformed("has a signature line that is none")
    data = decode(match[2])
    if len(data) <= ID_BYTES:
        raise _malformed("has a signature that is too short")
    return Signature(match[1], data[:ID_BYTES], data[ID_BYTES:])


def sign(text: str, name: str, key: Ed25519PrivateKey) -> Signature:
    """A plain Ed25519 signature of a text."""
    check_name(name)
    return Signature(name, key_id(name, ED25519, key.public_key()), key.sign(text.encode()))


def verify(note: Note, name: str, key: Ed25519PublicKey) -> None:
    """Raises SignatureInvalid unless the key signed the text under this name."""
    signature = note.by(name, key_id(name, ED25519, key))
    if signature is None:
        raise SignatureInvalid("The note is not signed by the key that it should be signed by.")
    check_signature(key, signature.value, note.text.encode())


def check_signature(key: Ed25519PublicKey, value: bytes, message: bytes) -> None:
    """Raises SignatureInvalid."""
    try:
        key.verify(value, message)
    except InvalidSignature:
        raise SignatureInvalid("A signature under the note does not hold.") from None


def check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise _malformed("has a name with a space or a plus in it")


def encode(data: bytes) -> str:
    """Base64 with padding, the only one that notes use."""
    return base64.b64encode(data).decode("ascii")


def decode(text: str) -> bytes:
    """Undo `encode`, and nothing else. Raises MalformedDocument."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _malformed("has a value that is not base64") from None
    if encode(data) != text:
        raise _malformed("has a value that is not base64 as it must be")
    return data


def _malformed(what: str) -> MalformedDocument:
    return MalformedDocument(f"The signed note {what}.", code="bad-note")
