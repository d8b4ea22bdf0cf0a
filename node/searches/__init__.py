"""Searches that people keep: they are told when something new fits.

`models` (one row per kept search) · `commands` (keep, forget, look again: a timer per search) ·
`queries`. What is found is asked of `node.listings`, by whoever kept it.
"""

from node.searches import personal  # noqa: F401 - it registers itself
from node.searches.commands import forget, forget_account, keep, mark_seen
from node.searches.queries import KeptSearch, kept, kept_search

__all__ = ["KeptSearch", "forget", "forget_account", "keep", "kept", "kept_search", "mark_seen"]
