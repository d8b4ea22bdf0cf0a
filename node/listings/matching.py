"""From a search query to SQL: which entries match, in the two dialects of full-text search.

Both dialects are given the same tokens (see `index`), so both find the same entries.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct
from sqlalchemy import ColumnElement, Integer, Select, column, or_, select, table, text

from node.listings import index
from node.listings.circles import Viewer
from node.listings.index import search_entry
from node.listings.models import Kind, Visibility
from node.listings.ranking import Either, Wanted
from node.money import LARGEST_AMOUNT
from node.places import geohash_cover
from node.places.geometry import EARTH_RADIUS_KM

Order = Literal["fit", "nearest", "newest", "price"]
Purpose = Literal["offer", "request"]


class SearchQuery(Struct, frozen=True):
    """What a person asks for. near: (latitude, longitude). cursor: `SearchPage.next`."""

    q: str = ""
    near: tuple[float, float] | None = None
    within_km: float | None = None
    kind: str | None = None
    purpose: Purpose | None = None
    """Of no kind in particular: what is offered, or what is needed."""
    category: str | None = None
    coop: str | None = None
    lang: str | None = None
    origin: Literal["all", "local", "remote"] = "all"
    limit: int = 20
    cursor: str | None = None
    insist: bool = False
    """Look for the words as they are written, even if they seem to be mistyped."""
    order: Order = "fit"
    """By our formula, by nearness alone (with a place), the newest first, or the cheapest first in
    `currency`."""
    pays: str | None = None
    """How it can be paid: "gift", "time", or a currency."""
    currency: str | None = None
    least: int | None = None
    """A price of at least so much, in the smallest unit of `currency`."""
    most: int | None = None
    picks: tuple[str, ...] = ()
    """What was chosen in details, each as `details.picks` writes it: "condition-used"."""
    after: int | None = None
    """Only what was written since: an entry's number, see `finding.newest`."""

    @property
    def has_span(self) -> bool:
        """Whether it asks for prices from or up to a sum."""
        return self.least is not None or self.most is not None

    @property
    def compares_prices(self) -> bool:
        """Whether it must look at what each match costs, not only at its facets."""
        return self.has_span or self.order == "price"


class Bounds(Struct, frozen=True):
    """Which entries come into question at all: still running, and by number (None: no bound)."""

    now: int
    """Seconds since 1970."""
    top: int | None = None
    before: int | None = None
    most: int = 1


_e = search_entry.c
# In this order: `finding` takes slices of the rows, because names cost more than the ranking.
_columns = select(
    *(_e.id, _e.title_words, _e.summary_words, _e.updated_at, _e.lat, _e.lon),
    *(_e.kind, _e.category, _e.coop_uri, _e.language, _e.pays, _e.facets),
)
_CIRCLES: Mapping[str, Collection[Visibility]] = {
    "anonymous": (Visibility.PUBLIC,),
    "peer": (Visibility.PUBLIC, Visibility.FEDERATION),
}
"""Who may not see all, and what they may."""
_words = table("search_words", column("rowid", Integer))
_by_words = {
    # FTS5 walks its lists backwards by rowid and stops at the limit; ordering by id would sort.
    "sqlite": _columns.join_from(_words, search_entry, _e.id == _words.c.rowid)
    .where(text("search_words MATCH :match"))
    .order_by(_words.c.rowid.desc()),
    "postgresql": _columns.where(text("search_entry.tokens @@ CAST(:match AS tsquery)")).order_by(
        _e.id.desc()
    ),
}


def statement(
    dialect: Literal["sqlite", "postgresql"],
    query: SearchQuery,
    viewer: Viewer,
    looked_for: Wanted,
    bounds: Bounds,
    limited: Collection[str] = (),
) -> tuple[Select[Any], dict[str, Any]]:
    """The matching entries, newest first, at most `bounds.most`; and the parameters to run it.

    Where prices count, what each costs is in the last column: `in_span` compares it.
    limited: coops that are kept at a distance.
    """
    narrowed = _narrowed(query, viewer, has_words=looked_for.count > 0)
    write = fts5_match if dialect == "sqlite" else tsquery
    match = write(looked_for, *narrowed)
    matching = _by_words[dialect] if match else _columns.order_by(_e.id.desc())
    matching = matching.where(or_(_e.expires_at.is_(None), _e.expires_at > bounds.now))
    if looked_for.in_telling and dialect == "postgresql":
        matching = matching.where(*map(_in_telling, looked_for.either))
    if circles := _CIRCLES.get(viewer.kind):
        # Once more, in the row itself: a row that lost its facet would be there for everybody.
        matching = matching.where(_e.visibility.in_(circles))
    if kept_away := _kept_away(query, viewer, limited):
        matching = matching.where(_e.coop_uri.not_in(kept_away))
    if query.after is not None:
        matching = matching.where(_e.id > query.after)
    if bounds.top is not None:
        matching = matching.where(_e.id <= bounds.top)
    if bounds.before is not None:
        matching = matching.where(_e.id < bounds.before)
    if query.near is not None and query.within_km is not None:
        matching = matching.where(_in_circle(query.near, query.within_km))
    if query.compares_prices:
        matching = matching.add_columns(_e.spans)
    return matching.limit(bounds.most), {"match": match} if match else {}


def in_span(query: SearchQuery, spans: Sequence[tuple[str, int, int]]) -> bool:
    """Whether one of the prices overlaps what is asked for."""
    least, most = query.least or 0, LARGEST_AMOUNT if query.most is None else query.most
    return any(
        code == query.currency and low <= most and high >= least for code, low, high in spans
    )


def fts5_match(
    looked_for: Wanted, facets: Sequence[Sequence[str]], without: Sequence[str] = ()
) -> str:
    """The MATCH expression (sqlite.org/fts5.html §3); every token stands in quotes."""
    tokens = [f'"{word}"' for word in looked_for.words]
    if looked_for.continued:
        tokens.append("({})".format(" OR ".join(map('"{}"'.format, looked_for.continued))))
    elif looked_for.prefix is not None:
        tokens.append(f'"{looked_for.prefix}"*')
    for either in looked_for.either:
        some = (f'"{word}"' + "*" * is_begun for word, is_begun in either.each)
        tokens.append(f"({' OR '.join(some)})")
    parts = [_in_facets(one) for one in facets]
    if tokens:
        columns = "title_words summary_words" + " body_words" * (not looked_for.in_telling)
        parts.insert(0, f"({{{columns}}} : ({' AND '.join(tokens)}))")
    match = " AND ".join(parts)
    return f"({match}) NOT {_in_facets(without)}" if without else match


def _in_telling(either: Either) -> ColumnElement[bool]:
    """Whether title or summary says one of them: a tsvector of bare words does not know where."""
    said = " " + _e.title_words + " " + _e.summary_words + " "
    some = (f" {word}" + " " * (not is_begun) for word, is_begun in either.each)
    return or_(*(said.contains(one, autoescape=True) for one in some))


def _in_facets(tokens: Sequence[str]) -> str:
    return "(facets : ({}))".format(" OR ".join(map('"{}"'.format, tokens)))


def tsquery(
    looked_for: Wanted, facets: Sequence[Sequence[str]], without: Sequence[str] = ()
) -> str:
    """The same for PostgreSQL; a word and a facet cannot be taken for each other, see `index`."""
    tokens = [f"'{word}'" for word in looked_for.words]
    if looked_for.continued:
        tokens.append("({})".format(" | ".join(map("'{}'".format, looked_for.continued))))
    elif looked_for.prefix is not None:
        tokens.append(f"'{looked_for.prefix}':*")
    for either in looked_for.either:
        some = (f"'{word}'" + ":*" * is_begun for word, is_begun in either.each)
        tokens.append(f"({' | '.join(some)})")
    tokens += ["({})".format(" | ".join(map("'{}'".format, one))) for one in facets]
    tokens += [f"!'{one}'" for one in without]
    return " & ".join(tokens)


def _narrowed(
    query: SearchQuery, viewer: Viewer, *, has_words: bool
) -> tuple[list[list[str]], list[str]]:
    """Facet tokens: of each list one must be there; and those of which none may be.

    Where nearly all entries are among those asked for (what everybody may see, offers, what comes
    from elsewhere), the few others are taken away instead: walking along a list of all entries
    costs more than all else (8 of 13 ms at a million). Nothing can be taken away from nothing.
    """
    facets = _facets(query, viewer)
    if query.near is not None and query.within_km is not None:
        facets += _cells(query.near, query.within_km)
    without: list[str] = []
    for name, all_values, chosen in _large_parts(query, viewer):
        if facets or has_words:
            without += [index.facet(name, one) for one in all_values if one not in chosen]
        else:
            facets.append([index.facet(name, one) for one in chosen])
    return facets, without


def _facets(query: SearchQuery, viewer: Viewer) -> list[list[str]]:
    """Facet tokens; of each list one must be there."""
    chosen = [
        ("kind", query.kind),
        ("kind", Kind.REQUEST if query.purpose == "request" else None),
        ("category", query.category),
        ("coop", query.coop),
        ("language", query.lang and index.language_of(query.lang)),
        ("pays", query.pays and query.pays.lower()),
        ("money", query.currency.lower() if query.currency and query.has_span else None),
        # A peer has its own copies of what others list: from us it gets ours.
        ("origin", "local" if viewer.kind == "peer" or query.origin == "local" else None),
    ]
    picked = [[index.picked(pick)] for pick in query.picks]
    return [[index.facet(name, value)] for name, value in chosen if value] + picked


def _large_parts(
    query: SearchQuery, viewer: Viewer
) -> list[tuple[str, Collection[str], Collection[str]]]:
    """Facets, all their values, and those asked for."""
    parts: list[tuple[str, Collection[str], Collection[str]]] = []
    if viewer.kind in _CIRCLES:
        parts.append(("visibility", tuple(Visibility), _CIRCLES[viewer.kind]))
    if query.purpose == "offer":
        offers = [kind for kind in Kind if kind is not Kind.REQUEST]
        parts.append(("kind", tuple(Kind), offers))
    if query.origin == "remote" and viewer.kind != "peer":
        parts.append(("origin", ("local", "remote"), ("remote",)))
    return parts


def _kept_away(query: SearchQuery, viewer: Viewer, limited: Collection[str]) -> list[str]:
    """A member who asks for a coop by name finds it, kept at a distance or not; nobody else."""
    asked_for = query.coop if viewer.kind == "member" else None
    return sorted(coop for coop in limited if coop != asked_for)


def _in_circle(centre: tuple[float, float], radius_km: float) -> ColumnElement[bool]:
    """By the square of the straight line through the globe: no trigonometry in the database."""
    x, y, z = index.on_sphere(*centre)
    half_angle = min(radius_km / (2 * EARTH_RADIUS_KM), math.pi / 2)
    # A hair more than the chord, so that rounding does not lose what lies on the edge.
    chord = 4 * math.sin(half_angle) ** 2 + 1e-15
    return (_e.x - x) * (_e.x - x) + (_e.y - y) * (_e.y - y) + (_e.z - z) * (_e.z - z) <= chord


def _cells(centre: tuple[float, float], radius_km: float) -> list[list[str]]:
    """Cells that hold the circle; nothing when it is so large that they would hardly narrow."""
    coarsest, finest = min(index.GEOHASH_PRECISIONS), max(index.GEOHASH_PRECISIONS)
    cover = {name[:finest] for name in geohash_cover(*centre, radius_km)}
    if min(map(len, cover)) < coarsest:
        return []
    return [[index.cell(name) for name in sorted(cover)]]
