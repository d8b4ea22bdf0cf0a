"""Words that were nearly typed: what a slip is, and under which keys such words meet. Pure.

A slip is one letter too many, too few or wrong, or two exchanged (optimal string alignment). Two
words within reach have a key in common: what is left of their beginnings when letters are left out
on both sides (symmetric deletion, https://wolfgarbe.medium.com/1000x-faster-spelling-correction-algorithm-2012-8701fcd87a5f).
"""

import re
from collections.abc import Collection

from node.listings.ranking import LONGEST_WORD
from node.text import words

SHORTEST_KEPT = 3
MOST_INSTEAD = 20
"""Words that one mistyped word may have stood for."""

_SHORTEST_FORGIVEN = 4
_SHORTEST_FORGIVEN_TWICE = 8
_BEGINNING = 6
"""Letters: 22 keys for a long word. With 7 there were 29; with 5 each would hold more words."""
_MARK = "2"  # words with digits are not kept
_HAS_DIGIT = re.compile(r"\d")
_QUOTED = re.compile(r"\"[^\"]*\"|[“„”][^“”]*[“”]|«[^«»]*»|»[^«»]*«")


def forgiven(word: str) -> int:
    """How many slips are forgiven in a word; none in a number or a short word, where every other
    word would be near."""
    if len(word) < _SHORTEST_FORGIVEN or _HAS_DIGIT.search(word):
        return 0
    return 1 if len(word) < _SHORTEST_FORGIVEN_TWICE else 2


def is_kept(word: str) -> bool:
    """Whether a mistyped word may have stood for this one."""
    return SHORTEST_KEPT <= len(word) < LONGEST_WORD and not _HAS_DIGIT.search(word)


def kept_under(word: str) -> set[str]:
    """The keys of a word that listings use. Those for two slips are marked, so that who reaches for
    one slip does not read them; only words long enough to be reached by two have any."""
    if len(word) < _SHORTEST_FORGIVEN:
        return {word}
    once = _left(word, 1)
    if len(word) < _SHORTEST_FORGIVEN_TWICE - 2:
        return once
    return once | {_MARK + key for key in _left(word, 2) - once}


def looked_under(word: str, slips: int) -> set[str]:
    """The keys under which a word stands that is so many slips away, at most, from a typed one."""
    left = _left(word, slips)
    return left if slips == 1 else left | {_MARK + key for key in left}


def _left(word: str, most: int) -> set[str]:
    """The beginning of a word, and what is left of it without up to so many letters."""
    found = last = {word[:_BEGINNING]}
    for _time in range(most):
        last = {one[:at] + one[at + 1 :] for one in last for at in range(len(one))}
        found = found | last
    return found


def nearest(word: str, slips: int, known: Collection[str]) -> tuple[str, ...]:
    """Those of the known words that are so many slips away at most, the likeliest first.

    People rarely miss the first letter.
    """
    if not known:
        return ()
    from rapidfuzz.distance import OSA  # 4 MB that an idle node never needs

    far = {one: OSA.distance(word, one, score_cutoff=slips) for one in known}
    near = [one for one, distance in far.items() if 0 < distance <= slips]
    near.sort(key=lambda one: (far[one], one[0] != word[0], one))
    return tuple(near[:MOST_INSTEAD])


def meant(query: str) -> set[str]:
    """The words of a query that stand in quotation marks: they are meant as they are written."""
    return {word for part in _QUOTED.findall(query) for word in words(part)}
