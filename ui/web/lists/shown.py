"""What anybody finds: offers and needs, and the coops that have them."""

import asyncio
from collections.abc import Sequence

from msgspec.structs import replace

from node import listings
from node.directory import Neighbour
from node.i18n import _
from node.listings import Details, Hit, Order, PriceView, SearchPage
from ui.web.context import node_of, visitor_of
from ui.web.lists.files import Asked, Cell, List, News, Part
from ui.web.pages.coops import directory_of
from ui.web.pages.search import read_query, where

MOST_FOUND = 100
"""Whoever asks for more takes the coops' catalogues, or goes through the API."""
FOUND = (
    "title",
    "summary",
    "kind",
    "category",
    "coop",
    "place",
    "price_amount",
    "price_max",
    "currency",
    "unit",
    "price_hours",
    "price_seasons",
    "language",
    "changed",
    "address",
    "details",
    "more_prices",
)
COOPS = (
    "name",
    "summary",
    "uri",
    "place",
    "lat",
    "lon",
    "offers",
    "kinds",
    "legal_form",
    "membership",
    "join",
    "federations",
    "page",
    "founded_on",
    "sectors",
    "governance",
    "jurisdiction",
    "register_page",
    "languages",
    "currency",
    "vouched_by",
)


async def _found(asked: Asked) -> Part:
    page = await _search(asked, None)
    said = await listings.details_of_hits(asked.reader, page.hits)
    rows = [_hit(hit, said.get(hit.uri), asked.address) for hit in page.hits]
    return Part(rows, page.next)


async def _newest(asked: Asked) -> list[News]:
    page = await _search(asked, "newest")
    return [
        News(
            hit.uri,
            hit.title,
            hit.updated_at,
            asked.address + hit.url,
            hit.summary,
            hit.coop_name,
            hit.language,
            (hit.kind, *([hit.category] if hit.category else [])),
        )
        for hit in page.hits
    ]


async def _search(asked: Asked, order: Order | None) -> SearchPage:
    """The same search as the page, by the same visitor."""
    node, said = node_of(asked.request), asked.request.query
    viewer = visitor_of(asked.request).viewer
    place = await asyncio.to_thread(where, said.get("near", ""))
    query = read_query(said, place, node.config.currency)
    query = replace(query, limit=asked.limit, cursor=asked.cursor, order=order or query.order)
    return await listings.search(asked.reader, query, viewer, node.clock.now())


def _hit(hit: Hit, said: Details | None, base: str) -> Sequence[Cell]:
    """What it says by its kind, and its further prices, as a file of the exchange has them."""
    price = hit.price or PriceView()
    return (
        hit.title,
        hit.summary,
        hit.kind,
        hit.category,
        hit.coop_name,
        hit.place_name,
        price.amount,
        price.maximum,
        price.currency,
        price.unit,
        price.hours,
        listings.written_seasons(price.seasons) or None,
        hit.language,
        hit.updated_at,
        base + hit.url,
        dict(said) if said else None,
        listings.written_prices(hit.prices[1:]),
    )


async def _coops(asked: Asked) -> Part:
    seen = await directory_of(asked.request, asked.reader)
    ours = node_of(asked.request).federation.identities.coop.uri
    rows: list[Sequence[Cell]] = [
        (
            one.peer.name,
            one.peer.summary,
            one.peer.uri,
            one.peer.place,
            None if one.peer.lat is None else str(one.peer.lat),
            None if one.peer.lon is None else str(one.peer.lon),
            one.offers,
            ", ".join(kind for kind, _count in one.kinds),
            one.told.line("legal-form"),
            one.told.opening,
            one.told.join,
            ", ".join(sorted(_federations(one))),
            f"{asked.address}/coops/{one.peer.authority}",
            one.told.line("founded-on"),
            ", ".join(one.told.lines("sectors")),
            one.told.governance,
            one.told.line("jurisdiction"),
            one.told.line("register-page"),
            ", ".join(one.told.languages),
            one.told.line("currency"),
            ", ".join(one.vouched_by(ours)),
        )
        for one in seen.found
    ]
    return Part(rows)


def _federations(one: Neighbour) -> set[str]:
    """For members those that we are in as well; for everybody those that it names itself."""
    return {each.name for each in one.federations} | {each.name for each in one.names}


LISTS = (
    List(
        "/search",
        _("Find"),
        FOUND,
        visitor_of,
        _found,
        _newest,
        is_public=True,
        most=MOST_FOUND,
    ),
    List("/coops", _("Coops we work with"), COOPS, visitor_of, _coops, is_public=True),
)
