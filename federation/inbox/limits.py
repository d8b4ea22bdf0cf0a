"""How often a stranger may knock: token buckets in bounded memory."""

import math
from collections import OrderedDict
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

_Bucket = tuple[float, datetime]
_ONE_SUBSCRIBER = 64
"""Bits of an IPv6 address that are given to one household or one server."""


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
    """The part of an authority that costs money: its last two labels, an IPv4 address, or the
    network of an IPv6 one.

    Names and ports under a domain of one's own are free, and so are the 2**64 addresses of a
    network: strangers share a bucket per site (DOS-02). Under a two-label public suffix (co.uk)
    neighbours share one too; peers are never limited. Ports count on this machine alone, where
    the peers of a development node differ by nothing else.
    """
    host, port = _host_and_port(authority)
    try:
        address = ip_address(host)
    except ValueError:
        site = ".".join(host.split(".")[-2:])
        is_here = site.rpartition(".")[2] == "localhost"
    else:
        site, is_here = _network_of(address), address.is_loopback
    return f"{site}:{port}" if port and is_here else site


def _host_and_port(authority: str) -> tuple[str, str]:
    if authority.startswith("["):
        host, _, port = authority[1:].partition("]")
        return host, port.removeprefix(":")
    if authority.count(":") > 1:  # an IPv6 address alone
        return authority, ""
    host, _, port = authority.partition(":")
    return host, port


def _network_of(address: IPv4Address | IPv6Address) -> str:
    if isinstance(address, IPv4Address):
        return str(address)
    return str(IPv6Network((address, _ONE_SUBSCRIBER), strict=False))
