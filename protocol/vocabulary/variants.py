"""Kinds and sizes of goods, and how many are left of each. A stranger wrote it. Pure."""

from itertools import islice
from typing import Any

MOST = 30
LONGEST = 200
MOST_LEFT = 1_000_000


def left_in(said: Any) -> tuple[tuple[str, int], ...]:
    """Of the first ones; what cannot be read, or could stand on no listing, is left out."""
    every = said.items() if isinstance(said, dict) else ()
    return tuple(
        (name, left)
        for name, left in islice(every, MOST)
        if len(name) <= LONGEST and type(left) is int and 0 <= left <= MOST_LEFT
    )
