"""Asking for a listing, ours or a neighbour's: choose, see what it comes to, send."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from aiohttp import web
from msgspec.structs import replace

from federation.ambient import secret
from federation.errors import FederationError
from node import agreements, listings
from node.accounts import allowances
from node.agreements import Draft, Tongue
from node.errors import Conflict, InvalidInput, NotFound
from node.i18n import Text, _
from node.listings import WAYS, FreeTime, ListingView, MirrorView, State, Way
from protocol.errors import ProtocolError
from ui.web import answer_fields, when, wishes
from ui.web.context import SignInNeeded, node_of, visitor_of
from ui.web.guests import check_guest
from ui.web.navigation import see_other
from ui.web.numbers import whole
from ui.web.pace import asker_of
from ui.web.pages.listings import mirror_shown
from ui.web.reading import read_form
from ui.web.templating import render
from ui.web.wishes import AskForm, Choice

routes = web.RouteTableDef()

FARTHEST = timedelta(days=730)
_WHOLE_DAY = timedelta(hours=20)
_WAYS = {
    Way.SLOTS: wishes.SLOTS,
    Way.NIGHTS: wishes.NIGHTS,
    Way.DAYS: wishes.DAYS,
    Way.STOCK: wishes.PIECES,
}


@routes.get("/listings/{id}/ask")
@routes.get("/mirrors/{id}/ask")
async def ask_page(request: web.Request) -> web.StreamResponse:
    choice = _of_length(await _choice(request), request.query.get("long", ""))
    form = _form(request, choice)(data=_first(choice))
    return await _page(request, choice, form)


@routes.post("/listings/{id}/ask")
@routes.post("/mirrors/{id}/ask")
async def ask(request: web.Request) -> web.StreamResponse:
    data = await read_form(request)
    choice = await _choice(request, str(data.get("first") or ""))
    choice = _of_length(choice, str(data.get("long") or ""))
    form = _form(request, choice)(data)
    if data.get("do") == "change":
        return await _page(request, choice, form)
    if not form.validate():
        return await _page(request, choice, form, status=422)
    try:
        if data.get("do") == "send":
            return await _send(request, choice, form)
        return await _look(request, choice, form)
    except InvalidInput as error:
        form.complain(
            {wishes.place_of(name, choice, form): why for name, why in error.fields.items()}
        )
        return await _page(request, choice, form, status=422)
    except Conflict as error:
        form.complain({wishes.time_field(choice, form): [error.public_message]})
        return await _page(request, choice, form, status=409)


async def _look(request: web.Request, choice: Choice, form: AskForm) -> web.StreamResponse:
    account = visitor_of(request).account
    if account is None:
        _check_named(form)
    node, wanted = node_of(request), wishes.wanted(form, choice)
    contact = wishes.contact(form, choice, account.name if account else None)
    async with node.reading() as reader:
        draft = await agreements.preview(reader, wanted, account.id if account else None, contact)
    form.key.data = secret(node.entropy)
    return await _page(request, choice, form, draft=draft)


async def _send(request: web.Request, choice: Choice, form: AskForm) -> web.StreamResponse:
    account, wanted = visitor_of(request).account, wishes.wanted(form, choice)
    if account is None:
        _check_named(form)
        await check_guest(request, allowances.ASKING)
    contact = wishes.contact(form, choice, account.name if account else None)
    made = await node_of(request).write(
        lambda uow: agreements.ask(
            uow, wanted, account=account, contact=contact, key=form.key.data or None
        )
    )
    if made.secret is not None:
        return see_other(f"/asked/{made.secret}", told="asked-guest")
    return see_other(f"/agreements/{made.agreement.id}", told="asked-for")


def _form(request: web.Request, choice: Choice) -> type[AskForm]:
    """The form, with a field for each question."""
    fields = answer_fields.made(choice.listing, visitor_of(request).language)
    return type("AskForm", (AskForm,), fields)


def _check_named(form: AskForm) -> None:
    faults: dict[str, list[Text]] = {}
    if not str(form.name.data or "").strip():
        faults["name"] = [_("Say your name, so that they know whom to expect.")]
    if not str(form.contact.data or "").strip():
        faults["contact"] = [_("Say how you can be reached: a telephone number or an address.")]
    if faults:
        raise InvalidInput(faults)


async def _page(
    request: web.Request,
    choice: Choice,
    form: AskForm,
    *,
    status: int = 200,
    draft: Draft | None = None,
) -> web.StreamResponse:
    account = visitor_of(request).account
    if account is None and choice.listing.kind == "request":
        raise SignInNeeded  # what a coop needs is for members to answer
    tongue: Tongue = {}
    if draft is not None:
        async with node_of(request).reading() as reader:
            named = [line.listing for line in draft.terms.lines]
            tongue = await agreements.in_language(reader, named, visitor_of(request).language)
    shown_to = choice.days[-1].day + timedelta(days=1) if choice.days else None
    return await render(
        request,
        "agreements/ask.html",
        status=status,
        here="find",
        choice=choice,
        listing=choice.listing,
        form=form,
        answer_fields=answer_fields.names(form, choice.listing),
        draft=draft,
        answers=answer_fields.read(form, choice.listing),
        asked=agreements.asked_of(choice.listing, visitor_of(request).language),
        tongue=tongue,
        later=shown_to,
        how_long=when.worked,
        from_day=request.query.get("from", ""),
    )


def _first(choice: Choice) -> dict[str, object]:
    said = choice.said
    return {
        "quantity": 1 if choice.by_number else None,
        "option": 0,
        "long": choice.length or None,
        "price": choice.scales[0].usual if choice.scales and not choice.prices else None,
        "in_a_row": said.least if said and choice.in_a_row else None,
    }


def _of_length(choice: Choice, asked: str) -> Choice:
    """With times of the length that is asked for; of the shortest if none is."""
    lengths = choice.lengths
    if not lengths:
        return choice
    chosen = whole(asked, lengths[-1])
    return replace(choice, length=chosen if chosen in lengths else lengths[0])


async def _choice(request: web.Request, first: str = "") -> Choice:
    """What can be asked for at this address. Raises NotFound, Conflict when it is not open."""
    begin = _day(first) or _day(request.query.get("from", ""))
    today = node_of(request).clock.now().date()
    begin = begin if begin and today <= begin <= today + FARTHEST else today
    of_mirror = request.path.startswith("/mirrors/")
    choice = await (_of_mirror if of_mirror else _of_ours)(request, begin)
    there = node_of(request).clock.now().astimezone(ZoneInfo(choice.zone)).date()
    return replace(choice, today=there)


async def _of_ours(request: web.Request, begin: date) -> Choice:
    node, visitor = node_of(request), visitor_of(request)
    async with node.reading() as reader:
        listing = await listings.listing(reader, request.match_info["id"])
        if listing is None or not listings.visible(listing, visitor.viewer):
            raise NotFound(_("This offer is not here, or not open to you."))
        _check_open(listing.state == State.PUBLISHED)
        said = await listings.availability_of(reader, listing.id)
        zone = said.zone if said else home_zone(request)
        if said is None or listing.kind not in WAYS:
            return Choice(listing, _way_unsaid(listing), zone)
        last = begin + (when.SLOT_DAYS if said.way is Way.SLOTS else when.DAYS_AT_ONCE)
        times = await listings.free_times(reader, listing.id, begin, last)
    return _with_times(listing, _WAYS[said.way], zone, times, said)


async def _of_mirror(request: web.Request, begin: date) -> Choice:
    node = node_of(request)
    async with node.reading() as reader:
        mirror = await mirror_shown(request, reader)
    _check_open(mirror.is_open)
    zone = home_zone(request)
    if mirror.free_times is None:
        return Choice(mirror, _way_unsaid(mirror), zone)
    last = begin + (when.DAYS_AT_ONCE if mirror.kind == "stay" else when.SLOT_DAYS)
    try:
        told = await node.neighbours.free_times(mirror, begin, last, asker_of(request))
    except (FederationError, ProtocolError):
        fault = _("%(name)s cannot be asked for its free times now.", name=mirror.coop_name)
        return Choice(mirror, wishes.OPEN, zone, fault=fault)
    whole = bool(told.times) and all(one.end - one.start >= _WHOLE_DAY for one in told.times)
    way = wishes.NIGHTS if mirror.kind == "stay" else wishes.DAYS if whole else wishes.SLOTS
    return _with_times(mirror, way, told.zone, list(told.times), None)


def _with_times(
    listing: ListingView | MirrorView,
    way: str,
    zone: str,
    times: list[FreeTime],
    said: listings.Availability | None,
) -> Choice:
    days = when.shown(times, zone, whole_days=way != wishes.SLOTS)
    return Choice(listing, way, zone, said, tuple(days), tuple(times))


def _way_unsaid(listing: ListingView | MirrorView) -> str:
    """How something can be had that tells no times."""
    if listing.kind == "goods":
        return wishes.PIECES
    return wishes.OPEN if listing.kind in WAYS else wishes.PLAIN


def _check_open(is_open: bool) -> None:
    if not is_open:
        raise Conflict(_("This listing is not open at the moment."), "listing-not-open")


def home_zone(request: web.Request) -> str:
    """The time zone of our coop's clocks."""
    return node_of(request).config.zone


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date() if text else None  # noqa: DTZ007 - a date
    except ValueError:
        return None
