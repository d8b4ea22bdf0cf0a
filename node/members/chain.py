"""The history of the register as a chain of hashes, with the particulars sealed beside it. Pure.

A link's document is {seq, id, member, event, at, content, previous}, where `content` is
SHA-256(salt ‖ content); `node.hash_chain` says how documents are chained.
"""

from datetime import datetime
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct
from msgspec.structs import replace

from federation.ambient import Entropy
from node import hash_chain
from node.hash_chain import SALT_BYTES, START, first_fault
from protocol import datetimes

KEY_BYTES = 32
_NONCE_BYTES = 12


class Content(Struct, frozen=True, omit_defaults=True):
    """What an event says about people: by whose hand, why, and what the register said then.

    details: what else a higher slice noted, as codes and days, put into words when it is shown.
    """

    by: str
    reason: str
    name: str
    membership_class: str
    details: dict[str, str] = {}


class Link(Struct, frozen=True):
    """One event as it is chained."""

    seq: int
    id: str
    member_id: str
    event: str
    at: datetime
    content_digest: bytes
    previous: bytes
    digest: bytes

    @property
    def document(self) -> dict[str, Any]:
        """What is hashed."""
        return {
            "seq": self.seq,
            "id": self.id,
            "member": self.member_id,
            "event": self.event,
            "at": datetimes.format(self.at),
            "content": self.content_digest.hex(),
            "previous": self.previous.hex(),
        }


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
    draft = Link(seq, event_id, member_id, event, at, content_digest, previous, digest=b"")
    return replace(draft, digest=hash_chain.digest_of(draft.document))


def salted_digest(salt: bytes, content: Content) -> bytes:
    """What the chain holds of a content."""
    return hash_chain.salted_digest(salt, _encoded(content))


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


__all__ = [
    "KEY_BYTES",
    "SALT_BYTES",
    "START",
    "Content",
    "Link",
    "first_fault",
    "link",
    "salted_digest",
    "seal",
    "unseal",
]
