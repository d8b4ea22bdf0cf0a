"""Offices: what the coop entrusts to members for a term, and what that lets them do.

`rules` (the offices, which role each gives, terms: pure) · `commands` (giving, ending, what the
clock does) · `queries`. An office gives its role to the holder's account while it lasts, and takes
it back by itself; what was held stays to be read.
"""

from node.offices import personal  # noqa: F401 - it registers itself
from node.offices.commands import TERM, Given, end, give
from node.offices.queries import Holding, holding, holdings
from node.offices.rules import (
    GIVES,
    NAMED,
    OFFICE_WORDS,
    SPEAKING,
    Office,
    Standing,
    office_named,
)

__all__ = [
    "GIVES",
    "NAMED",
    "OFFICE_WORDS",
    "SPEAKING",
    "TERM",
    "Given",
    "Holding",
    "Office",
    "Standing",
    "end",
    "give",
    "holding",
    "holdings",
    "office_named",
]
