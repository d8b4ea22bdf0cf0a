"""One thing that was found, as lists show it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, bindparam, select

from federation.storage.prepared import Prepared
from federation.storage.unit_of_work import Reader
from node.listings import details, prices
from node.listings.details import Details
from node.listings.index import search_entry
from node.listings.models import listing_table, mirror_table
from node.listings.pictures import Shown
from node.listings.prices import PriceView
from node.listings.ranking import Marks
from node.listings.translations import Telling, Translation, best
from node.places import distance_km

_ENTRIES = Prepared(
    select(search_entry).where(search_entry.c.id.in_(bindparam("numbers", expanding=True)))
)


class Hit(Struct, frozen=True):
    """One result. lat and lon are rounded to about 1 km; marks say why it stands where it does.

    id: of the listing, or of our copy when origin is "remote". url: path of its page on this node.
    """

    id: str
    uri: str
    url: str
    origin: str
    state: str
    title: str
    summary: str
    kind: str
    category: str | None
    language: str
    coop_uri: str
    coop_name: str
    place_name: str | None
    lat: float | None
    lon: float | None
    distance_km: float | None
    prices: tuple[PriceView, ...]
    updated_at: datetime
    marks: Marks
    picture: Shown | None = None
    translations: tuple[Translation, ...] = ()

    def telling(self, tag: str) -> Telling:
        """Its words for who reads a language."""
        other = best(tag, self.language, self.translations)
        if other is None:
            return Telling(self.language, self.title, self.summary)
        words = (other.language, other.title, other.summary)
        return Telling(*words, of=self.language, phrases=other.phrases)

    @property
    def price(self) -> PriceView | None:
        """The first of its prices."""
        return self.prices[0] if self.prices else None


async def entries(reader: Reader, numbers: Sequence[int]) -> dict[int, Row[Any]]:
    """The whole rows of the index, by their numbers."""
    rows = await reader.rows(_ENTRIES, {"numbers": numbers})
    return {row.id: row for row in rows}


async def details_of_hits(reader: Reader, hits: Sequence[Hit]) -> dict[str, Details]:
    """What each says by its kind, by uri; the index has it as words alone."""
    found: dict[str, Details] = {}
    for origin, table in (("local", listing_table), ("remote", mirror_table)):
        uris = {one.id: one.uri for one in hits if one.origin == origin}
        chosen = select(table.c.id, table.c.details).where(table.c.id.in_(uris))
        rows = await reader.rows(chosen.where(table.c.details.is_not(None))) if uris else ()
        found |= {uris[row.id]: details.said(row.details) for row in rows}
    return found


def hit(
    row: Row[Any], marks: Marks, names: Mapping[str, str], near: tuple[float, float] | None
) -> Hit:
    """A row of the index as a hit. names: of coops, by address; near: what distance is told from"""
    is_measured = near is not None and row.lat is not None
    return Hit(
        id=row.ref,
        uri=row.uri,
        url=row.url,
        origin=row.origin,
        state=row.state,
        title=row.title,
        summary=row.lead,
        kind=row.kind,
        category=row.category,
        language=row.language,
        coop_uri=row.coop_uri,
        coop_name=names[row.coop_uri],
        place_name=row.place,
        lat=row.lat,
        lon=row.lon,
        distance_km=distance_km(*near, row.lat, row.lon) if near and is_measured else None,
        prices=prices.read(row.prices),
        updated_at=datetime.fromtimestamp(row.updated_at, UTC),
        marks=marks,
        picture=row.picture and Shown(**row.picture),
        translations=tuple(
            Translation(language, *words) for language, words in (row.translations or {}).items()
        ),
    )
