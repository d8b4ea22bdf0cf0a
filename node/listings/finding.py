"""Finding listings: candidates from the index, ranked by our own formula.

A common word may match hundreds of thousands of listings. The newest 1,000 matches are read and
ranked, so that no query costs more than these; counts are exact up to there and a floor above. A
circle on the map narrows before the cap, a sum within it. Paging goes on past the cap with what is
not ranked, the newest first, unless sums are compared.
"""

import asyncio
import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from heapq import nsmallest
from operator import itemgetter
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace
from sqlalchemy import Row, func, select

from federation import moderation
from federation.storage.unit_of_work import Reader
from node.errors import InvalidInput
from node.i18n import _
from node.listings import details, ranking, spelling, vocabulary
from node.listings.circles import Viewer
from node.listings.cursors import Cursor
from node.listings.hits import Hit, entries, hit
from node.listings.index import PICKS_BEGIN, picked, search_entry
from node.listings.matching import Bounds, SearchQuery, in_span, statement
from node.listings.names import coop_names
from node.listings.patience import in_time
from node.listings.prices import is_way
from node.listings.ranking import Formula, Wanted, Weights
from node.listings.terms import weights
from node.money import LARGEST_AMOUNT, is_currency
from node.text import fold

CAP = 1000
"""Reading more costs messages their core, and hardly changes the first page (docs/adr/0009)."""
_UNRANKED = 1.0
"""In keys, behind all scores: these are 0 or below there."""
MOST_PER_PAGE = 100
MOST_FACET_VALUES = 50
FACETS = ("kind", "category", "coop", "language", "pays")
"""In the order of the columns that `matching` selects behind the first six."""
_PICKS = 6 + len(FACETS)
_SPANS = _PICKS + 1
NEAR_FIRST_KM = 100.0
"""With a place but no radius, what lies so near is looked at before the newest of everywhere."""


class FacetCount(Struct, frozen=True):
    """A value by which the results can be narrowed down, its words, and how many there are."""

    value: str
    label: str
    count: int


class Correction(Struct, frozen=True):
    """A word for which nothing was found, and those (folded) that this page's results hold."""

    typed: str
    found: tuple[str, ...]


class SearchPage(Struct, frozen=True):
    """total_is_floor: there are more than `total`. facets: over the same newest matches.

    weights: how much each mark of a hit counts by the rules in force.
    """

    hits: list[Hit]
    total: int
    total_is_floor: bool
    facets: dict[str, list[FacetCount]]
    next: str | None
    corrections: tuple[Correction, ...] = ()
    weights: Weights = field(default_factory=Weights)


@in_time
async def search(reader: Reader, query: SearchQuery, viewer: Viewer, now: datetime) -> SearchPage:
    """A page of what the viewer may find. Raises InvalidInput for a bad place, limit or cursor."""
    check(query)
    looked_for = ranking.wanted(query.q)
    if query.q.strip() and not looked_for.count:
        return SearchPage([], total=0, total_is_floor=False, facets={}, next=None)
    cursor = Cursor.read(query.cursor) if query.cursor else None
    at = cursor.now if cursor else int(now.timestamp())
    bounds = Bounds(at, top=cursor.top if cursor else None, most=CAP + 1)

    asked = await _asked(reader, query, viewer, looked_for)
    candidates = await _candidates(reader, asked, bounds)
    if not candidates and (wider := await _widened(reader, asked)):
        asked, candidates = wider, await _candidates(reader, wider, bounds)
    top = cursor.top if cursor else max((row[0] for row in candidates), default=0)
    more, candidates = len(candidates) > CAP, _in_span(query, candidates[:CAP])
    counting = await weights(reader)
    formula = _formula(query, asked.looked_for, at, counting)
    if cursor is None:
        left = _first(query, _keyed(query, formula, candidates))
    elif formula.ranks or query.compares_prices:
        keyed = _keyed(query, formula, candidates)
        left = _first(query, (one for one in keyed if one[0] > cursor.key))
    else:
        further = replace(bounds, before=cursor.number, most=query.limit + 1)
        left = _first(query, _keyed(query, formula, await _read(reader, asked, further)))
    if formula.ranks and more and len(left) <= query.limit and not query.compares_prices:
        known = {row.id for row in candidates}
        left += await _beyond(reader, asked, replace(bounds, top=top), known, cursor)
    await asyncio.sleep(0)  # ranking a thousand takes a millisecond: now others have their turn
    page = left[: query.limit]
    found = [row for _key, row in page]
    counts = _counts(candidates)
    names = await coop_names(reader, {*counts["coop"], *(row.coop_uri for row in found)})
    shown = await entries(reader, [row.id for row in found])
    return SearchPage(
        hits=[hit(shown[row.id], formula.marks(row), names, formula.near) for row in found],
        total=len(candidates),
        total_is_floor=more,
        facets=_facets(counts, names),
        next=Cursor(at, top, page[-1][0]).text() if len(left) > query.limit else None,
        corrections=_corrections(asked.looked_for, shown.values()),
        weights=counting,
    )


def _formula(query: SearchQuery, looked_for: Wanted, at: int, counting: Weights) -> Formula:
    by_nearness = query.order == "nearest" and query.near is not None
    used = ranking.NEARNESS_ALONE if by_nearness else counting
    return Formula(looked_for, query.near, at, used, query.order == "newest")


@in_time
async def coops_offering(
    reader: Reader, words: str, viewer: Viewer, now: datetime
) -> frozenset[str]:
    """Other coops of whose listings one matches: of all matches, not the newest alone.

    Raises InvalidInput as `search` does.
    """
    query = SearchQuery(q=words, origin="remote")
    check(query)
    looked_for = ranking.wanted(words)
    if not looked_for.count:
        return frozenset()
    asked = await _asked(reader, query, viewer, looked_for)
    found = await _coops(reader, asked, now)
    if not found and (wider := await _widened(reader, asked)):
        return await _coops(reader, wider, now)
    return found


@in_time
async def count(reader: Reader, query: SearchQuery, viewer: Viewer, now: datetime) -> int:
    """How many a search finds, up to the cap. Nothing is ranked, and no word is put right.

    Raises InvalidInput as `search` does.
    """
    check(query)
    looked_for = ranking.wanted(query.q)
    if query.q.strip() and not looked_for.count:
        return 0
    asked = await _asked(reader, query, viewer, looked_for)
    return len(_in_span(query, await _read(reader, asked, Bounds(int(now.timestamp()), most=CAP))))


async def newest(reader: Reader) -> int:
    """The number of the newest entry: what is written later has a higher one."""
    return await reader.scalar(select(func.max(search_entry.c.id))) or 0


_Keyed = tuple[tuple[float, int], Row[Any]]
"""With a key that sorts best first: minus the score (0 when the newest come first), minus the
number."""


def _first(query: SearchQuery, keyed: Iterable[_Keyed]) -> list[_Keyed]:
    """The best of them in order, one more than a page if there are more: to sort all of them
    takes three times as long."""
    return nsmallest(query.limit + 1, keyed, key=itemgetter(0))


def _keyed(query: SearchQuery, formula: Formula, rows: Sequence[Row[Any]]) -> Iterable[_Keyed]:
    if query.order == "price":
        return zip(((_cheapest(row, query.currency), -row[0]) for row in rows), rows, strict=True)
    if not formula.ranks:
        return zip(((0.0, -row[0]) for row in rows), rows, strict=True)
    scores = zip(formula.scores(rows), rows, strict=True)
    return zip([(-score, -row[0]) for score, row in scores], rows, strict=True)


def _cheapest(row: Row[Any], currency: str | None) -> int:
    """Its lowest price in a currency; behind all of them what has none."""
    lows = (low for code, low, _high in _spans(row) if code == currency)
    return min(lows, default=LARGEST_AMOUNT + 1)


def _in_span(query: SearchQuery, rows: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
    """Those with a price as asked for."""
    if not query.has_span:
        return rows
    return [row for row in rows if in_span(query, _spans(row))]


def _spans(row: Row[Any]) -> Sequence[tuple[str, int, int]]:
    fields: Sequence[Any] = row
    return fields[_SPANS] or ()


def check(query: SearchQuery) -> None:
    """Raises InvalidInput for a bad place, radius or limit."""
    if not 1 <= query.limit <= MOST_PER_PAGE:
        raise InvalidInput({"limit": [_("Choose from 1 to %(most)s a page.", most=MOST_PER_PAGE)]})
    if query.near is not None:
        lat, lon = query.near
        if not (-90 <= lat <= 90 and -180 <= lon <= 180):
            raise InvalidInput({"near": [_("Give latitude and longitude, such as 53.8,-1.55.")]})
    if query.within_km is not None and not 0 < query.within_km < math.inf:
        raise InvalidInput({"within_km": [_("Give a number of kilometres above 0.")]})
    if any(pick not in details.PICKS for pick in query.picks):
        possible = ", ".join(sorted(details.PICKS))
        raise InvalidInput({"picks": [_("Choose from: %(possible)s.", possible=possible)]})
    _check_prices(query)


def _check_prices(query: SearchQuery) -> None:
    if query.pays is not None and not is_way(query.pays):
        complaint = _("Choose gift, time, or the code of a currency such as GBP.")
        raise InvalidInput({"pays": [complaint]})
    if query.currency is not None and not is_currency(query.currency):
        raise InvalidInput({"currency": [_("Use a currency code such as GBP, EUR or HOUR.")]})
    if query.currency is None and (query.has_span or query.order == "price"):
        raise InvalidInput({"currency": [_("Say in which currency: prices are compared in one.")]})
    least = query.least or 0
    if not 0 <= least <= (LARGEST_AMOUNT if query.most is None else query.most) <= LARGEST_AMOUNT:
        raise InvalidInput({"price_to": [_("A price goes from 0 or more up to more than that.")]})


class _Asked(Struct, frozen=True):
    """What is asked for, by whom. limited: the coops that are kept at a distance."""

    query: SearchQuery
    viewer: Viewer
    looked_for: Wanted
    limited: frozenset[str]


async def _asked(reader: Reader, query: SearchQuery, viewer: Viewer, looked_for: Wanted) -> _Asked:
    continued = await vocabulary.continued(reader, looked_for)
    return _Asked(query, viewer, continued, await moderation.limited_actors(reader))


async def _candidates(reader: Reader, asked: _Asked, bounds: Bounds) -> Sequence[Row[Any]]:
    """The newest matches, one more than the cap if there are more; what is near goes first."""
    query = asked.query
    newest = await _read(reader, asked, bounds)
    is_cut = len(newest) > CAP and query.order not in ("newest", "price")
    if query.near is None or query.within_km is not None or not is_cut:
        return newest
    around = replace(asked, query=replace(query, within_km=NEAR_FIRST_KM))
    near = await _read(reader, around, bounds)
    known = {row.id for row in near}
    return [*near, *(row for row in newest if row.id not in known)][: CAP + 1]


async def _beyond(
    reader: Reader, asked: _Asked, bounds: Bounds, known: Collection[int], cursor: Cursor | None
) -> list[_Keyed]:
    """Of what is not ranked the next page, the newest first."""
    before = cursor.number if cursor and cursor.key[0] == _UNRANKED else None
    most = len(known) + asked.query.limit + 1
    rows = await _read(reader, asked, replace(bounds, before=before, most=most))
    return [((_UNRANKED, -row.id), row) for row in rows if row.id not in known]


async def _read(reader: Reader, asked: _Asked, bounds: Bounds) -> Sequence[Row[Any]]:
    sql, parameters = statement(
        reader.dialect, asked.query, asked.viewer, asked.looked_for, bounds, asked.limited
    )
    return await reader.rows(sql, parameters)


async def _coops(reader: Reader, asked: _Asked, now: datetime) -> frozenset[str]:
    bounds = Bounds(int(now.timestamp()))
    sql, parameters = statement(
        reader.dialect, asked.query, asked.viewer, asked.looked_for, bounds, asked.limited
    )
    coop = search_entry.c.coop_uri
    each = sql.with_only_columns(coop, maintain_column_froms=True).order_by(None).limit(None)
    return frozenset(row[0] for row in await reader.rows(each.distinct(), parameters))


async def _widened(reader: Reader, asked: _Asked) -> _Asked | None:
    """The same with words for those that may be mistyped, unless they are meant as they stand."""
    if asked.query.insist:
        return None
    wider = await vocabulary.widened(reader, asked.looked_for, spelling.meant(asked.query.q))
    return replace(asked, looked_for=wider) if wider else None


def _corrections(looked_for: Wanted, rows: Iterable[Row[Any]]) -> tuple[Correction, ...]:
    if not looked_for.either:
        return ()
    texts = (f"{row.title_words} {row.summary_words} {row.body_words}" for row in rows)
    held = {word for one in texts for word in one.split()}
    found = {one.typed: tuple(filter(held.__contains__, one.others)) for one in looked_for.either}
    return tuple(Correction(typed, others) for typed, others in found.items() if others)


def _counts(rows: Sequence[Row[Any]]) -> dict[str, dict[str, int]]:
    """How often each value stands in the matches, the most frequent first."""
    counted = {
        name: Counter(map(itemgetter(column), rows)) for column, name in enumerate(FACETS, start=6)
    }
    counted["category"] = _same_words(counted["category"])
    counted["pays"] = _each_word(counted["pays"])
    counted |= _picked(rows)
    return {
        name: dict(sorted(filter(_is_said, counter.items()), key=_most_first)[:MOST_FACET_VALUES])
        for name, counter in counted.items()
    }


def _facets(
    counts: dict[str, dict[str, int]], names: dict[str, str]
) -> dict[str, list[FacetCount]]:
    return {
        name: [
            FacetCount(value, names.get(value, value), count) for value, count in counted.items()
        ]
        for name, counted in counts.items()
    }


def _same_words(values: Counter[str]) -> Counter[str]:
    """Counts of values that differ only in case or accents together, under the most used one."""
    spellings: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for value, count in values.items():
        if value:
            spellings[fold(value)][value] += count
    return Counter(
        {min(same, key=lambda one: (-same[one], one)): same.total() for same in spellings.values()}
    )


def _each_word(values: Counter[str]) -> Counter[str]:
    """Of values that are several words, how often each word stands in them."""
    found: Counter[str] = Counter()
    for value, count in values.items():
        found.update(dict.fromkeys(value.split(), count))
    return found


def _picked(rows: Sequence[Row[Any]]) -> dict[str, Counter[str]]:
    """Of each detail by which one narrows down, how often each choice stands in the matches."""
    tokens: Counter[str] = Counter()
    for said in map(itemgetter(_PICKS), rows):
        _others, begins, picks = said.partition(PICKS_BEGIN)  # most have none: nothing is cut
        if begins:
            tokens.update(f"{begins}{picks}".split())
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for pick in details.PICKS:
        if count := tokens[picked(pick)]:
            key, _dash, choice = pick.partition("-")
            found[key][choice] = count
    return found


def _is_said(pair: tuple[str, int]) -> bool:
    return bool(pair[0])


def _most_first(pair: tuple[str, int]) -> tuple[int, str]:
    return -pair[1], pair[0]
