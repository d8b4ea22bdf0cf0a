"""A federation that we keep, as an actor: anybody on the fediverse can follow what it decides.

Its `Group` has keys of its own here, goes by a name, takes followers without asking a person, and
tells them of public proposals: a `Question` when one is made, an `Update` when voting opens, ends
and is counted. What counts in a vote are the coops' signed ballots alone; nothing that a follower
sends changes anything. When another coop keeps the log, its `Group` goes on there (`Move`).

`models` · `rules` (names: pure) · `wording` (what a Question says to people) · `store` (the rows) ·
`wire` (actor and Questions) · `telling` (what followers hear) · `moving` (opened here, gone on
elsewhere) · `inbox` (Follow, Undo, votes that are none) · `serving` · `queries`.
"""

from node.group import personal  # noqa: F401 - it registers itself
from node.group.inbox import handlers
from node.group.moving import attend, renew_keys
from node.group.queries import GroupView, charters, shown
from node.group.rules import group_uri, question_uri
from node.group.serving import documents

__all__ = [
    "GroupView",
    "attend",
    "charters",
    "documents",
    "group_uri",
    "handlers",
    "question_uri",
    "renew_keys",
    "shown",
]
