"""How often somebody may try to sign in.

Three counts, so that guessing is slow and nobody is locked out of their own account: per address;
per account for addresses that never signed in to it; and per account *and* address for those that
did. A stranger can use up the second count, but not the owner's own; one-time links need none.

Each count is a token bucket kept as one moment: when the bucket would be full again (the generic
cell rate algorithm, ITU-T I.371). The state is memory of one process: a restart forgives.
"""

from collections import OrderedDict
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

from node import limits

Key = tuple[str, ...]


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


class SignInGate:
    """The counts of one process."""

    def __init__(self) -> None:
        self._full_at: OrderedDict[Key, datetime] = OrderedDict()
        self._known: OrderedDict[Key, None] = OrderedDict()

    def knock(self, handle: str, address: str, now: datetime) -> timedelta | None:
        """Count an attempt and return None, or return how long to wait, counting nothing."""
        counts = self._counts(handle, network_of(address))
        every = limits.ATTEMPT_REGAINED_EVERY
        for key, burst in counts:
            if key in self._full_at:
                self._full_at[key] = believed(self._full_at[key], now, burst, every)
        waits = [
            wait_for_token(self._full_at.get(key, now), now, burst, every) for key, burst in counts
        ]
        if (longest := max(waits)) > timedelta(0):
            return longest
        for key, _burst in counts:
            self._full_at[key] = take_token(self._full_at.get(key, now), now, every)
            self._full_at.move_to_end(key)
        _forget_oldest(self._full_at)
        return None

    def let_in(self, handle: str, address: str) -> None:
        """The password was right: forget what counted against this pair, and know it again.

        At the address this try alone is given back: whoever has an account there guesses no more of
        others' for it.
        """
        network = network_of(address)
        (at_address, _burst), *others = self._counts(handle, network)
        if at_address in self._full_at:
            self._full_at[at_address] -= limits.ATTEMPT_REGAINED_EVERY
        for key, _burst in others:
            self._full_at.pop(key, None)
        self._known[handle, network] = None
        self._known.move_to_end((handle, network))
        _forget_oldest(self._known)

    def _counts(self, handle: str, network: str) -> list[tuple[Key, int]]:
        is_known = (handle, network) in self._known
        account: Key = ("known", handle, network) if is_known else ("account", handle)
        return [
            (("address", network), limits.ATTEMPTS_PER_ADDRESS),
            (account, limits.ATTEMPTS_PER_ACCOUNT),
        ]


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


def _forget_oldest(table: OrderedDict[Key, datetime] | OrderedDict[Key, None]) -> None:
    while len(table) > limits.ATTEMPTS_REMEMBERED:
        table.popitem(last=False)
