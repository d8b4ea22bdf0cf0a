"""Find an offer or a need, here and in every coop we work with."""

import asyncio
import math
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Literal

from aiohttp import web
from msgspec import Struct
from msgspec.structs import replace

from federation.storage import Reader
from node import listings, places
from node.accounts import AccountView
from node.errors import InvalidInput
from node.i18n import Text, _
from node.listings import Detail, Hit, Kind, Order, SearchPage, SearchQuery, Weights
from node.money import HOUR, Money, is_currency, scale_of
from ui.web import map as drawn_map
from ui.web import pictures
from ui.web.context import node_of, visitor_of
from ui.web.navigation import LONGEST_URI, LONGEST_WORDS, carried
from ui.web.numbers import with_point
from ui.web.templating import distance, render, with_query

routes = web.RouteTableDef()

PAGE_SIZE = 20
RINGS_KM = (5, 25, 100)
DEFAULT_RING_KM = 25

ORDERS: dict[Order, Text] = {
    "fit": _("Best fitting first"),
    "nearest": _("Nearest first"),
    "newest": _("Newest first"),
    "price": _("Lowest price first"),
}
_OF_ONE_PAGE = ("cursor", "told")
_ORIGINS: dict[str, Literal["local", "remote"]] = {"local": "local", "remote": "remote"}


class Where(Struct, frozen=True):
    """The place a search is about. known: False when nobody could tell where `text` is."""

    text: str
    position: tuple[float, float] | None
    known: bool = True

    @property
    def name(self) -> str:
        """What it is called: of two degrees the nearest town."""
        point = places.pointed(self.text)
        return places.called(*places.rounded(*point)) if point else self.text

    @property
    def unknown(self) -> Text:
        """What to do when it is not known."""
        return places.unknown(self.text)


def where(text: str) -> Where:
    """A place from what was typed: a name, two degrees with a comma between, or a map's link."""
    if point := places.pointed(text):
        return Where("{},{}".format(*point), point)
    text = text.strip()[:100]
    if not text:
        return Where("", None)
    place = places.best(text)
    return Where(text, (place.lat, place.lon)) if place else Where(text, None, known=False)


def ring(text: str | None) -> float | None:
    """Kilometres around the place; anything unreadable means the usual ring."""
    if text == "any":
        return None
    try:
        km = float(text or DEFAULT_RING_KM)
    except ValueError:
        return DEFAULT_RING_KM
    return min(max(km, 1.0), 2000.0) if math.isfinite(km) else DEFAULT_RING_KM


def smallest(amount: Decimal, currency: str) -> int:
    """A sum in the smallest unit of its currency. Raises InvalidInput."""
    if not is_currency(currency):
        raise InvalidInput({"currency": [_("Use a currency code such as GBP, EUR or HOUR.")]})
    return Money.of(amount, currency).amount


def sum_in(text: str | None, currency: str) -> int | None:
    """A sum as it was typed, in the smallest unit; None for what is none."""
    try:
        amount = smallest(Decimal(with_point(text or "")), currency)
    except (InvalidOperation, InvalidInput):
        return None
    return amount if amount >= 0 else None


def read_query(asked: Mapping[str, str], place: Where, own_currency: str) -> SearchQuery:
    """What the address of the page asks for; what it does not say, or says oddly, is as usual.

    own_currency: in which prices are compared unless it says in which.
    """
    order, pays = asked.get("order", ""), asked.get("pays", "")
    said = asked.get("currency", "").strip().upper()
    currency = said if is_currency(said) else own_currency
    ends = (sum_in(asked.get(name), currency) for name in ("price_from", "price_to"))
    least, most = ends
    if least is not None and most is not None:
        least, most = sorted((least, most))
    return SearchQuery(
        q=asked.get("q", "")[:LONGEST_WORDS],
        near=place.position,
        within_km=ring(asked.get("within_km")) if place.position else None,
        kind=next((one for one in Kind if one == asked.get("kind")), None),
        category=asked.get("category", "")[:LONGEST_WORDS] or None,
        coop=asked.get("coop", "")[:LONGEST_URI] or None,
        lang=asked.get("lang", "")[:LONGEST_WORDS] or None,
        origin=_ORIGINS.get(asked.get("origin", ""), "all"),
        limit=PAGE_SIZE,
        cursor=asked.get("cursor") or None,
        insist="insist" in asked,
        order=next((one for one in ORDERS if one == order), "fit"),
        pays=pays if listings.is_way(pays) else None,
        currency=currency,
        least=least,
        most=most,
        picks=_picks(asked),
    )


def _picks(asked: Mapping[str, str]) -> tuple[str, ...]:
    """What was chosen in details; each has a field of its own in the address."""
    said = (f"{one.key}-{asked[one.key]}" for one in listings.PICKED if asked.get(one.key))
    return tuple(pick for pick in said if pick in listings.PICKS)


async def from_home(
    request: web.Request, reader: Reader, query: SearchQuery
) -> tuple[SearchQuery, Where | None]:
    """The search as it is ranked from where the person is at home, and where that is; None where
    another place or order was asked for."""
    if request.query.get("near", "").strip() or query.order not in ("fit", "nearest"):
        return query, None
    home = await _home(request, reader)
    if home is None or request.query.get("home") == "no":
        return query, home
    return replace(query, near=home.position), home


async def _home(request: web.Request, reader: Reader) -> Where | None:
    """Where somebody offered or needed something last; else where the coop is."""
    account = visitor_of(request).account
    if account and (own := await listings.usual_place(reader, account.id)):
        return Where(own[0], own[1:])
    coop = await node_of(request).profile(reader)
    if coop.place is None or coop.lat is None or coop.lon is None:
        return None
    return Where(coop.place, (coop.lat, coop.lon))


@routes.get("/search")
async def search_page(request: web.Request) -> web.StreamResponse:
    node, visitor, asked = node_of(request), visitor_of(request), request.query
    # Towns and coasts are read from files at first use: 0.2 s that the loop must not stand still.
    place = await asyncio.to_thread(where, asked.get("near", ""))
    query = read_query(asked, place, node.config.currency)
    async with node.reading() as reader:
        query, home = await from_home(request, reader, query)
        page = await listings.search(reader, query, visitor.viewer, node.clock.now())
        own = await _own(reader, page, visitor.account)
    with_map = not visitor.saves_data or "map" in asked
    within = query.within_km
    picked = {detail: chosen(query, detail) for detail in listings.PICKED}
    drawing = await asyncio.to_thread(_map, page.hits, place, within) if with_map else ""
    return await render(
        request,
        "search/search.html",
        here="find",
        query=query,
        place=place,
        home=home,
        rings=RINGS_KM,
        reasons=lambda hit: _reasons(hit, page.weights),
        price_from=_typed(query.least, query.currency),
        price_to=_typed(query.most, query.currency),
        currencies=_currencies(query, page),
        picked=picked,
        picked_fields=[(detail.key, said) for detail, said in picked.items() if said],
        kept_fields=[(name, said) for name, said in carried(request) if name not in _OF_ONE_PAGE],
        orders={one: word for one, word in ORDERS.items() if one != "nearest" or query.near},
        page=page,
        own=own,
        most_compared=listings.MOST_COMPARED,
        drawing=drawing,
        picture_sizes=await pictures.of_hits(node, page.hits) if visitor.saves_data else {},
        with_map=with_map,
        corrected=list(dict.fromkeys(word for one in page.corrections for word in one.found)),
        link=lambda **changes: with_query(request, changes),
        next_link=with_query(request, {"cursor": page.next}) if page.next else None,
        paged=query.cursor is not None,
    )


async def _own(reader: Reader, page: SearchPage, account: AccountView | None) -> set[str]:
    """Which of the results somebody wrote: nobody writes to oneself, or asks for what is theirs."""
    ours = [hit.id for hit in page.hits if hit.origin == "local"]
    if account is None or not ours:
        return set()
    return await listings.own_among(reader, ours, account.id, account.colleagues, account.teams)


def chosen(query: SearchQuery, detail: Detail) -> str:
    """What of a detail is asked for."""
    before = f"{detail.key}-"
    return next((one.removeprefix(before) for one in query.picks if one.startswith(before)), "")


def _typed(amount: int | None, currency: str | None) -> str:
    """A sum as somebody would type it."""
    if amount is None or currency is None:
        return ""
    money = Money(amount, currency, scale_of(currency))
    return f"{money.decimal.normalize():f}"


def _currencies(query: SearchQuery, page: SearchPage) -> list[str]:
    """In which one may look: the one asked for, and those of what was found."""
    ways = [entry.value for entry in page.facets.get("pays", [])]
    codes = [HOUR if way == listings.TIME else way for way in ways if way != listings.GIFT]
    return list(dict.fromkeys(filter(None, [query.currency, *codes])))


def _reasons(hit: Hit, weights: Weights) -> list[tuple[Text, int]]:
    """What a result owes its place to, in points of a hundred."""
    km = hit.distance_km
    near = _("How near it is")
    if km is not None:
        near = _("How near it is: %(distance)s", distance=distance(km))
    marks = (
        (_("How well your words fit"), hit.marks.text, weights.text),
        (near, hit.marks.nearness, weights.nearness),
        (_("How new it is"), hit.marks.freshness, weights.freshness),
    )
    scale = sum(weight for _word, mark, weight in marks if mark is not None) or 1
    return [
        (word, round(100 * weight * mark / scale))
        for word, mark, weight in marks
        if mark is not None
    ]


def _map(hits: Sequence[Hit], around: Where, ring_km: float | None) -> str:
    markers = [
        drawn_map.Marker(hit.lat, hit.lon, hit.title, f"#r{place}", place)
        for place, hit in enumerate(hits, 1)
        if hit.lat is not None and hit.lon is not None
    ]
    return drawn_map.draw(markers, around.position, ring_km=ring_km) if markers else ""
