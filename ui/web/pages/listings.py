"""One listing, ours or a neighbour's; one's own, pausing them and taking them down."""

import asyncio

from aiohttp import web

from node import listings, places
from node.accounts import AccountView
from node.errors import NotAllowed, NotFound
from node.i18n import _
from node.listings import ListingView, MirrorView, State
from ui.web import map as drawn_map
from ui.web.cards import listing_card
from ui.web.context import member_of, node_of, visitor_of
from ui.web.navigation import see_other
from ui.web.reading import read_text
from ui.web.templating import render
from ui.web.when import next_times

routes = web.RouteTableDef()

# What a button is called on the page, the event of the listing's state table, what is told after.
TOLD = {"publish": "published", "pause": "paused", "resume": "resumed", "retire": "retired"}


@routes.get("/listings/{id}")
async def show(request: web.Request) -> web.StreamResponse:
    """The page for a person; a peer's node gets the signed document from the same address."""
    node, visitor = node_of(request), visitor_of(request)
    async with node.reading() as reader:
        listing = await listings.listing(reader, request.match_info["id"])
        if listing is None or not listings.visible(listing, visitor.viewer):
            raise _nothing(listing)
        is_withheld = listing.state is State.WITHHELD
        case = await listings.case_of(reader, listing.id) if is_withheld else None
        spread = await listings.spread(reader, listing.id)
        free = await next_times(reader, listing)
        fitting = await listings.fitting(reader, listing, visitor.viewer, node.clock.now())
        profile = await node.profile(reader)
    return await render(
        request,
        "listings/show.html",
        here="find",
        listing=listing,
        spread=spread,
        free=free,
        fitting=fitting,
        case=case,
        card=listing_card(node.config.address, node.weave, profile, listing),
        may_change=_may_change(visitor.account, listing),
        events=listings.events_from(listing.state),
        drawing=await _drawing(request, listing),
    )


@routes.get("/listings/{id}/note")
async def to_listing(request: web.Request) -> web.StreamResponse:
    """The address of the companion Note, followed by a person."""
    return see_other(f"/listings/{request.match_info['id']}")


@routes.get("/mirrors/{id}")
async def show_mirror(request: web.Request) -> web.StreamResponse:
    node, visitor = node_of(request), visitor_of(request)
    async with node.reading() as reader:
        mirror = await listings.mirror(reader, request.match_info["id"])
        if mirror is None or not listings.mirror_visible(mirror, visitor.viewer):
            raise NotFound(_("This offer is not here. Its coop may have taken it down."))
        fitting = await listings.fitting(reader, mirror, visitor.viewer, node.clock.now())
    return await render(
        request,
        "listings/mirror.html",
        here="find",
        listing=mirror,
        fitting=fitting,
        drawing=await _drawing(request, mirror),
    )


@routes.get("/mine")
async def mine(request: web.Request) -> web.StreamResponse:
    account, node = member_of(request), node_of(request)
    everybody = visitor_of(request).is_admin and request.query.get("whose") == "all"
    async with node.reading() as reader:
        own = await listings.mine(reader, None if everybody else account.id)
        spreads = await listings.spreads(reader, [listing.id for listing in own])
    return await render(
        request, "listings/mine.html", here="mine", own=own, spreads=spreads, everybody=everybody
    )


@routes.post("/listings/{id}/state")
async def change_state(request: web.Request) -> web.StreamResponse:
    listing, account = await own_listing(request), member_of(request)
    event = await read_text(request, "event")
    await node_of(request).write(
        lambda uow: listings.change_state(uow, listing.id, event, by=account.id)
    )
    return see_other(f"/listings/{listing.id}", told=TOLD.get(event, "saved"))


async def own_listing(request: web.Request) -> ListingView:
    """The listing of the address, if the person may change it."""
    account = member_of(request)
    async with node_of(request).reading() as reader:
        listing = await listings.listing(reader, request.match_info["id"])
    if listing is None:
        raise _nothing(None)
    if not _may_change(account, listing):
        raise NotAllowed(_("Only who wrote this, or an admin, may change it."), "own-listing")
    return listing


def _may_change(account: AccountView | None, listing: ListingView) -> bool:
    return account is not None and (listing.by == account.id or "admin" in account.roles)


def _nothing(listing: ListingView | None) -> NotFound | web.HTTPGone:
    if listing is not None and listing.state == "retired":
        return web.HTTPGone(text=str(_("This offer was taken down by its coop.")))
    return NotFound(_("This offer is not here, or not open to you. Members may need to sign in."))


async def _drawing(request: web.Request, shown: ListingView | MirrorView) -> str:
    """Where it is, as a map; none for who saves data and has not asked for it."""
    if shown.lat is None or shown.lon is None:
        return ""
    if visitor_of(request).saves_data and "map" not in request.query:
        return ""
    at = places.rounded(shown.lat, shown.lon)
    return await asyncio.to_thread(drawn_map.draw, [], at, height=220, title=shown.title)
