"""In what order results come: a formula of our own, the same on every database. Pure.

A result's score is a weighted mean of three marks between 0 and 1: how well the words fit, how near
it is, how fresh it is. Each mark can be shown beside the result ("why here?").
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from node.text import words

MOST_WORDS = 12
LONGEST_WORD = 60
"""Characters; both what is indexed and what is looked for is cut here."""

_FRESHNESS_HALVES_IN_DAYS = 60.0
_NEARNESS_HALVES_AT_KM = 15.0

# What a word is worth where it is found; a beginning of a word is worth a little less.
_IN_TITLE, _IN_SUMMARY, _IN_BODY = 1.0, 0.7, 0.4
_AS_PREFIX = 0.85
# The rest goes to titles that say little else than what was asked for.
_WORDS_SHARE = 0.85


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each mark counts; a policy, so that coops can vote on it. Any positive scale."""

    text: int = 60
    nearness: int = 25
    freshness: int = 15


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: whole words, and perhaps the beginning of a last one."""

    words: tuple[str, ...]
    prefix: str | None

    def __len__(self) -> int:
        return len(self.words) + (self.prefix is not None)


class Marks(NamedTuple):
    """Why a result stands where it stands: each between 0 and 1, None where it does not apply."""

    text: float | None
    nearness: float | None
    freshness: float
    score: float


def wanted(query: str) -> Wanted:
    """The words of a query, folded; the last one may be the beginning of a word.

    A single Latin letter stands for itself: nearly every listing holds a word that begins with it.
    """
    found = [word[:LONGEST_WORD] for word in words(query)][:MOST_WORDS]
    if not found:
        return Wanted((), None)
    *whole, last = found
    if len(last) == 1 and last.isascii():
        return Wanted(tuple(dict.fromkeys(found)), None)
    return Wanted(tuple(dict.fromkeys(whole)), last)


def text_mark(looked_for: Wanted, title: str, summary: str) -> float:
    """How well the words fit, given that all of them are somewhere in the listing.

    title and summary: folded words joined by spaces, as they are indexed.
    """
    in_title, in_summary = title.split(), summary.split()
    total, hits = 0.0, 0
    for word in looked_for.words:
        worth = _IN_TITLE if word in in_title else _IN_SUMMARY if word in in_summary else _IN_BODY
        hits += worth == _IN_TITLE
        total += worth
    if looked_for.prefix is not None:
        worth = _prefix_worth(looked_for.prefix, in_title, in_summary)
        hits += worth >= _AS_PREFIX
        total += worth
    share_of_title = min(1.0, hits / len(in_title)) if in_title else 0.0
    return _WORDS_SHARE * total / len(looked_for) + (1 - _WORDS_SHARE) * share_of_title


def marks(
    text: float | None, distance_km: float | None, located: bool, age_days: float, weights: Weights
) -> Marks:
    """The marks and the score of one result.

    text: None when no words were asked for. located: a place was asked for; then a result without
    a place has nearness 0.
    """
    freshness = 0.5 ** (max(0.0, age_days) / _FRESHNESS_HALVES_IN_DAYS)
    total, scale = weights.freshness * freshness, weights.freshness
    if text is not None:
        total, scale = total + weights.text * text, scale + weights.text
    nearness = None
    if located:
        nearness = 0.0 if distance_km is None else 1 / (1 + distance_km / _NEARNESS_HALVES_AT_KM)
        total, scale = total + weights.nearness * nearness, scale + weights.nearness
    # Rounded, so that a score survives the journey through a cursor.
    return Marks(text, nearness, freshness, round(total / scale, 9) if scale else 0.0)


def _prefix_worth(prefix: str, title: Sequence[str], summary: Sequence[str]) -> float:
    for place, worth in ((title, _IN_TITLE), (summary, _IN_SUMMARY)):
        if prefix in place:
            return worth
        if any(word.startswith(prefix) for word in place):
            return worth * _AS_PREFIX
    return _IN_BODY * _AS_PREFIX
