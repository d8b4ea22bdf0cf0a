"""Offices: what the coop entrusts to members for a term, and what that lets them do.

`rules` (the offices, which role each gives, terms: pure) · `commands` (giving, ending, what the
clock does) · `queries` · `committees` (what each is for). An office gives its role to the holder's
account while it lasts, and takes it back by itself; what was held stays to be read.
"""

from node.offices import personal  # noqa: F401 - it registers itself
from node.offices.commands import TERM, Given, end, give
from node.offices.committees import (
    Committee,
    committee,
    committees,
    drop_committee,
    nearly_called,
    set_committee,
)
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
    "Committee",
    "Given",
    "Holding",
    "Office",
    "Standing",
    "committee",
    "committees",
    "drop_committee",
    "end",
    "give",
    "holding",
    "holdings",
    "nearly_called",
    "office_named",
    "set_committee",
]
