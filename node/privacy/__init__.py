"""Privacy: what is kept about people, for those whom it is about.

`queries` finds it by the data map (`node.data_map`), `archive` makes a file of it (pure).
`leaving`: what goes and what stays when somebody leaves, with the receipts of other coops;
`retention`: what is let go when its time is over.
"""

from node.privacy.archive import zipped
from node.privacy.commands import note_taken
from node.privacy.leaving import (
    PATH,
    Confirmation,
    Outlook,
    Receipt,
    Said,
    confirmation,
    leave,
    leave_again,
    outlook,
)
from node.privacy.queries import Known, Line, all_we_know, map_lines, person_of, what_we_know
from node.privacy.retention import Due, due, keep_retention

__all__ = [
    "PATH",
    "Confirmation",
    "Due",
    "Known",
    "Line",
    "Outlook",
    "Receipt",
    "Said",
    "all_we_know",
    "confirmation",
    "due",
    "keep_retention",
    "leave",
    "leave_again",
    "map_lines",
    "note_taken",
    "outlook",
    "person_of",
    "what_we_know",
    "zipped",
]
