"""Hours: what members worked for the coop, noted by themselves and confirmed by somebody else.

`rules` (the life of an entry, what can be noted: pure) · `commands` (noting, changing, taking back;
confirming and sending back) · `queries` (entries, sums, what waits).
"""

from node.hours import personal  # noqa: F401 - it registers itself
from node.hours.commands import Seen, change, confirm, note, send_back, take_back
from node.hours.queries import (
    Entry,
    Sum,
    Waiting,
    Year,
    entries,
    entry,
    is_own,
    noting,
    sent_back,
    sums,
    to_confirm,
    waiting,
    years,
)
from node.hours.rules import LIFE, Event, State, Work

__all__ = [
    "LIFE",
    "Entry",
    "Event",
    "Seen",
    "State",
    "Sum",
    "Waiting",
    "Work",
    "Year",
    "change",
    "confirm",
    "entries",
    "entry",
    "is_own",
    "note",
    "noting",
    "send_back",
    "sent_back",
    "sums",
    "take_back",
    "to_confirm",
    "waiting",
    "years",
]
