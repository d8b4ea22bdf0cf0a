"""Registers that are only added to, each line chained to the one before. Pure.

digest(n) = SHA-256 of the canonical JSON (RFC 8785) of the document of line n. A document holds
the line's `seq`, counted from 1, and as `previous` digest(n-1) in hex, 32 zero bytes at first; what
else it holds is the register's own affair. Whatever may have to be forgotten stands in it only as
a salted digest: without the salt that says nothing, with it anybody can check what it stood for.
"""

from collections.abc import Iterable
from hashlib import sha256
from typing import Any, Protocol

from protocol import jcs

START = bytes(32)
SALT_BYTES = 16


class Link(Protocol):
    """One line of a register, as it is chained."""

    @property
    def seq(self) -> int: ...
    @property
    def previous(self) -> bytes: ...
    @property
    def digest(self) -> bytes: ...
    @property
    def document(self) -> dict[str, Any]: ...


def digest_of(document: dict[str, Any]) -> bytes:
    """What the next line holds of this one."""
    return sha256(jcs.canonical(document)).digest()


def salted_digest(salt: bytes, content: bytes) -> bytes:
    """What a chain holds of a content that lies beside it."""
    return sha256(salt + content).digest()


def first_fault(links: Iterable[Link]) -> int | None:
    """The seq at which a chain, read from its start, does not hold; None if it holds."""
    previous, expected = START, 1
    for each in links:
        in_place = each.seq == expected and each.previous == previous
        if not in_place or each.digest != digest_of(each.document):
            return expected
        previous, expected = each.digest, expected + 1
    return None
