"""The history of the register as a chain of hashes, with the particulars sealed beside it. Pure.

digest(n) = SHA-256 of the canonical JSON (RFC 8785) of
    {seq, id, member, event, at, content, previous}
where `content` is SHA-256(salt ‖ content) and `previous` is digest(n-1), 32 zero bytes at first.
Without the salt the digest says nothing about a name; with it, anybody can check what it stood for.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from federation.ambient import Entropy
from protocol import datetimes, jcs

START = bytes(32)
SALT_BYTES = 16
KEY_BYTES = 32
_NONCE_BYTES = 12


class Content(msgspec.Struct, frozen=True):
    """What an event says about people: by whose hand, why, and what the register said then."""

    by: str
    reason: str
    name: str
    membership_class: str


@dataclass(frozen=True)
class Link:
    """One event as it is chained."""

    seq: int
    id: str
    member_id: str
    event: str
    at: datetime
    content_digest: bytes
    previous: bytes
    digest: bytes


def link(
    seq: int,
    event_id: str,
    member_id: str,
    event: str,
    at: datetime,
    content_digest: bytes,
    previous: bytes,
) -> Link:
    """The next link of the chain."""
    digest = _digest(seq, event_id, member_id, event, at, content_digest, previous)
    return Link(seq, event_id, member_id, event, at, content_digest, previous, digest)


def first_fault(links: Iterable[Link]) -> int | None:
    """The seq at which a chain, read from its start, does not hold; None if it holds."""
    previous, expected = START, 1
    for each in links:
        intact = each.seq == expected and each.previous == previous
        if not intact or each.digest != _digest(
            each.seq,
            each.id,
            each.member_id,
            each.event,
            each.at,
            each.content_digest,
            each.previous,
        ):
            return expected
        previous, expected = each.digest, expected + 1
    return None


def salted_digest(salt: bytes, content: Content) -> bytes:
    """What the chain holds of a content."""
    return sha256(salt + _encoded(content)).digest()


def seal(key: bytes, event_id: str, salt: bytes, content: Content, entropy: Entropy) -> bytes:
    """Salt and content, readable with the member's key and for this event only."""
    nonce = entropy.token(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, salt + _encoded(content), event_id.encode())


def unseal(key: bytes, event_id: str, sealed: bytes) -> tuple[bytes, Content] | None:
    """Salt and content, or None when the key is not the one it was sealed with."""
    nonce, ciphertext = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        plain = AESGCM(key).decrypt(nonce, ciphertext, event_id.encode())
    except InvalidTag:
        return None
    return plain[:SALT_BYTES], msgspec.json.decode(plain[SALT_BYTES:], type=Content)


def _encoded(content: Content) -> bytes:
    return msgspec.json.encode(content, order="sorted")


def _digest(
    seq: int,
    event_id: str,
    member_id: str,
    event: str,
    at: datetime,
    content_digest: bytes,
    previous: bytes,
) -> bytes:
    document = {
        "seq": seq,
        "id": event_id,
        "member": member_id,
        "event": event,
        "at": datetimes.format(at),
        "content": content_digest.hex(),
        "previous": previous.hex(),
    }
    return sha256(jcs.canonical(document)).digest()
