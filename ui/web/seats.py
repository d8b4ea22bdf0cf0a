"""How many connections are held at once, in all and by one address.

Who connects from this machine or a private network is a web server of ours, behind which many
visitors stand: for them only the limit for all counts.
"""

import resource
import time
from collections import Counter
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any

import structlog

from node.accounts import network_of
from node.config import Network

log = structlog.get_logger("rochdale.web")

# What the node needs beside visitors: database, peers, pictures, the log.
_OTHER_FILES = 256
_FEWEST = 16
_LOG_SECONDS = 10


class Seats:
    """most: for all; most_of_one: for one address, or one network of IPv6; trusted: whose many
    connections are those of many."""

    def __init__(self, most: int, most_of_one: int, trusted: Sequence[Network] = ()) -> None:
        files, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if files != resource.RLIM_INFINITY:
            most = min(most, max(files - _OTHER_FILES, files // 2, _FEWEST))
        self.most = most
        self._most_of_one = most_of_one
        self._trusted = trusted
        self._taken: Counter[str] = Counter()
        self._logged_at = 0.0
        self.refused = 0
        """How many connections were not taken, since the process began."""

    @property
    def taken(self) -> int:
        return self._taken.total()

    @property
    def is_full(self) -> bool:
        return self.taken >= self.most

    def whose(self, peer: Any) -> str:
        """By whom a connection is counted; "" where no limit of one holds. peer: as a socket names
        the other end."""
        try:
            address = ip_address(str(peer[0]).partition("%")[0])
        except (TypeError, IndexError, ValueError):
            return ""
        address = getattr(address, "ipv4_mapped", None) or address
        if address.is_private or any(address in network for network in self._trusted):
            return ""
        return network_of(str(address))

    def has_too_many(self, whose: str) -> bool:
        return bool(whose) and self._taken[whose] >= self._most_of_one

    def take(self, whose: str) -> None:
        self._taken[whose] += 1

    def give_back(self, whose: str) -> None:
        self._taken[whose] -= 1
        if self._taken[whose] <= 0:
            del self._taken[whose]

    def refuse(self, why: str) -> None:
        """Count it; the log says so now and then: who floods us shall not fill it."""
        self.refused += 1
        now = time.monotonic()
        if not self._logged_at or now - self._logged_at >= _LOG_SECONDS:
            self._logged_at = now
            log.warning("connections-refused", why=why, so_far=self.refused, held=self.taken)
