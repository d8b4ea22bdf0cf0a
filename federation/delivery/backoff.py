"""When to try again: pure rules, so that a table of cases can test them."""

from datetime import datetime, timedelta

from federation.ambient import Entropy
from protocol import datetimes
from protocol.errors import MalformedDocument


def delay(attempts: int, *, base: timedelta, longest: timedelta, entropy: Entropy) -> timedelta:
    """How long to wait after `attempts` failures: full jitter below base * 2^(attempts-1).

    Full jitter, because a peer that comes back after an outage must not meet all of its
    neighbours in the same second.
    """
    doublings: int = 2 ** min(attempts - 1, 30)
    ceiling = min(base * doublings, longest)
    share = int.from_bytes(entropy.token(4)) / 2**32
    return ceiling * share


def retry_after(header: str | None, now: datetime, *, longest: timedelta) -> timedelta | None:
    """What the peer asked for in Retry-After (RFC 9110 §10.2.3), at most `longest`; else None."""
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:9])), longest)
    try:
        moment = datetimes.parse_http_date(text)
    except MalformedDocument:
        return None
    return min(max(moment - now, timedelta()), longest)
