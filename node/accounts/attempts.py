"""Token buckets, each kept as one moment: when it would be full again (the generic cell rate
algorithm, ITU-T I.371); and by which part of an address they are counted."""

from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address


def wait_for_token(full_at: datetime, now: datetime, burst: int, every: timedelta) -> timedelta:
    """How long until the bucket gives its next token; zero or less: it gives one now."""
    return max(full_at, now) + every - burst * every - now


def believed(full_at: datetime, now: datetime, burst: int, every: timedelta) -> datetime:
    """When it is full: none is emptier than empty, even if the clock was ahead when a token was
    taken from it."""
    return min(full_at, now + burst * every)


def take_token(full_at: datetime, now: datetime, every: timedelta) -> datetime:
    """When the bucket will be full again after one token more is taken."""
    return max(full_at, now) + every


def network_of(address: str) -> str:
    """The address, or its /64 for IPv6: one household has 2**64 of those."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        mapped = parsed.ipv4_mapped
        return str(mapped) if mapped else str(IPv6Address(int(parsed) >> 64 << 64))
    return str(parsed)
