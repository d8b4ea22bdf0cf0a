"""What passed between two coops, for the one of them that lost its memory.

Each node keeps a copy of what coops in touch say to it (`keeping`), and shows a coop, and nobody
else, what it said itself and what was said to it (`serving`). A node that was restored reads that
from every coop that it works with while it is silent (`reading`), believes of its own words those
that one of its own keys proves, and then lets all of it take effect again, in the order in which it
happened (`taking`).
"""

from federation.correspondence.keeping import forget
from federation.correspondence.queries import (
    Return,
    all_heard,
    ask_all,
    counts,
    heard_since,
    ours_about,
    refused_since,
    returned,
    unproven,
)
from federation.correspondence.reading import UNKNOWN_KEY, CorrespondenceReader
from federation.correspondence.serving import correspondence, correspondence_page, readable_since
from federation.correspondence.taking import take_all_back
from federation.correspondence.tidying import drop_old, keep_to_room

__all__ = [
    "UNKNOWN_KEY",
    "CorrespondenceReader",
    "Return",
    "all_heard",
    "ask_all",
    "correspondence",
    "correspondence_page",
    "counts",
    "drop_old",
    "forget",
    "heard_since",
    "keep_to_room",
    "ours_about",
    "readable_since",
    "refused_since",
    "returned",
    "take_all_back",
    "unproven",
]
