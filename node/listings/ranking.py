"""In what order results come: a formula of our own, the same on every database. Pure.

A result's score is a weighted mean of three marks between 0 and 1: how well the words fit, how near
it is, how fresh it is. Each mark can be shown beside the result ("why here?").
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from msgspec import Struct

from node.places import distance_km
from node.text import words

MOST_WORDS = 12
LONGEST_WORD = 60
"""Characters; both what is indexed and what is looked for is cut here."""

_LETTERS_WHOLE = 2
_FRESHNESS_HALVES_IN = 60 * 86_400.0
"""Seconds."""
_NEARNESS_HALVES_AT_KM = 15.0

# What a word is worth where it is found; a beginning of a word is worth a little less.
_IN_TITLE, _IN_SUMMARY, _IN_BODY = 1.0, 0.7, 0.4
_AS_PREFIX = 0.85
_AS_CORRECTED = 0.7
# The rest goes to titles that say little else than what was asked for.
_WORDS_SHARE = 0.85


class Weights(Struct, frozen=True):
    """How much each mark counts; a policy, so that coops can vote on it. Any positive scale."""

    text: int = 60
    nearness: int = 25
    freshness: int = 15


NEARNESS_ALONE = Weights(text=0, nearness=1, freshness=0)


class Either(Struct, frozen=True):
    """A word that may be mistyped: it is looked for, or one of the words it may have stood for."""

    typed: str
    others: tuple[str, ...]
    begun: tuple[str, ...] = ()
    """Those of them that may be the beginning of a longer word."""

    @property
    def each(self) -> Iterator[tuple[str, bool]]:
        """What is looked for, and whether it may be a beginning."""
        return ((word, word in self.begun) for word in (self.typed, *self.others))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: whole words, perhaps the beginning of a last one, and mistyped words."""

    words: tuple[str, ...]
    prefix: str | None
    either: tuple[Either, ...] = ()
    in_telling: bool = False
    """Look for the mistyped ones in titles and summaries only."""
    continued: tuple[str, ...] = ()
    """The words that the prefix may be the beginning of, itself among them, if these are known and
    few: one by one they are found many times as fast as by their beginning."""
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

    One or two Latin letters stand for themselves: nearly every listing holds a word that begins
    with them, and "tv" or "pc" is a whole one.
    """
    found = [word[:LONGEST_WORD] for word in words(query)][:MOST_WORDS]
    if not found:
        return Wanted((), None)
    *whole, last = found
    if len(last) <= _LETTERS_WHOLE and last.isascii():
        return Wanted(tuple(dict.fromkeys(found)), None)
    return Wanted(tuple(dict.fromkeys(whole)), last)


Fields = Sequence[Any]
"""What a result is judged by, by place: names cost more than the ranking. 1 and 2: the folded words
of title and summary, joined by spaces, as they are indexed; 3: when it was changed, in seconds
since 1970; 4 and 5: latitude and longitude, or None."""


class Formula(Struct, frozen=True):
    """One search's yardstick. near: (latitude, longitude) if a place was asked for.

    now: seconds since 1970. What it is laid against holds all the wanted words.
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

    def scores(self, results: Sequence[Fields]) -> list[float]:
        """The weighted mean of each result's marks. 1,000 are asked for at once, so nothing is
        looked up or made for each. A cursor carries a score with all its digits.
        """
        weights, now = self.weights, self.now
        fresh, by_text, by_place = weights.freshness, 0, 0
        scored = [fresh * 2.0 ** (min(0, each[3] - now) / _FRESHNESS_HALVES_IN) for each in results]
        if self.wanted.count:
            by_text, mark = weights.text, _text_marker(self.wanted)
            scored = [
                score + by_text * mark(each[1], each[2])
                for score, each in zip(scored, results, strict=True)
            ]
        if self.near is not None:
            by_place, near = weights.nearness, self.near
            scored = [
                score + by_place * _nearness(near, each[4], each[5])
                for score, each in zip(scored, results, strict=True)
            ]
        scale = fresh + by_text + by_place
        return [score / scale for score in scored] if scale else [0.0] * len(scored)

    def marks(self, result: Fields) -> Marks:
        """The marks and the score of one result."""
        [score] = self.scores([result])
        return Marks(
            text_mark(self.wanted, result[1], result[2]) if self.wanted.count else None,
            _nearness(self.near, result[4], result[5]) if self.near is not None else None,
            2.0 ** (min(0, result[3] - self.now) / _FRESHNESS_HALVES_IN),
            score,
        )


def text_mark(looked_for: Wanted, title: str, summary: str) -> float:
    """How well the words fit, given that all of them are somewhere in the listing."""
    return _text_marker(looked_for)(title, summary)


def _text_marker(looked_for: Wanted) -> Callable[[str, str], float]:
    whole = [f" {word} " for word in looked_for.words]
    begun = looked_for.prefix and f" {looked_for.prefix}"
    of_the_words, of_the_title = _WORDS_SHARE / looked_for.count, 1 - _WORDS_SHARE

    def mark(title: str, summary: str) -> float:
        in_title, in_summary = f" {title} ", f" {summary} "
        total, hits = 0.0, 0
        for word in whole:
            if word in in_title:
                total, hits = total + _IN_TITLE, hits + 1
            else:
                total += _IN_SUMMARY if word in in_summary else _IN_BODY
        if begun:
            worth = _prefix_worth(begun, in_title, in_summary)
            total, hits = total + worth, hits + (worth >= _AS_PREFIX)
        for either in looked_for.either:
            worth = _either_worth(either, in_title, in_summary)
            total, hits = total + worth, hits + (worth >= _AS_CORRECTED)
        if not hits:
            return of_the_words * total
        share_of_title = hits / (title.count(" ") + 1)
        return of_the_words * total + of_the_title * min(1.0, share_of_title)

    return mark


def _prefix_worth(begun: str, in_title: str, in_summary: str) -> float:
    if begun in in_title:
        return _IN_TITLE if f"{begun} " in in_title else _IN_TITLE * _AS_PREFIX
    if begun in in_summary:
        return _IN_SUMMARY if f"{begun} " in in_summary else _IN_SUMMARY * _AS_PREFIX
    return _IN_BODY * _AS_PREFIX


def _either_worth(either: Either, in_title: str, in_summary: str) -> float:
    typed = f" {either.typed}" if either.typed in either.begun else f" {either.typed} "
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
