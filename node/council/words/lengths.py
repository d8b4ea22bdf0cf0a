"""How long statements may be: with all that goes with it, each fits into an inbox. Pure."""

from collections.abc import Mapping

from protocol import strict_json

LONGEST = 150_000
"""Bytes that a statement has at most inside a message, whoever passes it on."""
_OTHERS: Mapping[str, int | None] = {
    "charter": None,
    "host-mandate": None,
    "snapshot": None,
    "close": None,
    "certificate": None,
    "evidence": None,  # longer than LONGEST it stays where it was found
    "ballot": 100_000,
}
"""By kind. What the host makes of all that was said has the length that it needs."""


def told_bytes(text: str) -> int:
    """How long a text is inside a message, as JSON."""
    return len(strict_json.dumps(text))


def most_of(kind: str) -> int | None:
    """So many bytes of this kind at most; None if there is no such limit."""
    return _OTHERS.get(kind, LONGEST)
