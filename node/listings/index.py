"""The search index: one row per listing that can be found, ours and mirrored, on either database.

`search_entry` holds the words (folded, see `node.text`) and what ranking needs. On SQLite triggers
keep an FTS5 table over its word columns; on PostgreSQL a generated tsvector holds the same tokens.
So the code that writes knows neither.

Facets are tokens too: "=kservice", "=g3u10". Narrowing by a column would read every match of a
common word; an R*Tree join took 3.9 s at a million rows. A word never begins with "=".

FTS5 is built with external content (it can be rebuilt from the table) and detail=column (no phrases
are asked for: 20 % smaller). It has no lists of beginnings (`prefix`): they were half of its size
and of what a listing costs it, and three letters are found nearly as soon without. The `ascii`
tokenizer takes our words as they are; `unicode61` would cut Indic words at their vowel signs.
"""

import hashlib
import math
import re
from collections.abc import Collection, Container, Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from msgspec import Struct, field
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Float,
    Index,
    String,
    Table,
    Text,
    delete,
    event,
    select,
    update,
)

from federation.storage.base import Base, JsonColumn, RowNumber
from federation.storage.prepared import Prepared
from federation.storage.unit_of_work import Reader, UnitOfWork
from node.listings import details, vocabulary
from node.listings import prices as asked
from node.listings.details import Details
from node.listings.pace import paced
from node.listings.prices import PriceView
from node.listings.ranking import LONGEST_WORD
from node.listings.translations import Translation
from node.places import geohash
from node.text import fold, words

GEOHASH_PRECISIONS = (3, 4, 5)
"""Cells of about 156, 39 by 20, and 5 km."""
PICKS_BEGIN = " =d"
"""Among the facets of a row what was chosen in details stands last, each beginning so."""
_LONGEST_TITLE_WORDS = 60
_LONGEST_BODY_WORDS = 3000

search_entry = Table(
    "search_entry",
    Base.metadata,
    # A change writes a new row: the highest number is the newest, and the cap keeps the newest.
    Column("id", RowNumber, primary_key=True),
    Column("uri", Text, nullable=False, unique=True),
    Column("updated_at", BigInteger, nullable=False),  # seconds since 1970
    Column("expires_at", BigInteger),
    Column("lat", Float),
    Column("lon", Float),
    # The point on the unit sphere: a circle is then a comparison that any database can make.
    Column("x", Float),
    Column("y", Float),
    Column("z", Float),
    Column("kind", String(16), nullable=False),
    Column("category", Text),
    Column("coop_uri", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("pays", Text, nullable=False, server_default=""),  # see `prices.ways`, joined by spaces
    Column("title_words", Text, nullable=False),
    Column("summary_words", Text, nullable=False),
    Column("ref", String(26), nullable=False),  # id of the listing or of the mirror
    Column("origin", Text, nullable=False),  # "local" or "remote"
    Column("state", String(16), nullable=False),
    Column("visibility", String(16), nullable=False),
    Column("url", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("lead", Text, nullable=False),
    Column("place", Text),
    Column("translations", JsonColumn),  # see `_kept`, by language
    Column("prices", JsonColumn),
    Column("spans", JsonColumn),  # what it costs as numbers, see `prices.spans`
    Column("picture", JsonColumn),  # the first one: its path and what is on it
    Column("facets", Text, nullable=False),
    Column("body_words", Text, nullable=False),  # last: a long row is read only as far as needed
    Index("ix_search_entry_expires_at", "expires_at"),
    Index("ix_search_entry_coop_uri", "coop_uri"),
)
_ADD = Prepared.inserting(search_entry, without=["id"])
_WORDS = [search_entry.c[name] for name in ("title_words", "summary_words", "body_words")]
_AT_ONCE, _MOST_WORDS = 500, 100_000
"""Entries that leave together, each with up to three thousand words; words that are asked about."""

SQLITE_DDL = (
    "CREATE VIRTUAL TABLE search_words USING fts5(title_words, summary_words, body_words, facets,"
    " content='search_entry', content_rowid='id',"
    " tokenize=\"ascii tokenchars '='\", detail=column)",
    "CREATE TRIGGER search_entry_inserted AFTER INSERT ON search_entry BEGIN"
    " INSERT INTO search_words(rowid, title_words, summary_words, body_words, facets) VALUES"
    " (new.id, new.title_words, new.summary_words, new.body_words, new.facets); END",
    "CREATE TRIGGER search_entry_deleted AFTER DELETE ON search_entry BEGIN"
    " INSERT INTO search_words(search_words, rowid, title_words, summary_words, body_words, facets)"
    " VALUES ('delete', old.id, old.title_words, old.summary_words, old.body_words, old.facets);"
    " END",
)
"""Words and facets of a row never change: `put` replaces rows, so that no update trigger is due."""

POSTGRESQL_DDL = (
    "ALTER TABLE search_entry ADD COLUMN tokens tsvector GENERATED ALWAYS AS (array_to_tsvector("
    "array_remove(string_to_array("
    "title_words || ' ' || summary_words || ' ' || body_words || ' ' || facets, ' '), ''))) STORED",
    "CREATE INDEX ix_search_entry_tokens ON search_entry USING gin (tokens)",
)


@event.listens_for(search_entry, "after_create")
def _create_word_index(_table: Table, connection: Connection, **_options: object) -> None:
    statements = SQLITE_DDL if connection.dialect.name == "sqlite" else POSTGRESQL_DDL
    for statement in statements:
        connection.exec_driver_sql(statement)


class Entry(Struct, frozen=True):
    """What can be found of one listing; lat and lon already rounded to about 1 km."""

    uri: str
    ref: str
    origin: str
    state: str
    visibility: str
    coop_uri: str
    coop_name: str
    """Is among the words; shown is the name of the day, see `names`."""
    url: str
    kind: str
    title: str
    lead: str
    body: str
    category: str | None
    tags: tuple[str, ...]
    language: str
    languages: tuple[str, ...]
    place: str | None
    lat: float | None
    lon: float | None
    prices: tuple[PriceView, ...]
    updated_at: datetime
    expires_at: datetime | None
    picture: dict[str, Any] | None = None
    translations: tuple[Translation, ...] = ()
    """With a lead as the summary, and a body of plain words."""
    details: Details = field(default_factory=dict)


async def put(
    uow: UnitOfWork, entries: Sequence[Entry], known: Container[str] | None = None
) -> None:
    """Write entries, replacing those of the same uri. known: the uris of which there may be any;
    all, unless told."""
    if not entries:
        return
    before = [each.uri for each in entries if known is None or each.uri in known]
    left = await _take_out(uow, search_entry.c.uri.in_(before)) if before else set()
    rows = [entry_row(entry) async for entry in paced(entries)]
    await write(uow, rows)
    await vocabulary.forget(uow, left.difference(*map(str.split, map(_words_of, rows))))


async def write(uow: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    """Write rows of `search_entry`, and down what words they use."""
    await uow.run(_ADD, rows)
    await vocabulary.learn(uow, map(_words_of, rows))


async def categories(reader: Reader, uris: Collection[str]) -> dict[str, str]:
    """The category of listings that can be found, by uri; without those that have none."""
    c = search_entry.c
    named = select(c.uri, c.category).where(c.uri.in_(uris), c.category.is_not(None))
    return {row.uri: row.category for row in await reader.rows(named)}


async def remove(uow: UnitOfWork, uris: Iterable[str]) -> None:
    """Forget entries; unknown uris are no error."""
    gone, left = list(uris), set[str]()
    for start in range(0, len(gone), _AT_ONCE):
        left |= await _take_out(uow, search_entry.c.uri.in_(gone[start : start + _AT_ONCE]))
        if len(left) > _MOST_WORDS:
            await vocabulary.forget(uow, left)
            left.clear()
    await vocabulary.forget(uow, left)


async def remove_coop(uow: UnitOfWork, coop_uri: str) -> None:
    """Forget all entries of one coop."""
    await uow.execute(delete(search_entry).where(search_entry.c.coop_uri == coop_uri))


async def remove_over(uow: UnitOfWork, now: datetime) -> None:
    """Forget some of the entries that ran out: nobody finds them any more."""
    c = search_entry.c
    over = select(c.id).where(c.expires_at <= int(now.timestamp())).limit(_AT_ONCE)
    await vocabulary.forget(uow, await _take_out(uow, c.id.in_(over)))


async def _take_out(uow: UnitOfWork, which: ColumnElement[bool]) -> set[str]:
    """Forget entries; the words that they had."""
    gone = await uow.rows(delete(search_entry).where(which).returning(*_WORDS))
    return {word for row in gone for words in row for word in words.split()}


def _words_of(row: dict[str, Any]) -> str:
    return f"{row['title_words']} {row['summary_words']} {row['body_words']}"


async def mark(uow: UnitOfWork, uris: Iterable[str], state: str) -> None:
    """Set the shown state (fresh, stale) without making the entries newer."""
    if marked := list(uris):
        await uow.execute(
            update(search_entry).where(search_entry.c.uri.in_(marked)).values(state=state)
        )


@lru_cache(maxsize=2_000)
def facet(name: str, value: str) -> str:
    """The token of a facet value; free words, and whatever else a visitor may write in its place,
    become a short digest: tokens stand in the language of the search, where a quote is an end."""
    if name in _FREE or not _PLAIN.fullmatch(value):
        value = hashlib.sha256(fold(value).encode()).hexdigest()[:16]
    return f"={_FACETS[name]}{value}"


def picked(pick: str) -> str:
    """The token of what was chosen in a detail: "=dconditionasnew" of "condition-as-new"."""
    return f"{PICKS_BEGIN.strip()}{pick.replace('-', '')}"


def cell(geohash_cell: str) -> str:
    """The token of a geohash cell."""
    return f"=g{len(geohash_cell)}{geohash_cell}"


def language_of(tag: str) -> str:
    """The part of a language tag by which people narrow down: "pt" of "pt-BR"."""
    return tag.partition("-")[0].lower()


def on_sphere(lat: float, lon: float) -> tuple[float, float, float]:
    """The point on the unit sphere."""
    phi, theta = math.radians(lat), math.radians(lon)
    return math.cos(phi) * math.cos(theta), math.cos(phi) * math.sin(theta), math.sin(phi)


def joined(text: str, most: int) -> str:
    """Folded words as they are indexed: each once, in order, joined by spaces."""
    found = words(text)
    if max(map(len, found), default=0) > LONGEST_WORD:
        found = [word[:LONGEST_WORD] for word in found]
    return " ".join(list(dict.fromkeys(found))[:most])


def entry_row(entry: Entry) -> dict[str, Any]:
    """The row of `search_entry` by which a listing is found."""
    titles, leads, bodies = (
        [getattr(one, part) for one in entry.translations] for part in ("title", "summary", "body")
    )
    rest = (
        entry.body,
        *bodies,
        *details.found_words(entry.details, entry.language),
        *(word for one in entry.translations for word in _told(one)),
        *entry.tags,
        entry.category or "",
        entry.place or "",
        entry.coop_name,
    )
    telling = details.telling(entry.details)
    row = {name: getattr(entry, name) for name in _AS_THEY_ARE}
    x = y = z = None
    if entry.lat is not None and entry.lon is not None:
        x, y, z = on_sphere(entry.lat, entry.lon)
    return row | {
        "updated_at": int(entry.updated_at.timestamp()),
        "expires_at": None if entry.expires_at is None else int(entry.expires_at.timestamp()),
        "x": x,
        "y": y,
        "z": z,
        "language": language_of(entry.language),
        "translations": {one.language: _kept(one) for one in entry.translations} or None,
        "prices": asked.stored(entry.prices),
        "spans": asked.spans(entry.prices),
        "pays": " ".join(asked.ways(entry.prices)),
        "title_words": joined(" ".join((entry.title, *titles)), _LONGEST_TITLE_WORDS),
        "summary_words": joined(" ".join((*telling, entry.lead, *leads)), _LONGEST_TITLE_WORDS),
        "body_words": joined(" ".join(rest), _LONGEST_BODY_WORDS),
        "facets": " ".join(_facets(entry)),
    }


def _told(said: Translation) -> Iterator[str]:
    return details.found_words(said.details, said.language)


def _facets(entry: Entry) -> list[str]:
    found = [
        facet("kind", entry.kind),
        facet("coop", entry.coop_uri),
        facet("origin", entry.origin),
        facet("visibility", entry.visibility),
    ]
    if entry.category:
        found.append(facet("category", entry.category))
    told = (one.language for one in entry.translations)
    spoken = {language_of(tag) for tag in (entry.language, *entry.languages, *told)}
    found += [facet("language", tag) for tag in sorted(spoken)]
    found += [facet("pays", way.lower()) for way in asked.ways(entry.prices)]
    coined = {one.currency for one in entry.prices if one.amount is not None and one.currency}
    found += [facet("money", code.lower()) for code in sorted(coined)]
    if entry.lat is not None and entry.lon is not None:
        finest = geohash(entry.lat, entry.lon, max(GEOHASH_PRECISIONS))
        found += [cell(finest[:size]) for size in GEOHASH_PRECISIONS]
    found += map(picked, details.picks(entry.details))
    return found


_AS_THEY_ARE = [
    column.name
    for column in search_entry.columns
    if column.name in Entry.__struct_fields__
    and column.name not in {"updated_at", "expires_at", "language", "prices", "translations"}
]
_FACETS = {
    "kind": "k",
    "category": "c",
    "coop": "p",
    "language": "l",
    "origin": "o",
    "visibility": "v",
    "pays": "w",
    "money": "m",
}
_FREE = {"category", "coop"}
_PLAIN = re.compile(r"[a-z0-9]{1,40}")
"""A dash would end a token on SQLite."""


def _kept(said: Translation) -> list[Any]:
    """What of a translation stands on a card, in the order of its parts."""
    words = [said.title, said.summary]
    return [*words, "", {}, dict(said.phrases)] if said.phrases else words
