"""One listing, ours or a neighbour's; writing, changing and taking down one's own."""

import asyncio

from aiohttp import web

from node import listings, places
from node.accounts import AccountView
from node.errors import InvalidInput, NotAllowed, NotFound
from node.i18n import _
from node.listings import ListingDraft, ListingView
from ui.web import drafts, forms
from ui.web import map as drawn_map
from ui.web.cards import listing_card
from ui.web.context import member_of, node_of, visitor_of
from ui.web.navigation import see_other
from ui.web.reading import read_form, read_text
from ui.web.templating import render
from ui.web.when import next_times

routes = web.RouteTableDef()

# What a button is called on the page, the event of the listing's state table, what is told after.
TOLD = {"publish": "published", "pause": "paused", "resume": "resumed", "retire": "retired"}


@routes.get("/listings/new")
async def new_page(request: web.Request) -> web.StreamResponse:
    member_of(request)
    config = node_of(request).config
    form = forms.ListingForm(
        data={
            "kind": request.query.get("kind", "service"),
            "visibility": "public",
            "place": config.place,
            "currency": config.currency,
            "languages": visitor_of(request).language,
        }
    )
    return await render(request, "listings/edit.html", here="mine", form=form, listing=None)


@routes.post("/listings/new")
async def create(request: web.Request) -> web.StreamResponse:
    account = member_of(request)
    data = await read_form(request)
    form = forms.ListingForm(data)
    publish = data.get("then") == "publish"
    if not form.validate():
        return await _again(request, form, None)
    try:
        draft = drafts.from_form(form, language=visitor_of(request).language)
        if data.get("then") == "preview":
            return await _preview(request, form, draft, None)
        listing = await node_of(request).write(
            lambda uow: listings.create(uow, draft, by=account.id, publish=publish)
        )
    except InvalidInput as error:
        form.complain(error.fields)
        return await _again(request, form, None)
    return see_other(f"/listings/{listing.id}", told="published" if publish else "draft")


@routes.get("/listings/{id}")
async def show(request: web.Request) -> web.StreamResponse:
    """The page for a person; a peer's node gets the signed document from the same address."""
    node, visitor = node_of(request), visitor_of(request)
    async with node.reading() as reader:
        listing = await listings.listing(reader, request.match_info["id"])
        if listing is None or not listings.visible(listing, visitor.viewer):
            raise _nothing(listing)
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
        card=listing_card(node.config.address, profile, listing),
        may_change=_may_change(visitor.account, listing),
        events=listings.events_from(listing.state),
        drawing=await asyncio.to_thread(_where, listing.lat, listing.lon, listing.title),
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
        drawing=await asyncio.to_thread(_where, mirror.lat, mirror.lon, mirror.title),
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


@routes.get("/listings/{id}/edit")
async def edit_page(request: web.Request) -> web.StreamResponse:
    listing = await own_listing(request)
    form = forms.ListingForm(data=drafts.to_form(listing))
    return await render(request, "listings/edit.html", here="mine", form=form, listing=listing)


@routes.post("/listings/{id}/edit")
async def edit(request: web.Request) -> web.StreamResponse:
    listing, data = await own_listing(request), await read_form(request)
    form = forms.ListingForm(data)
    if not form.validate():
        return await _again(request, form, listing)
    version, account = str(data.get("version", "")), member_of(request)
    try:
        draft = drafts.from_form(form, language=listing.language)
        if data.get("then") == "preview":
            return await _preview(request, form, draft, listing)
        await node_of(request).write(
            lambda uow: listings.edit(
                uow,
                listing.id,
                draft,
                by=account.id,
                expected_version=_version(version, listing),
            )
        )
    except InvalidInput as error:
        form.complain(error.fields)
        return await _again(request, form, listing)
    if data.get("then") == "publish" and listing.state == "draft":
        await node_of(request).write(
            lambda uow: listings.change_state(uow, listing.id, "publish", by=account.id)
        )
        return see_other(f"/listings/{listing.id}", told="published")
    return see_other(f"/listings/{listing.id}", told="saved")


@routes.post("/listings/{id}/state")
async def change_state(request: web.Request) -> web.StreamResponse:
    listing, account = await own_listing(request), member_of(request)
    event = await read_text(request, "event")
    await node_of(request).write(
        lambda uow: listings.change_state(uow, listing.id, event, by=account.id)
    )
    return see_other(f"/listings/{listing.id}", told=TOLD.get(event, "saved"))


async def _again(
    request: web.Request, form: forms.ListingForm, listing: ListingView | None
) -> web.StreamResponse:
    return await render(
        request, "listings/edit.html", status=422, here="mine", form=form, listing=listing
    )


async def _preview(
    request: web.Request,
    form: forms.ListingForm,
    draft: ListingDraft,
    listing: ListingView | None,
) -> web.StreamResponse:
    return await render(
        request,
        "listings/edit.html",
        here="mine",
        form=form,
        listing=listing,
        preview=draft,
        preview_body=listings.body_html(draft.body),
    )


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


def _version(text: str, listing: ListingView) -> int:
    """The version that the form was filled in on; what no form of ours says is an old one."""
    if not text:
        return listing.version
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def _may_change(account: AccountView | None, listing: ListingView) -> bool:
    return account is not None and (listing.by == account.id or "admin" in account.roles)


def _nothing(listing: ListingView | None) -> NotFound | web.HTTPGone:
    if listing is not None and listing.state == "retired":
        return web.HTTPGone(text=str(_("This offer was taken down by its coop.")))
    return NotFound(_("This offer is not here, or not open to you. Members may need to sign in."))


def _where(lat: float | None, lon: float | None, title: str) -> str:
    if lat is None or lon is None:
        return ""
    return drawn_map.draw([], places.rounded(lat, lon), height=220, title=title)
