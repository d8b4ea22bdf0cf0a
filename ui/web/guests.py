"""How often somebody without an account may begin to write, counted by their connection."""

from collections import OrderedDict
from datetime import datetime, timedelta

from aiohttp import web

from node import limits
from node.accounts import network_of, take_token, wait_for_token


class GuestGate:
    """The counts of one process: a token bucket for each address; a restart forgives."""

    def __init__(self) -> None:
        self._full_at: OrderedDict[str, datetime] = OrderedDict()

    def lets_in(self, address: str, now: datetime) -> bool:
        """Whether one more may be begun from this address; it is counted then."""
        burst, every = limits.GUEST_THREADS_PER_ADDRESS, limits.GUEST_THREAD_REGAINED_EVERY
        network = network_of(address)
        full_at = self._full_at.get(network, now)
        if wait_for_token(full_at, now, burst, every) > timedelta(0):
            return False
        self._full_at[network] = take_token(full_at, now, every)
        self._full_at.move_to_end(network)
        while len(self._full_at) > limits.ATTEMPTS_REMEMBERED:
            self._full_at.popitem(last=False)
        return True


GUESTS = web.AppKey("guests", GuestGate)
