"""Token buckets, one for each name: so many at once, then one more every so often.

The state is memory of one process: a restart forgives. The longest untouched are forgotten first.
"""

from collections import OrderedDict
from datetime import datetime, timedelta

from msgspec import Struct

from node import limits
from node.accounts import believed, take_token, wait_for_token


class Taken(Struct, frozen=True):
    """What came of asking for a token. left: how many more there are. wait: until the next one."""

    is_given: bool
    left: int
    wait: timedelta


class Buckets:
    """All of one size. burst: tokens in a full one; every: how soon one that was taken is back."""

    def __init__(self, burst: int, every: timedelta) -> None:
        self.burst, self._every = burst, every
        self._full_at: OrderedDict[str, datetime] = OrderedDict()

    def take(self, name: str, now: datetime) -> Taken:
        """Take one, if one is there."""
        full_at = believed(self._full_at.get(name, now), now, self.burst, self._every)
        self._full_at[name] = full_at
        wait = wait_for_token(full_at, now, self.burst, self._every)
        if wait > timedelta(0):
            return Taken(is_given=False, left=0, wait=wait)
        self._full_at[name] = full_at = take_token(full_at, now, self._every)
        self._full_at.move_to_end(name)
        while len(self._full_at) > limits.ATTEMPTS_REMEMBERED:
            self._full_at.popitem(last=False)
        left = self.burst - -(-(full_at - now) // self._every)
        return Taken(is_given=True, left=left, wait=self._every if left == 0 else timedelta(0))
