"""What may fit: offers that could meet a need, and needs that an offer could meet.

The words of a listing's title, tags and skills are looked for, any of them, among listings of the
other purpose, around its place if it has one. How well one fits: the words that both have, each
worth the more, the fewer of those read have it; a word that goes on from one counts for half, and
the same trade like a rare word. An urgent need goes before one that fits a little better.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Row

from federation import moderation
from federation.storage.unit_of_work import Reader
from node.listings import details, index
from node.listings.circles import Viewer
from node.listings.finding import CAP
from node.listings.hits import Hit, entries, hit
from node.listings.matching import Bounds, SearchQuery, statement
from node.listings.models import Kind
from node.listings.names import coop_names
from node.listings.ranking import MOST_WORDS, Either, Marks, Wanted
from node.listings.views import ListingView, MirrorView
from node.text import fold, words

AROUND_KM = 60.0
"""How far from its own place a listing is offered what may fit."""
_MEANS_LITTLE = 3
"""Latin words of so few letters tie sentences together, mostly."""
_GOES_ON = 5
_BY_LETTERS = 3
"""A word of so many letters or more says the same, often, as one that has a few more of them:
sharpen, sharpened. Some do not (table, tablet), so each counts for less than the word itself."""
_MOST_BEGUN = 3
"""Of so many words what goes on from them is looked for: each beginning reads all the words that
have it, and short ones have many."""
_GOING_ON_COUNTS = 0.5
_URGENT = index.picked("urgency-urgent")
_URGENT_COUNTS = 0.1
_LEAST_SHARE = 0.34
"""Of what all its words are worth together, so much a listing must have to be shown."""


async def fitting(
    reader: Reader,
    of: ListingView | MirrorView,
    viewer: Viewer,
    now: datetime,
    most: int = 4,
    *,
    after: int | None = None,
) -> list[Hit]:
    """The best fitting first; nothing if nothing fits well enough. after: only of what was written
    since, by the number of its entry."""
    looked_for = _telling(of)
    if not looked_for:
        return []
    query = _query(of)
    wanted = _wanted(looked_for)
    limited = await moderation.limited_actors(reader)
    bounds = Bounds(int(now.timestamp()), most=CAP)
    if after is not None:
        fresh, one = replace(query, after=after), replace(bounds, most=1)
        sql, parameters = statement(reader.dialect, fresh, viewer, wanted, one, limited)
        if not await reader.rows(sql, parameters):
            return []
    sql, parameters = statement(reader.dialect, query, viewer, wanted, bounds, limited)
    rows = await reader.rows(sql, parameters)
    asked = [row for row in rows if after is None or row.id > after]
    best = _best(_Yardstick.of(looked_for, of.category, rows), asked, most)
    shown = await entries(reader, [row.id for _worth, row in best])
    names = await coop_names(reader, {row.coop_uri for _worth, row in best})
    return [
        hit(shown[row.id], Marks(worth, None, 0.0, worth), names, query.near) for worth, row in best
    ]


def _query(of: ListingView | MirrorView) -> SearchQuery:
    near = (of.lat, of.lon) if of.lat is not None and of.lon is not None else None
    return SearchQuery(
        purpose="offer" if of.kind == Kind.REQUEST else "request",
        near=near,
        within_km=AROUND_KM if near else None,
    )


def _wanted(looked_for: Sequence[str]) -> Wanted:
    """Any of these words, or what they go on from, or what goes on from the longest of them."""
    cut = (short for word in looked_for for short in _cut(word))
    others = tuple(dict.fromkeys((*looked_for[1:], *cut)))
    long = [word for word in looked_for if len(word) >= _GOES_ON]
    begun = tuple(sorted(long, key=len, reverse=True)[:_MOST_BEGUN])
    return Wanted((), None, (Either(looked_for[0], others, begun),), in_telling=True)


def _telling(of: ListingView | MirrorView) -> tuple[str, ...]:
    """Its words that say what it is about, folded."""
    texts = (of.title, *of.tags, *details.telling(of.details))
    said = dict.fromkeys(word for text in texts for word in words(text))
    telling = (word for word in said if not (word.isascii() and len(word) <= _MEANS_LITTLE))
    return tuple(telling)[:MOST_WORDS]


class _Yardstick(Struct, frozen=True):
    """What each shared word is worth, and what a listing that has all of them would have."""

    shares: dict[int, dict[str, float]]
    """Of each row, how far it says which words."""
    worths: dict[str, float]
    category: str
    whole: float

    @classmethod
    def of(
        cls, looked_for: Sequence[str], category: str | None, rows: Sequence[Row[Any]]
    ) -> "_Yardstick":
        alike = _Alike(looked_for)
        shares = {row.id: alike.shares(row) for row in rows}
        having = Counter(word for said in shares.values() for word in said)
        worths = {word: math.log(1 + len(rows) / having[word]) for word in having}
        return cls(shares, worths, fold(category or ""), sum(worths.values()) or 1.0)

    def worth(self, row: Row[Any]) -> float:
        """Between 0 and 1."""
        shared = sum(self.worths[word] * share for word, share in self.shares[row.id].items())
        if self.category and fold(row.category or "") == self.category:
            shared += max(self.worths.values(), default=0.0)
        return min(1.0, shared / self.whole)


def _cut(word: str) -> list[str]:
    """The shorter words that it may go on from."""
    return [word[:size] for size in range(max(_GOES_ON, len(word) - _BY_LETTERS), len(word))]


_SHORTER = [itemgetter(slice(None, -by)) for by in range(1, _BY_LETTERS + 1)]
"""Words without their last letters, as fast as can be."""


class _Alike:
    """Which of the words that are looked for a row says, or nearly. A thousand rows are looked at
    on the event loop, written by whoever likes: each is taken apart once, and looked up in sets."""

    def __init__(self, looked_for: Sequence[str]) -> None:
        self._words = frozenset(looked_for)
        self._long = frozenset(word for word in looked_for if len(word) >= _GOES_ON)
        self._from = defaultdict[str, list[str]](list)
        for word in looked_for:
            for short in _cut(word):
                self._from[short].append(word)
        self._short = frozenset(self._from)

    def shares(self, row: Row[Any]) -> dict[str, float]:
        """How far it says which words."""
        said = f"{row.title_words} {row.summary_words}".split()
        nearly = [word for short in self._short.intersection(said) for word in self._from[short]]
        for shorter in _SHORTER:
            nearly += self._long.intersection(map(shorter, said))
        found = dict.fromkeys(nearly, _GOING_ON_COUNTS)
        return found | dict.fromkeys(self._words.intersection(said), 1.0)


def _best(
    yardstick: _Yardstick, rows: Sequence[Row[Any]], most: int
) -> list[tuple[float, Row[Any]]]:
    fit = [(worth, row) for row in rows if (worth := yardstick.worth(row)) >= _LEAST_SHARE]
    return sorted(fit, key=lambda one: (-one[0] - _head_start(one[1]), -one[1].id))[:most]


def _head_start(row: Row[Any]) -> float:
    return _URGENT_COUNTS if _URGENT in row.facets.split() else 0.0
