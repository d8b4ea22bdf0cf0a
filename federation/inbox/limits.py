"""How often a stranger may knock: token buckets in bounded memory."""

import math
from collections import OrderedDict
from datetime import datetime
from ipaddress import ip_address

_Bucket = tuple[float, datetime]


class Buckets:
    """One bucket per name: `size` at once, refilled at `per_minute`.

    At most `names` buckets are kept, the least recently used is dropped: an attacker with many
    names gets full buckets, but no memory (CVE-2026-69132).
    """

    def __init__(self, *, size: int, per_minute: int, names: int = 10_000) -> None:
        self._size = size
        self._per_second = per_minute / 60
        self._names = names
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, name: str, now: datetime) -> int:
        """Take one token; 0 when there was one, else the whole seconds until there is."""
        tokens, since = self._buckets.pop(name, (float(self._size), now))
        elapsed = max((now - since).total_seconds(), 0)
        tokens = min(tokens + elapsed * self._per_second, self._size)
        allowed = tokens >= 1
        self._buckets[name] = (tokens - 1 if allowed else tokens, now)
        if len(self._buckets) > self._names:
            self._buckets.popitem(last=False)
        return 0 if allowed else math.ceil((1 - tokens) / self._per_second)


def site_of(authority: str) -> str:
    """The part of an authority that costs money: its last two labels, an address, a port as is.

    Names under a domain of one's own are free, so strangers share a bucket per site (DOS-02).
    Under a two-label public suffix (co.uk) neighbours share one too; peers are never limited.
    """
    host, _, port = authority.partition(":") if "[" not in authority else (authority, "", "")
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        site = ".".join(host.split(".")[-2:])
        return f"{site}:{port}" if port else site
    return authority
