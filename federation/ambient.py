"""Time and randomness, passed in so that a whole federation can be replayed from a seed."""

import base64
import secrets
from datetime import UTC, datetime, timedelta
from typing import Protocol

_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [first + second for first in _CROCKFORD for second in _CROCKFORD]


class Clock(Protocol):
    """Tells the time: aware, UTC."""

    def now(self) -> datetime: ...


class Entropy(Protocol):
    """Gives bytes nobody can guess (in a simulation: bytes that follow from the seed)."""

    def token(self, size: int) -> bytes: ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class SystemEntropy:
    """The operating system's randomness."""

    def token(self, size: int) -> bytes:
        return secrets.token_bytes(size)


def is_over(since: datetime | None, now: datetime, span: timedelta) -> bool:
    """Whether so much has passed since; also if that was never, or lies ahead, since the clock was
    wrong then."""
    return since is None or not since <= now < since + span


def new_id(now: datetime, entropy: Entropy) -> str:
    """A public id: a ULID (48 bits of milliseconds, 80 random bits), 26 lower-case characters.

    Opaque to everyone: that it sorts by time keeps indexes compact, nothing may rely on it.
    """
    number = int(now.timestamp() * 1000) << 80 | int.from_bytes(entropy.token(10))
    return "".join([_PAIRS[number >> shift & 1023] for shift in range(120, -1, -10)])


def secret(entropy: Entropy, size: int = 32) -> str:
    """A secret of `size` random bytes for links, sessions and tokens, as base64url text."""
    return base64.urlsafe_b64encode(entropy.token(size)).rstrip(b"=").decode("ascii")
