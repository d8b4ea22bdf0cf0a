"""Listings by API: search as everybody may read them; write one's own."""

import asyncio
from decimal import Decimal
from typing import Any, Literal

from msgspec import UNSET
from msgspec.structs import replace

from federation.storage import Reader
from node import content, limits, listings, media, places
from node.errors import Conflict, InvalidInput, NotAllowed, NotFound
from node.i18n import _
from node.listings import (
    COOP,
    Hit,
    Kind,
    ListingDraft,
    ListingView,
    MirrorView,
    Picture,
    SearchQuery,
    Shown,
    Translation,
    Visibility,
)
from node.media import PictureUnreadable
from ui.web.api import conditions, prices, types
from ui.web.api.endpoints import LARGEST_BODY, Call, EndpointTable
from ui.web.pages.search import smallest

table = EndpointTable()

_LARGEST_PICTURE = limits.PICTURE_API_BYTES * 4 // 3 + LARGEST_BODY
# The least PNG: one white pixel.
_A_PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mP4DwABAQEAHLCMmQAAAABJRU5ErkJggg=="
)


@table.add(
    "GET",
    "/listings",
    "Search our listings and those of the coops we work with; an empty q lists all",
    query=types.ListingSearch,
    answer=types.ListingPage,
)
async def search(call: Call) -> types.ListingPage:
    asked: types.ListingSearch = call.query
    query = SearchQuery(
        q=asked.q,
        near=await position(asked.near),
        within_km=asked.within_km,
        kind=asked.kind,
        category=asked.category,
        coop=asked.coop,
        lang=asked.lang,
        origin=asked.origin,
        limit=asked.limit,
        cursor=asked.cursor,
        insist=asked.insist,
        order=asked.order,
        pays=asked.pays,
        picks=tuple(filter(None, asked.picks.split(","))),
        **_prices_asked(asked, call.node.config.currency),
    )
    async with call.node.reading() as reader:
        page = await listings.search(reader, query, call.visitor.viewer, call.node.clock.now())
    return types.ListingPage(
        items=[_item(call, hit) for hit in page.hits],
        next=page.next,
        total=page.total,
        total_is_floor=page.total_is_floor,
        facets={
            name: [types.FacetCount(entry.value, entry.count) for entry in counts]
            for name, counts in page.facets.items()
        },
        corrections=[types.Correction(one.typed, list(one.found)) for one in page.corrections],
    )


@table.add("GET", "/listings/{id}", "One listing, ours or a mirror", answer=types.ListingDetail)
async def read(call: Call) -> types.ListingDetail:
    async with call.node.reading() as reader:
        found = await shown(call, reader)
    return detail(call, found) if isinstance(found, ListingView) else _mirror_detail(call, found)


async def shown(call: Call, reader: Reader) -> ListingView | MirrorView:
    """The listing that the address names, ours or a mirror. Raises NotFound for one that the
    caller does not see."""
    listing = await listings.listing(reader, call.path["id"])
    if listing is not None and listings.visible(listing, call.visitor.viewer):
        return listing
    mirror = await listings.mirror(reader, call.path["id"])
    if mirror is None or not listings.mirror_visible(mirror, call.visitor.viewer):
        raise NotFound(_("There is no such listing, or it is not open to you."))
    return mirror


@table.add(
    "POST",
    "/listings",
    "Write a listing; publish at once with publish: true",
    scope="listings:write",
    body=types.ListingNew,
    answer=types.ListingDetail,
    status=201,
    example={
        "title": "Sourdough loaf",
        "kind": "goods",
        "details": {"condition": "new", "allergens": ["gluten"], "pickup": ["Fridays 4 to 6"]},
        "publish": True,
    },
)
async def create(call: Call) -> types.ListingDetail:
    given: types.ListingNew = call.body
    draft = _changed(_blank(call, given), given)
    await listings.at_hand()
    listing = await call.node.write(
        lambda uow: listings.create(uow, draft, by=call.account.id, publish=given.publish)
    )
    return detail(call, listing)


@table.add(
    "PATCH",
    "/listings/{id}",
    "Change a listing or its state; what is not sent stays",
    scope="listings:write",
    body=types.ListingChange,
    answer=types.ListingDetail,
    example={"title": "Three-hour home clean", "event": "pause"},
)
async def change(call: Call) -> types.ListingDetail:
    given: types.ListingChange = call.body
    current = await own_listing(call)
    draft = _changed(listings.draft_of(current), given)
    expected = current.version if given.version is UNSET else given.version

    async def work(uow: Any) -> ListingView:
        listing = await listings.edit(
            uow, current.id, draft, by=call.account.id, expected_version=expected
        )
        if given.event is not UNSET:
            listing = await listings.change_state(uow, current.id, given.event, by=call.account.id)
        return listing

    await listings.at_hand()
    return detail(call, await call.node.write(work))


@table.add(
    "POST",
    "/listings/{id}/pictures",
    "Add a picture (JPEG, PNG, WebP, GIF or AVIF); it is drawn anew, without where it was taken",
    scope="listings:write",
    body=types.PictureNew,
    answer=types.ListingDetail,
    status=201,
    example={"content": _A_PIXEL, "alt": "A loaf on a board"},
    largest=_LARGEST_PICTURE,
)
async def add_picture(call: Call) -> types.ListingDetail:
    given: types.PictureNew = call.body
    current = await own_listing(call)
    try:
        digest = await call.node.pictures.take(given.content, by=call.account.id)
    except PictureUnreadable as error:
        raise InvalidInput({"content": [str(error)]}) from None

    async def work(uow: Any) -> ListingView:
        size = (await media.known(uow, [digest])).get(digest)
        if size is None:
            raise Conflict(_("That picture was swept away in between. Send it again."))
        added = Picture(digest, given.alt, *size)
        before = listings.draft_of(current)
        others = (one for one in before.pictures if one.digest != digest)
        return await listings.edit(
            uow,
            current.id,
            replace(before, pictures=(*others, added)),
            by=call.account.id,
            expected_version=current.version,
        )

    await listings.at_hand()
    return detail(call, await call.node.write(work))


@table.add(
    "DELETE",
    "/listings/{id}",
    "Take a listing down; coops that have it are told to forget it",
    scope="listings:write",
    status=204,
)
async def take_down(call: Call) -> None:
    current = await own_listing(call)
    await call.node.write(
        lambda uow: listings.change_state(uow, current.id, "retire", by=call.account.id)
    )


async def own_listing(call: Call) -> ListingView:
    async with call.node.reading() as reader:
        listing = await listings.listing(reader, call.path["id"])
    if listing is None or not listings.visible(listing, call.visitor.viewer):
        raise NotFound(_("There is no such listing of ours."))
    if not call.visitor.may_change(listing):
        raise NotAllowed(_("Only who wrote this, or an admin, may change it."), "own-listing")
    return listing.latest


async def position(text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    if point := places.pointed(text):
        return point
    place = await asyncio.to_thread(places.best, text)
    if place is None:
        raise InvalidInput({"near": [_("Give lat,lon or the name of a town, like Leeds, GB.")]})
    return place.lat, place.lon


def _prices_asked(asked: types.ListingSearch, own: str) -> dict[str, Any]:
    currency = asked.currency or own
    ends = (("least", "price_from", asked.price_from), ("most", "price_to", asked.price_to))
    given: dict[str, Any] = (
        {"currency": currency} if asked.currency or asked.order == "price" else {}
    )
    for end, name, amount in ends:
        if amount is not None:
            given |= {"currency": currency, end: _sum(name, amount, currency)}
    return given


def _sum(name: str, amount: Decimal, currency: str) -> int:
    """A sum asked for; what is wrong with it is told under its own name."""
    try:
        return smallest(amount, currency)
    except InvalidInput as error:
        told = {name if field == "amount" else field: why for field, why in error.fields.items()}
        raise InvalidInput(told) from None


def _blank(call: Call, given: types.ListingNew) -> ListingDraft:
    return ListingDraft(title=given.title, language=call.node.config.language)


def _changed(draft: ListingDraft, given: types.ListingChange) -> ListingDraft:
    """The draft with every field that was sent in place of its own."""
    plain = (
        "title",
        "summary",
        "body",
        "category",
        "expires_on",
        "source_id",
        "provider",
    )
    values: dict[str, Any] = {
        name: getattr(given, name) for name in plain if getattr(given, name) is not UNSET
    }
    if given.kind is not UNSET:
        values["kind"] = Kind(given.kind)
    if given.visibility is not UNSET:
        values["visibility"] = Visibility(given.visibility)
    for name in ("tags", "languages"):
        if getattr(given, name) is not UNSET:
            values[name] = tuple(getattr(given, name))
    if given.languages is not UNSET and given.languages:
        values["language"] = given.languages[0]
    if given.translations is not UNSET:
        values["translations"] = tuple(
            Translation(one.language, one.title, one.summary, one.body, one.details, one.phrases)
            for one in given.translations
        )
    if given.place is not UNSET:
        place = given.place or types.PlaceGiven()
        values |= {"place": place.name, "lat": place.lat, "lon": place.lon}
        if place.radius_km is not UNSET:
            values["radius_km"] = place.radius_km
    if given.conditions is not UNSET:
        values["conditions"] = conditions.read(given.conditions or types.Conditions())
    if given.details is not UNSET:
        values["details"] = given.details or {}
        listings.check_details(values["details"], values.get("kind", draft.kind))
    if given.pictures is not UNSET:
        values["pictures"] = tuple(_picture(draft, one) for one in given.pictures)
    return prices.read(given, replace(draft, **values))


def _picture(draft: ListingDraft, given: types.PictureGiven) -> Picture:
    known = {one.digest: one for one in draft.pictures}
    if given.digest not in known:
        complaint = _("The listing has no such picture. Send it to /listings/{id}/pictures.")
        raise InvalidInput({"pictures": [complaint]})
    return replace(known[given.digest], alt=given.alt)


def _shown(call: Call, one: Shown, digest: str | None = None) -> types.PictureItem:
    at = call.node.config.address
    return types.PictureItem(
        at + one.at(1600), at + one.at(320), one.alt, one.width, one.height, digest
    )


def _item(call: Call, hit: Hit) -> types.ListingItem:
    return types.ListingItem(
        id=hit.id,
        uri=hit.uri,
        title=hit.title,
        summary=hit.summary,
        kind=hit.kind,
        coop=types.Coop(hit.coop_name, hit.coop_uri),
        place=_place(hit.place_name, hit.lat, hit.lon),
        distance_km=None if hit.distance_km is None else round(hit.distance_km, 1),
        price=prices.written(hit.price),
        url=call.node.config.address + hit.url,
        origin="local" if hit.origin == "local" else "remote",
        language=hit.language,
        state=hit.state,
        updated_at=hit.updated_at,
        picture=_shown(call, hit.picture) if hit.picture else None,
        prices=prices.all_written(hit.prices),
    )


def detail(call: Call, listing: ListingView) -> types.ListingDetail:
    ours = call.node.federation.identities.coop.uri
    change: Literal["in-review", "draft"] | None = None
    if listing.rewritten and (call.visitor.may_change(listing) or call.visitor.moderates):
        change = "in-review" if listing.rewritten_at else "draft"
        listing = listing.latest
    return types.ListingDetail(
        coop=types.Coop(call.node.config.name, ours),
        url=listing.uri,
        visibility=listing.visibility,
        version=listing.version,
        review_note=None if listing.rewritten and not change else listing.review_note,
        change=change,
        provider=None if listing.by else listing.team or COOP,
        origin="local",
        pictures=[
            _shown(call, one, picture.digest)
            for one, picture in zip(listing.shown, listing.pictures, strict=True)
        ],
        **_shared(listing),
    )


def _mirror_detail(call: Call, mirror: MirrorView) -> types.ListingDetail:
    return types.ListingDetail(
        coop=types.Coop(mirror.coop_name, mirror.coop_uri),
        url=f"{call.node.config.address}/mirrors/{mirror.id}",
        visibility=mirror.visibility,
        version=0,
        origin="remote",
        pictures=[_shown(call, one) for one in mirror.shown],
        **_shared(mirror),
    )


def _shared(listing: ListingView | MirrorView) -> dict[str, Any]:
    return {
        "id": listing.id,
        "uri": listing.uri,
        "kind": listing.kind,
        "title": listing.title,
        "summary": listing.summary,
        "body": listing.body,
        "category": listing.category,
        "tags": list(listing.tags),
        "languages": list(listing.languages),
        "language": listing.language or None,
        "translations": [
            types.Translation(
                language=one.language,
                title=one.title,
                summary=one.summary,
                body=one.body if isinstance(listing, ListingView) else content.plain(one.body),
                details=dict(one.details),
                phrases=dict(one.phrases),
            )
            for one in listing.translations
        ],
        "place": _around(listing),
        "price": prices.written(listing.price),
        "prices": prices.all_written(listing.prices),
        "extras": prices.extras_written(listing.extras),
        "conditions": conditions.written(listing.conditions),
        "details": dict(listing.details),
        "expires_at": listing.expires_at,
        "state": listing.state,
        "updated_at": listing.updated_at,
    }


def _place(name: str | None, lat: float | None, lon: float | None) -> types.Place | None:
    return None if name is None and lat is None else types.Place(name, lat, lon)


def _around(listing: ListingView | MirrorView) -> types.PlaceAround | None:
    name, lat, lon = listing.place_name, listing.lat, listing.lon
    if name is None and lat is None:
        return None
    return types.PlaceAround(name, lat, lon, listing.radius_km)
