"""One listing, ours or a neighbour's; one's own, pausing them and taking them down."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from federation.storage import Reader
from node import listings, places, profiles
from node.accounts import AccountView
from node.errors import Conflict, InvalidInput, NotAllowed, NotFound
from node.i18n import _
from node.listings import Hit, ListingView, MirrorView, State
from ui.web import map as drawn_map
from ui.web import meanwhile, moderation_forms, pictures
from ui.web.cards import listing_card
from ui.web.context import member_of, moderator_of, node_of, visitor_of
from ui.web.navigation import see_other
from ui.web.numbers import whole
from ui.web.reading import read_form, read_text
from ui.web.templating import render
from ui.web.when import next_times

routes = web.RouteTableDef()

# What a button is called on the page, the event of the listing's state table, what is told after.
TOLD = {
    "publish": "published",
    "pause": "paused",
    "resume": "resumed",
    "retire": "retired",
    "renew": "renewed",
    "take-back": "draft-again",
}
WIDEST_RING_KM = 500
"""Wider, the map would be of the country, and weigh more than the page."""
_REVIEWED = web.RequestKey("reviewed", moderation_forms.ReviewForm)


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
        watched = await listings.is_watched(reader, listing.id)
        profile = await node.profile(reader)
        person = await _whose(reader, listing, visitor.account)
        waits = visitor.account is not None and await listings.is_looked_at_first(
            reader, visitor.account.id
        )
    looks = visitor.may_change(listing) or visitor.moderates
    has_change = looks and listing.rewritten is not None
    shown = listing.latest if has_change and request.query.get("as") != "others" else listing
    return await render(
        request,
        "listings/show.html",
        here="find",
        listing=shown,
        said=shown.telling(request.query.get("in") or visitor.language),
        has_change=has_change,
        shows_change=shown is not listing,
        looked_at_first=waits,
        review_form=_review_form(request, listing),
        rewritten=meanwhile.rewritten(listing, listing.latest) if has_change else [],
        ends_soon=listings.ends_soon(listing.updated_at, listing.expires_at, node.clock.now()),
        picture_sizes=await _sizes(request, shown, fitting),
        person=person,
        spread=spread,
        free=free,
        fitting=fitting,
        watched=watched,
        case=case,
        card=listing_card(node.config.address, node.weave, profile, listing),
        may_change=visitor.may_change(listing),
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
        mirror = await mirror_shown(request, reader)
        fitting = await listings.fitting(reader, mirror, visitor.viewer, node.clock.now())
    return await render(
        request,
        "listings/mirror.html",
        here="find",
        listing=mirror,
        said=mirror.telling(request.query.get("in") or visitor.language),
        picture_sizes=await _sizes(request, mirror, fitting),
        fitting=fitting,
        drawing=await _drawing(request, mirror),
    )


@routes.get("/mine")
async def mine(request: web.Request) -> web.StreamResponse:
    account, node = member_of(request), node_of(request)
    everybody = visitor_of(request).is_admin and request.query.get("whose") == "all"
    async with node.reading() as reader:
        whose = None if everybody else account.id
        own = await listings.mine(reader, whose, account.colleagues, account.teams)
        down = await listings.taken_down(reader, account.id, account.colleagues, account.teams)
        spreads = await listings.spreads(reader, [listing.id for listing in own])
    return await render(
        request,
        "listings/mine.html",
        here="mine",
        own=own,
        taken_down=[] if everybody else down,
        spreads=spreads,
        everybody=everybody,
    )


@routes.post("/listings/{id}/state")
async def change_state(request: web.Request) -> web.StreamResponse:
    listing, account = await own_listing(request), member_of(request)
    event = await read_text(request, "event")
    after = await node_of(request).write(
        lambda uow: listings.change_state(uow, listing.id, event, by=account.id)
    )
    told = "sent-in" if after.state is State.IN_REVIEW else TOLD.get(event, "saved")
    if listing.rewritten and event == "take-back":
        told = "saved"
    return see_other(f"/listings/{listing.id}", told=told)


@routes.post("/listings/{id}/watch")
async def watch(request: web.Request) -> web.StreamResponse:
    """Hear of what may fit it, or no more."""
    listing, do = await own_listing(request), await read_text(request, "do")
    change = listings.watch if do == "watch" else listings.unwatch
    await node_of(request).write(lambda uow: change(uow, [listing.id]))
    return see_other(f"/listings/{listing.id}", told="saved")


@routes.post("/listings/{id}/review")
async def review(request: web.Request) -> web.StreamResponse:
    """Publish what waits to be looked at, or send it back with a reason."""
    account, listing_id = moderator_of(request), request.match_info["id"]
    form = moderation_forms.ReviewForm(await read_form(request))
    act, words = str(form.do.data or ""), str(form.words.data or "")
    version = version_in(form.data, otherwise=0)
    try:
        await node_of(request).write(
            lambda uow: listings.review(
                uow, listing_id, act, by=account, expected_version=version, words=words
            )
        )
    except InvalidInput as error:
        form.complain(error.fields)
        return await _review_again(request, form, 422)
    except Conflict as error:
        if error.code != "edited-meanwhile":
            raise
        form.complain({"words": [error.public_message]})
        return await _review_again(request, form, 409)
    return see_other("/moderation", told="approved" if act == "approve" else "sent-back")


async def _review_again(
    request: web.Request, form: moderation_forms.ReviewForm, status: int
) -> web.StreamResponse:
    """The listing as it is now, with what was typed and what is wrong with it."""
    request[_REVIEWED] = form
    answer = await show(request)
    answer.set_status(status)
    return answer


def version_in(data: Mapping[str, Any], otherwise: int) -> int:
    """The version that a form of ours was opened on; otherwise: where it says none."""
    text = str(data.get("version") or "")
    if not text:
        return otherwise
    return whole(text, 10**9) or 0


async def own_listing(request: web.Request) -> ListingView:
    """The listing of the address as it was left last, if the person may change it."""
    member_of(request)
    async with node_of(request).reading() as reader:
        listing = await listings.listing(reader, request.match_info["id"])
    if listing is None:
        raise _nothing(None)
    if not visitor_of(request).may_change(listing):
        raise NotAllowed(_("Only who wrote this, or an admin, may change it."), "own-listing")
    return listing.latest


async def mirror_shown(request: web.Request, reader: Reader) -> MirrorView:
    """The neighbour's listing that the address names. Raises NotFound for one that this visitor
    does not see."""
    mirror = await listings.mirror(reader, request.match_info["id"])
    if mirror is None or not listings.mirror_visible(mirror, visitor_of(request).viewer):
        raise NotFound(_("This offer is not here. Its coop may have taken it down."))
    return mirror


async def standing_listing(request: web.Request) -> ListingView:
    """`own_listing`, for a page that changes it; what was taken down has its own page alone."""
    listing = await own_listing(request)
    if listing.state is State.RETIRED:
        raise web.HTTPSeeOther(f"/listings/{listing.id}")
    return listing


def _review_form(request: web.Request, listing: ListingView) -> moderation_forms.ReviewForm | None:
    """For who looks at listings first."""
    account = visitor_of(request).account
    waits = listing.state is State.IN_REVIEW or listing.rewritten_at is not None
    if not waits or account is None:
        return None
    if not listings.may_review(account.roles):
        return None
    return request.get(_REVIEWED) or moderation_forms.ReviewForm()


async def _sizes(
    request: web.Request, listing: ListingView | MirrorView, beside: Sequence[Hit]
) -> dict[str, int]:
    if not visitor_of(request).saves_data:
        return {}
    node = node_of(request)
    own = await pictures.sizes(node, listing.shown[:1], pictures.ON_PAGES)
    return await pictures.of_hits(node, beside) | own


async def _whose(
    reader: Reader, listing: ListingView, account: AccountView | None
) -> profiles.Shown | None:
    """Whoever wrote it, as far as they show themselves to who looks."""
    looking = account.id if account else None
    known = await profiles.of_accounts(reader, [listing.by, looking])
    if listing.by is None or listing.by not in known:
        return None
    return profiles.shown(known[listing.by], profiles.viewer_as(looking, known))


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
    km = shown.radius_km if (shown.radius_km or 0) <= WIDEST_RING_KM else None
    return await asyncio.to_thread(
        drawn_map.draw, [], at, height=220, title=shown.title, ring_km=km
    )
