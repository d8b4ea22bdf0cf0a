"""What is found, for programs that read news and for spreadsheets: the same search as the page."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from aiohttp import web

from node import listings, spreadsheets
from node.listings import ANYBODY, Hit, PriceView, SearchQuery
from protocol import datetimes
from ui.web import atom
from ui.web.context import node_of
from ui.web.pages.search import read_query, where

routes = web.RouteTableDef()

MOST = 100
_HEADERS = {"Cache-Control": "public, max-age=300"}
COLUMNS = (
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
    "language",
    "changed",
    "address",
)


@routes.get("/search.atom")
async def feed(request: web.Request) -> web.StreamResponse:
    """The newest that anybody may find (RFC 4287)."""
    query, hits = await _found(request, "newest")
    config = node_of(request).config
    return atom.feed(
        "search/feed.xml",
        _HEADERS,
        coop=config.name,
        address=config.address,
        path=request.rel_url.raw_path_qs,
        words=query.q,
        hits=hits,
        last=max((hit.updated_at for hit in hits), default=node_of(request).clock.now()),
    )


@routes.get("/search.csv")
async def table(request: web.Request) -> web.StreamResponse:
    """The hundred that fit best, of what anybody may find (RFC 4180)."""
    _query, hits = await _found(request, None)
    base = node_of(request).config.address
    written = spreadsheets.table(COLUMNS, (_row(hit, base) for hit in hits))
    headers = _HEADERS | {"Content-Disposition": 'attachment; filename="listings.csv"'}
    return web.Response(
        body=written.encode(), content_type="text/csv", charset="utf-8", headers=headers
    )


def _row(hit: Hit, base: str) -> list[str]:
    said = (hit.title, hit.summary, hit.kind, hit.category, hit.coop_name, hit.place_name)
    cells = [spreadsheets.guarded(each or "") for each in said]
    price = hit.price or PriceView()
    sums = ["" if one is None else f"{one:f}" for one in (price.amount, price.maximum)]
    per = [spreadsheets.guarded(each or "") for each in (price.currency, price.unit)]
    return [*cells, *sums, *per, hit.language, datetimes.format(hit.updated_at), base + hit.url]


async def _found(
    request: web.Request, order: listings.Order | None
) -> tuple[SearchQuery, Sequence[Hit]]:
    node = node_of(request)
    place = await asyncio.to_thread(where, request.query.get("near", ""))
    query = replace(read_query(request.query, place, node.config.currency), limit=MOST, cursor=None)
    query = replace(query, order=order or query.order)
    async with node.reading() as reader:
        page = await listings.search(reader, query, ANYBODY, node.clock.now())
    return query, page.hits
