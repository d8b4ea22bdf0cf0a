"""Words that were nearly typed: what a slip is, and what of a word slips leave as it is. Pure.

A slip is one letter too many, too few or wrong, or two exchanged (optimal string alignment). It
touches two letters that stand together at most. So of two halves with a letter between them one
slip leaves one whole, and of three parts two slips leave one: by what is whole the words are found
among all that listings use, without a row for each way to mistype them.
"""

import re
from collections.abc import Collection

from node.listings.ranking import LONGEST_WORD
from node.text import words

MOST_INSTEAD = 20
"""Words that one mistyped word may have stood for."""

_SHORTEST_FORGIVEN = 4
_SHORTEST_FORGIVEN_TWICE = 8
_HAS_DIGIT = re.compile(r"\d")
_QUOTED = re.compile(r"\"[^\"]*\"|[“„”][^“”]*[“”]|«[^«»]*»|»[^«»]*«")


def forgiven(word: str) -> int:
    """How many slips are forgiven in a word; none in a number or a short word, where every other
    word would be near."""
    if len(word) < _SHORTEST_FORGIVEN or _HAS_DIGIT.search(word):
        return 0
    return 1 if len(word) < _SHORTEST_FORGIVEN_TWICE else 2


def may_be_meant(word: str) -> bool:
    """Whether a mistyped word may have stood for this one: no number, and not cut short."""
    return len(word) < LONGEST_WORD and not _HAS_DIGIT.search(word)


def halves(word: str) -> tuple[str, str]:
    """How a word begins and how it ends: whatever is one slip away begins or ends so too."""
    middle = (len(word) - 1) // 2
    return word[:middle], word[middle + 1 :]


def looks(word: str) -> tuple[str, ...]:
    """Patterns of SQL's LIKE, one of which fits whatever has its first letter and is two slips
    away, at most: its beginning or its end is whole, or, after a slip before it, its middle."""
    part = (len(word) - 2) // 3
    begins, middle, ends = word[:part], word[part + 1 : -part - 1], word[-part:]
    moved = (f"{'_' * places}{middle}%" for places in range(part, part + 3))
    return f"{begins}%", *moved, f"%{ends}"


def nearest(word: str, slips: int, known: Collection[str]) -> tuple[str, ...]:
    """Those of the known words that are so many slips away at most, the likeliest first.

    People rarely miss the first letter.
    """
    if not known:
        return ()
    from rapidfuzz.distance import OSA  # 4 MB that an idle node never needs

    meant = filter(may_be_meant, known)
    far = {one: OSA.distance(word, one, score_cutoff=slips) for one in meant}
    near = [one for one, distance in far.items() if 0 < distance <= slips]
    near.sort(key=lambda one: (far[one], one[0] != word[0], one))
    return tuple(near[:MOST_INSTEAD])


def meant(query: str) -> set[str]:
    """The words of a query that stand in quotation marks: they are meant as they are written."""
    return {word for part in _QUOTED.findall(query) for word in words(part)}
