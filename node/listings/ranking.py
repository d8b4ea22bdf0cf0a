"""In what order results come: a formula of our own, the same on every database. Pure.

A result's score is a weighted mean of three marks between 0 and 1: how well the words fit, how near
it is, how fresh it is. Each mark can be shown beside the result ("why here?").
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from node.places import distance_km
from node.text import words

MOST_WORDS = 12
LONGEST_WORD = 60
"""Characters; both what is indexed and what is looked for is cut here."""

_FRESHNESS_HALVES_IN_DAYS = 60.0
_NEARNESS_HALVES_AT_KM = 15.0

# What a word is worth where it is found; a beginning of a word is worth a little less.
_IN_TITLE, _IN_SUMMARY, _IN_BODY = 1.0, 0.7, 0.4
_AS_PREFIX = 0.85
_AS_CORRECTED = 0.7
# The rest goes to titles that say little else than what was asked for.
_WORDS_SHARE = 0.85


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each mark counts; a policy, so that coops can vote on it. Any positive scale."""

    text: int = 60
    nearness: int = 25
    freshness: int = 15


NEARNESS_ALONE = Weights(text=0, nearness=1, freshness=0)


@dataclass(frozen=True, slots=True)
class Either:
    """A word that may be mistyped: it is looked for, or one of the words it may have stood for."""

    typed: str
    others: tuple[str, ...]
    is_prefix: bool = False
    """Whether what was typed may be the beginning of a word."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: whole words, perhaps the beginning of a last one, and mistyped words."""

    words: tuple[str, ...]
    prefix: str | None
    either: tuple[Either, ...] = ()
    count: int = field(init=False)
    """How many things must be there; counted once, as it is asked for with every result."""

    def __post_init__(self) -> None:
        count = len(self.words) + (self.prefix is not None) + len(self.either)
        object.__setattr__(self, "count", count)


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


@dataclass(frozen=True, slots=True)
class Formula:
    """One search's yardstick. near: (latitude, longitude) if a place was asked for.

    now: seconds since 1970. It is laid against 2,000 results a search: hence the plain strings.
    """

    wanted: Wanted
    near: tuple[float, float] | None
    now: int
    weights: Weights
    newest_first: bool = False

    @property
    def ranks(self) -> bool:
        """Whether there is anything to rank by; else the newest come first."""
        return not self.newest_first and (self.near is not None or self.wanted.count > 0)

    def marks(
        self, title: str, summary: str, updated_at: int, lat: float | None, lon: float | None
    ) -> Marks:
        """The marks and the score of one result that holds all the wanted words.

        title and summary: folded words joined by spaces, as they are indexed.
        """
        weights = self.weights
        age_days = max(0, self.now - updated_at) / 86_400
        freshness = 0.5 ** (age_days / _FRESHNESS_HALVES_IN_DAYS)
        total, scale = weights.freshness * freshness, weights.freshness
        text = nearness = None
        if self.wanted.count:
            text = text_mark(self.wanted, title, summary)
            total, scale = total + weights.text * text, scale + weights.text
        if self.near is not None:
            nearness = _nearness(self.near, lat, lon)
            total, scale = total + weights.nearness * nearness, scale + weights.nearness
        # Rounded, so that a score survives the journey through a cursor.
        return Marks(text, nearness, freshness, round(total / scale, 9) if scale else 0.0)


def text_mark(looked_for: Wanted, title: str, summary: str) -> float:
    """How well the words fit, given that all of them are somewhere in the listing."""
    in_title, in_summary = f" {title} ", f" {summary} "
    total, hits = 0.0, 0
    for word in looked_for.words:
        whole = f" {word} "
        if whole in in_title:
            total, hits = total + _IN_TITLE, hits + 1
        else:
            total += _IN_SUMMARY if whole in in_summary else _IN_BODY
    if looked_for.prefix is not None:
        worth = _prefix_worth(looked_for.prefix, in_title, in_summary)
        total, hits = total + worth, hits + (worth >= _AS_PREFIX)
    for either in looked_for.either:
        worth = _either_worth(either, in_title, in_summary)
        total, hits = total + worth, hits + (worth >= _AS_CORRECTED)
    share_of_title = min(1.0, hits / (title.count(" ") + 1))
    return _WORDS_SHARE * total / looked_for.count + (1 - _WORDS_SHARE) * share_of_title


def _prefix_worth(prefix: str, in_title: str, in_summary: str) -> float:
    whole, beginning = f" {prefix} ", f" {prefix}"
    for place, worth in ((in_title, _IN_TITLE), (in_summary, _IN_SUMMARY)):
        if whole in place:
            return worth
        if beginning in place:
            return worth * _AS_PREFIX
    return _IN_BODY * _AS_PREFIX


def _either_worth(either: Either, in_title: str, in_summary: str) -> float:
    typed = f" {either.typed}" if either.is_prefix else f" {either.typed} "
    for place, worth in ((in_title, _IN_TITLE), (in_summary, _IN_SUMMARY)):
        if typed in place:
            return worth * _AS_PREFIX
        if any(f" {word} " in place for word in either.others):
            return worth * _AS_CORRECTED
    return _IN_BODY * _AS_CORRECTED


def _nearness(near: tuple[float, float], lat: float | None, lon: float | None) -> float:
    """A result without a place is near nothing."""
    if lat is None or lon is None:
        return 0.0
    return 1 / (1 + distance_km(*near, lat, lon) / _NEARNESS_HALVES_AT_KM)
