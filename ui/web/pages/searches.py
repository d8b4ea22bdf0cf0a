"""Searches that a person keeps: news of them, looking at them, forgetting them."""

import asyncio
from collections.abc import Mapping

from aiohttp import web
from yarl import URL

from node import i18n, listings, searches
from node.errors import NotFound
from node.i18n import _
from node.listings import SearchQuery
from ui.web.category_words import category_word
from ui.web.context import member_of, node_of
from ui.web.navigation import see_other
from ui.web.pages.search import Where, chosen, read_query, where
from ui.web.price_words import number
from ui.web.reading import read_form
from ui.web.templating import render
from ui.web.words import kind_word, way_word

routes = web.RouteTableDef()

_ASKED = (
    *("q", "near", "within_km", "kind", "category", "coop", "lang", "origin", "order"),
    *("pays", "price_from", "price_to", "currency"),
    *(detail.key for detail in listings.PICKED),
)


@routes.get("/searches")
async def kept(request: web.Request) -> web.StreamResponse:
    account = member_of(request)
    async with node_of(request).reading() as reader:
        mine = await searches.kept(reader, account)
    return await render(request, "search/searches.html", here="find", kept=mine)


@routes.post("/searches")
async def keep(request: web.Request) -> web.StreamResponse:
    """The search of the page that the button stood on; its fields come along."""
    account, given = member_of(request), await read_form(request)
    asked = {name: text for name in _ASKED if (text := str(given.get(name, ""))[:500].strip())}
    place = await asyncio.to_thread(where, asked.get("near", ""))
    query = read_query(asked, place, node_of(request).config.currency)
    name = _name(query, place, asked)
    link = URL.build(query=asked).query_string
    await node_of(request).write(lambda uow: searches.keep(uow, account, name, query, link))
    return see_other("/searches", told="search-kept")


@routes.get("/searches/{id}")
async def look(request: web.Request) -> web.StreamResponse:
    """Its results, newest first; what is there now has been seen."""
    account, search_id = member_of(request), request.match_info["id"]
    async with node_of(request).reading() as reader:
        search = await searches.kept_search(reader, account, search_id)
    if search is None:
        raise NotFound(_("You keep no such search."))
    await node_of(request).write(lambda uow: searches.mark_seen(uow, account, search_id))
    url = URL(f"/search?{search.link}")
    raise web.HTTPSeeOther(url.update_query(order="newest") if search.fresh else url)


@routes.post("/searches/{id}/forget")
async def forget(request: web.Request) -> web.StreamResponse:
    account, search_id = member_of(request), request.match_info["id"]
    await node_of(request).write(lambda uow: searches.forget(uow, account, search_id))
    return see_other("/searches", told="search-forgotten")


def _name(query: SearchQuery, place: Where, asked: Mapping[str, str]) -> str:
    """What was asked for, in the words of the page."""
    said = [
        query.q,
        str(kind_word(query.kind)) if query.kind else "",
        category_word(query.category or ""),
        _around(query, place),
        i18n.language_name(query.lang) if query.lang else "",
        str(way_word(query.pays)) if query.pays else "",
        *(str(one.words[said]) for one in listings.PICKED if (said := chosen(query, one))),
        _span(query, asked),
    ]
    return " · ".join(filter(None, said)) or str(_("Everything new"))


def _around(query: SearchQuery, place: Where) -> str:
    if not (place.text and query.within_km):
        return place.name
    return str(
        _("Within %(km)s km of %(place)s", km=number(round(query.within_km)), place=place.name)
    )


def _span(query: SearchQuery, asked: Mapping[str, str]) -> str:
    if not query.has_span:
        return ""
    ends = "–".join(asked.get(name, "") for name in ("price_from", "price_to"))
    return f"{ends} {query.currency}"
