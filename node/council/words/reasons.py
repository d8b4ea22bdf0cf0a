"""Why a node cosigns nothing more of a host: in its rows and on its pages."""

from enum import StrEnum


class Objection(StrEnum):
    """For the moment: it ends when the host mends what is wrong."""

    TOO_EARLY = "closed-early"
    LACKS_BALLOTS = "close-lacks-ballots"
    LACKS_HEAD = "close-lacks-head"
    CLOSED_TWICE = "closed-twice"
    LACKS_REVEALS = "certificate-lacks-reveals"
    LACKS_PROTESTS = "log-lacks-protests"


ROLL_EARLY = "roll-early"
"""For good: what follows is for the next host."""
