"""A few results of many coops, so that one neighbour does not fill the shelf. Pure."""

from collections import Counter
from collections.abc import Sequence

from node.listings.hits import Hit

MOST_OF_ONE = 2


def mixed(hits: Sequence[Hit], most: int) -> list[Hit]:
    """The first of ranked results by turns: the best of each coop, then the next best of each.

    No coop has more than two, unless nobody else offers anything.
    """
    taken: Counter[str] = Counter()
    turns = []
    for hit in hits:
        turns.append((taken[hit.coop_uri], hit))
        taken[hit.coop_uri] += 1
    turns.sort(key=lambda turn: turn[0])
    alone = len(taken) == 1
    return [hit for turn, hit in turns if alone or turn < MOST_OF_ONE][:most]
