"""Searches that people keep: they are told when something new fits.

`models` (one row per kept search) · `commands` (keep, forget, look again: a timer per search) ·
`queries`. What is found is asked of `node.listings`, by whoever kept it.
"""

from node.searches.commands import forget, keep, mark_seen
from node.searches.queries import KeptSearch, kept, kept_search

__all__ = ["KeptSearch", "forget", "keep", "kept", "kept_search", "mark_seen"]
