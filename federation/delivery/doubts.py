"""Which deliveries may end our program, and what that means for them.

A process that dies leaves a mark of what was under way: of each delivery, and of the peer that it
went to. Once, that says little: whoever restarts a node in the middle of a fan-out marks a hundred.
What was under way twice is sent alone. A delivery that ended `MOST_ENDS` is left to people; if one
more to the same peer ends us, all others to it are.
"""

from collections.abc import Collection, Mapping
from enum import Enum, auto

from federation.delivery.queue import Due, Job
from federation.under_way import MOST_ENDS, mark_of

_SUSPECT = 2


class Fate(Enum):
    """What becomes of a delivery that is due."""

    SENT = auto()
    SENT_ALONE = auto()
    LEFT = auto()
    """To people."""


def itself(job: Job | Due) -> bytes:
    """The mark of a delivery."""
    return mark_of("delivery", str(job.seq))


def at_peer(authority: str) -> bytes:
    """The mark of whatever goes to a peer."""
    return mark_of("deliveries to", authority)


def marks(job: Job | Due) -> tuple[bytes, bytes]:
    """What stands in the notes while it is on its way."""
    return itself(job), at_peer(job.authority)


def doubted(authorities: Collection[str], ends: Mapping[bytes, int]) -> set[str]:
    """The peers to which nothing goes with all others. ends: how many processes ended, by mark."""
    return {peer for peer in authorities if ends.get(at_peer(peer), 0) >= _SUSPECT}


def fate(due: Due, ends: Mapping[bytes, int]) -> Fate:
    """ends: how many processes ended, by mark; none for most."""
    if not ends:
        return Fate.SENT
    its_own, its_peers = (ends.get(mark, 0) for mark in marks(due))
    # One more than its first: so it is the peer, whatever is sent there.
    is_peer = its_peers > MOST_ENDS and not due.is_sent_anew
    if its_own >= MOST_ENDS or is_peer:
        return Fate.LEFT
    return Fate.SENT_ALONE if max(its_own, its_peers) >= _SUSPECT else Fate.SENT
