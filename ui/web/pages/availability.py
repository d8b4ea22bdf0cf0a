"""When a listing can be had: saying it, asking a neighbour, calendars in and out."""

import asyncio
from typing import Any

from aiohttp import web
from msgspec.structs import replace

from federation.errors import FederationError
from federation.storage import Reader
from node import calendars, limits, listings, obstacles
from node.errors import Conflict, InvalidInput, NodeError, NotFound
from node.i18n import _
from node.listings import WAYS, Availability, Closed, ListingView, Way
from node.places import likely_zone
from protocol.errors import ProtocolError
from ui.web import when
from ui.web.context import member_of, node_of, visitor_of
from ui.web.navigation import see_other
from ui.web.pace import asker_of
from ui.web.pages.listings import mirror_shown, standing_listing
from ui.web.reading import CALENDARS, Upload, read_form, read_text
from ui.web.templating import render

routes = web.RouteTableDef()


@routes.get("/listings/{id}/availability")
async def availability_page(request: web.Request) -> web.StreamResponse:
    listing = await standing_listing(request)
    if listing.kind not in WAYS:
        raise NotFound(_("This has no times or pieces to tell of."))
    async with node_of(request).reading() as reader:
        said = await listings.availability_of(reader, listing.id)
    form = when.availability_form(listing)()
    form.fill(said or _first(request, listing))
    form.seen.data = listings.mark_of(said)
    return await _page(request, listing, form, said=said)


@routes.post("/listings/{id}/availability")
async def say(request: web.Request) -> web.StreamResponse:
    listing, account = await standing_listing(request), member_of(request)
    if listing.kind not in WAYS:
        raise NotFound(_("This has no times or pieces to tell of."))
    data = await read_form(request)
    form = when.availability_form(listing)(data)
    said = None
    if data.get("then") != "nothing":
        said = form.read(listing.kind) if form.validate() else None
        if said is None:
            return await _page(request, listing, form, said=None, status=422)
        async with node_of(request).reading() as reader:
            before = await listings.availability_of(reader, listing.id)
        said = replace(said, closed=before.closed if before else ())
    try:
        await node_of(request).write(
            lambda uow: listings.set_availability(
                uow, listing.id, said, by=account.id, seen=form.seen.data or None
            )
        )
    except InvalidInput as error:
        form.complain_of(error.fields)
        return await _page(request, listing, form, said=said, status=422)
    except Conflict as error:
        if error.code != "availability-changed":
            raise
        return await _asked_again(request, listing, form)
    return see_other(f"/listings/{listing.id}/availability", told="saved")


async def _asked_again(
    request: web.Request, listing: ListingView, form: when.AvailabilityForm
) -> web.StreamResponse:
    """What was typed stays, beside what is said by now; saved again, it takes its place."""
    async with node_of(request).reading() as reader:
        said = await listings.availability_of(reader, listing.id)
    form.seen.data = listings.mark_of(said)
    if said is not None and said.stock is not None:
        left = _(
            "There are %(many)s now: some were ordered, or somebody changed it.", many=said.stock
        )
        form.complain({"stock": [left]})
    else:
        form.complain({"zone": [_("Somebody changed this meanwhile. Saved again, yours stands.")]})
    return await _page(request, listing, form, said=said, status=409)


@routes.post("/listings/{id}/closed")
async def close_or_open(request: web.Request) -> web.StreamResponse:
    """Close days, or open those again that were closed."""
    listing, account = await standing_listing(request), member_of(request)
    data = await read_form(request)
    form, change = when.ClosedForm(data), listings.close_days
    if data.get("do") == "open":
        change = listings.open_days
    if not form.validate():
        return await _shown_again(request, listing, closed_form=form)
    days = Closed(form.first.data, form.last.data)
    try:
        await node_of(request).write(lambda uow: change(uow, listing.id, days, by=account.id))
    except InvalidInput as error:
        form.complain(error.fields)
        return await _shown_again(request, listing, closed_form=form)
    return see_other(f"/listings/{listing.id}/availability", told="saved")


@routes.post(CALENDARS)
async def add_calendar(request: web.Request) -> web.StreamResponse:
    """Let a calendar's busy times count: a file, or an address that is read again and again."""
    listing, account, node = await standing_listing(request), member_of(request), node_of(request)
    data = await read_form(request)
    form, sent = when.CalendarForm(data), data.get("file")
    try:
        if not form.validate():
            return await _shown_again(request, listing, calendar_form=form)
        name, address = str(form.name.data), str(form.address.data or "")
        if isinstance(sent, Upload) and sent.content:
            await listings.add_calendar_file(
                node.database, listing.id, name, sent.content, by=account.id
            )
        else:
            client = node.federation.client
            await listings.add_calendar_address(
                node.database, client, listing.id, name, address, by=account.id
            )
    except InvalidInput as error:
        form.complain(error.fields)
        return await _shown_again(request, listing, calendar_form=form)
    except (NodeError, FederationError, ProtocolError) as error:
        form.complain({"address": [obstacles.of(error)]})
        return await _shown_again(request, listing, calendar_form=form)
    return see_other(f"/listings/{listing.id}/availability", told="saved")


@routes.post("/listings/{id}/calendars/{calendar}/read")
async def read_calendar(request: web.Request) -> web.StreamResponse:
    """Read an address again at once; the page says what kept it from being read."""
    listing, node = await standing_listing(request), node_of(request)
    read = await listings.read_calendar(
        node.database, node.federation.client, listing.id, request.match_info["calendar"]
    )
    told = None if read.fault or read.address is None else "calendar-read"
    return see_other(f"/listings/{listing.id}/availability", told=told)


@routes.post("/listings/{id}/calendars/{calendar}/remove")
async def remove_calendar(request: web.Request) -> web.StreamResponse:
    listing, account = await standing_listing(request), member_of(request)
    await node_of(request).write(
        lambda uow: listings.remove_calendar(
            uow, listing.id, request.match_info["calendar"], by=account.id
        )
    )
    return see_other(f"/listings/{listing.id}/availability", told="saved")


@routes.post("/listings/{id}/feeds")
async def make_feed(request: web.Request) -> web.StreamResponse:
    """A secret address that tells when the listing is taken; it is shown once, on this page."""
    listing, account = await standing_listing(request), member_of(request)
    made = await node_of(request).write(
        lambda uow: listings.make_feed(uow, by=account.id, listing_id=listing.id)
    )
    async with node_of(request).reading() as reader:
        said = await listings.availability_of(reader, listing.id)
    form = when.availability_form(listing)()
    form.fill(said or _first(request, listing))
    return await _page(request, listing, form, said=said, link=_address(request, made.secret))


@routes.post("/listings/{id}/feeds/{feed}/end")
async def end_feed(request: web.Request) -> web.StreamResponse:
    listing, account = await standing_listing(request), member_of(request)
    await node_of(request).write(
        lambda uow: listings.end_feed(uow, request.match_info["feed"], by=account.id)
    )
    return see_other(f"/listings/{listing.id}/availability", told="saved")


@routes.get("/my-calendar")
async def my_calendar(request: web.Request) -> web.StreamResponse:
    member_of(request)
    return await _my_calendar(request, None)


@routes.post("/my-calendar")
async def make_my_feed(request: web.Request) -> web.StreamResponse:
    """A secret address with the bookings of one's own listings, or for admins of all listings."""
    account = member_of(request)
    of_all = visitor_of(request).is_admin and await read_text(request, "whose") == "all"
    made = await node_of(request).write(
        lambda uow: listings.make_feed(
            uow, by=account.id, account_id=None if of_all else account.id
        )
    )
    return await _my_calendar(request, _address(request, made.secret))


@routes.post("/my-calendar/{feed}/end")
async def end_my_feed(request: web.Request) -> web.StreamResponse:
    account = member_of(request)
    await node_of(request).write(
        lambda uow: listings.end_feed(uow, request.match_info["feed"], by=account.id)
    )
    return see_other("/my-calendar", told="saved")


@routes.get("/calendars/{secret}.ics")
async def feed(request: web.Request) -> web.StreamResponse:
    """What is taken, for a calendar program; the address is the only key."""
    async with node_of(request).reading() as reader:
        entries = await listings.feed(reader, request.match_info["secret"])
    if entries is None:
        raise NotFound(_("This calendar link has ended, or never was one."))
    content = await asyncio.to_thread(calendars.written, entries, node_of(request).clock.now())
    headers = {"Content-Type": "text/calendar; charset=utf-8", "Cache-Control": "private, no-cache"}
    return web.Response(body=content, headers=headers)


@routes.get("/mirrors/{id}/free")
async def neighbour_times(request: web.Request) -> web.StreamResponse:
    """When a neighbour's listing can be had, as its node says now."""
    node = node_of(request)
    async with node.reading() as reader:
        mirror = await mirror_shown(request, reader)
    first = node.clock.now().date()
    told, fault, by_night = None, None, mirror.kind == "stay"
    last = first + (when.DAYS_AT_ONCE if by_night else when.SLOT_DAYS)
    try:
        told = await node.neighbours.free_times(mirror, first, last, asker_of(request))
    except (FederationError, ProtocolError):
        fault = _("%(name)s cannot be asked right now. Try again later.", name=mirror.coop_name)
    times = listings.shortest(told.times) if told else []
    days = when.shown(times, told.zone, whole_days=by_night) if told else []
    return await render(
        request,
        "availability/neighbour.html",
        here="find",
        listing=mirror,
        told_times=told,
        days=days,
        until=last if by_night else None,
        fault=fault,
    )


def _first(request: web.Request, listing: ListingView) -> Availability:
    """What an owner begins with, who has said nothing yet."""
    zone = likely_zone(listing.place_name or "") or node_of(request).config.zone
    way = WAYS[listing.kind][0]
    return Availability(way, zone, most=30 if way is Way.NIGHTS else 1)


async def _page(
    request: web.Request,
    listing: ListingView,
    form: when.AvailabilityForm,
    *,
    said: Availability | None,
    status: int = 200,
    link: str | None = None,
    calendar_form: when.CalendarForm | None = None,
    closed_form: when.ClosedForm | None = None,
) -> web.StreamResponse:
    async with node_of(request).reading() as reader:
        closed = await _closed(reader, listing.id)
        known = await listings.calendars_of(reader, listing.id)
        feeds = await listings.feeds_of(reader, by=member_of(request).id, listing_id=listing.id)
    return await render(
        request,
        "availability/edit.html",
        status=status,
        here="mine",
        listing=listing,
        form=form,
        ways=WAYS[listing.kind],
        weekdays=when.WEEKDAYS,
        said=said,
        calendars=known,
        calendar_form=calendar_form or when.CalendarForm(),
        closed=closed,
        closed_form=closed_form or when.ClosedForm(),
        feeds=feeds,
        link=link,
    )


async def _closed(reader: Reader, listing_id: str) -> list[tuple[Closed, int]]:
    """The closed days that are not over, each with how many bookings stand on them."""
    said = await listings.availability_of(reader, listing_id)
    if said is None:
        return []
    zone = said.place
    holds = await listings.standing_holds(reader, [listing_id], reader.now, limits.CALENDAR_SPANS)
    spans = [(one.start.astimezone(zone).date(), one.end.astimezone(zone).date()) for one in holds]
    return [
        (one, sum(begin <= one.last and one.first <= end for begin, end in spans))
        for one in said.closed
        if one.last >= reader.now.astimezone(zone).date()
    ]


async def _shown_again(
    request: web.Request, listing: ListingView, **forms: Any
) -> web.StreamResponse:
    async with node_of(request).reading() as reader:
        said = await listings.availability_of(reader, listing.id)
    form = when.availability_form(listing)()
    form.fill(said or _first(request, listing))
    return await _page(request, listing, form, said=said, status=422, **forms)


async def _my_calendar(request: web.Request, link: str | None) -> web.StreamResponse:
    async with node_of(request).reading() as reader:
        feeds = await listings.feeds_of(reader, by=member_of(request).id)
    return await render(request, "availability/mine.html", here="mine", feeds=feeds, link=link)


def _address(request: web.Request, secret: str) -> str:
    return f"{node_of(request).config.address}/calendars/{secret}.ics"
