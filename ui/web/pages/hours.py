"""Hours of work: members note them, and somebody else confirms."""

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from federation.storage import Reader, UnitOfWork
from node import accounts, hours, members
from node.accounts import AccountView
from node.days import here
from node.errors import Conflict, InvalidInput, NotAllowed, NotFound
from node.hours import Entry, Event, Seen, State
from node.i18n import Text, _
from node.runtime import Node
from ui.web.context import member_of, node_of, reviewer_of, visitor_of
from ui.web.forms import PlainForm, filled
from ui.web.hours_forms import SendBackForm, WorkForm, work_form
from ui.web.navigation import see_other
from ui.web.numbers import whole
from ui.web.once import see_made, sent_once
from ui.web.reading import read_form, read_text
from ui.web.templating import render, with_query

routes = web.RouteTableDef()

AT_ONCE = 50
DONE = 303
_REFUSALS = (NotAllowed, InvalidInput, Conflict)
SHAPES = {State.NOTED: "asked", State.CONFIRMED: "done", State.SENT_BACK: "turn"}
_LAST_YEAR = 9998
"""Python knows no day after the year 9999."""


def year_of(asked: Mapping[str, str]) -> int | None:
    """Which year somebody wants to see; None for all, also where nobody could say which."""
    return whole(asked.get("year", ""), _LAST_YEAR) or None


@routes.get("/hours")
async def own_page(request: web.Request) -> web.StreamResponse:
    """Of whoever asks; `year` narrows the list down, `before` goes on."""
    account = member_of(request)
    async with node_of(request).reading() as reader:
        form = await _form(reader)
    return await _own(request, account, form)


@routes.post("/hours")
@sent_once
async def note(request: web.Request) -> web.StreamResponse:
    account, node = member_of(request), node_of(request)
    async with node.reading() as reader:
        form = await _form(reader, await read_form(request))
    if not form.validate():
        return await _own(request, account, form, status=422)
    try:
        return await see_made(
            request,
            lambda uow: hours.note(uow, account.id, form.work()),
            lambda _noted: see_other("/hours", told="hours-noted"),
        )
    except _REFUSALS as error:
        return await _own(request, account, form, status=_complain(form, error))


@routes.get("/hours/all")
async def all_page(request: web.Request) -> web.StreamResponse:
    return await _all(request, reviewer_of(request))


@routes.post("/hours/all")
async def confirm_several(request: web.Request) -> web.StreamResponse:
    """Those that were ticked, as they were read: all of them or none."""
    account, form = reviewer_of(request), await read_form(request)
    ticked = [_seen(str(one)) for one in form.getall("entry", ())]
    try:
        await node_of(request).write(lambda uow: hours.confirm(uow, ticked, by=account.id))
    except (Conflict, NotFound) as error:
        return await _all(request, account, status=409, refused=error.public_message)
    return see_other("/hours/all", told="saved" if ticked else None)


@routes.get("/hours/{id}")
async def entry_page(request: web.Request) -> web.StreamResponse:
    async with node_of(request).reading() as reader:
        one, _is_own = await _seen_by(request, reader)
        form = await _form(reader, one=one)
    return await _entry(request, one, form, SendBackForm())


@routes.post("/hours/{id}")
async def act(request: web.Request) -> web.StreamResponse:
    """Change it or take it back, whoever noted it; confirm it or send it back, somebody else."""
    account, node = member_of(request), node_of(request)
    async with node.reading() as reader:
        one, is_own = await _seen_by(request, reader)
    seen = _seen(f"{one.id}:{await read_text(request, 'version')}")
    match await read_text(request, "do"):
        case "take-back" if is_own:
            await node.write(lambda uow: hours.take_back(uow, account.id, one.id))
            return see_other("/hours", told="hours-taken-back")
        case Event.CHANGE if is_own:
            return await _change(request, account, one)
        case Event.CONFIRM:
            reviewer_of(request)
            await node.write(lambda uow: hours.confirm(uow, [seen], by=account.id))
            return see_other("/hours/all", told="saved")
        case Event.SEND_BACK:
            reviewer_of(request)
            return await _send_back(request, account, one, seen)
        case _:
            raise web.HTTPBadRequest


async def _change(request: web.Request, account: AccountView, one: Entry) -> web.StreamResponse:
    node = node_of(request)
    async with node.reading() as reader:
        form = await _form(reader, await read_form(request), one)
    status = await _kept(node, form, lambda uow: hours.change(uow, account.id, one.id, form.work()))
    if status == DONE:
        return see_other("/hours", told="hours-noted")
    async with node.reading() as reader:
        one = await hours.entry(reader, one.id)
    return await _entry(request, one, form, SendBackForm(), status=status)


async def _send_back(
    request: web.Request, account: AccountView, one: Entry, seen: Seen
) -> web.StreamResponse:
    node, form = node_of(request), await filled(SendBackForm, request)
    status = 422
    if form.validate():
        try:
            await node.write(
                lambda uow: hours.send_back(uow, seen, form.reason.data, by=account.id)
            )
        except (InvalidInput, Conflict) as error:
            status = _complain(form, error)
        else:
            return see_other("/hours/all", told="sent-back")
    async with node.reading() as reader:
        one = await hours.entry(reader, one.id)
        unused = await _form(reader, one=one)
    return await _entry(request, one, unused, form, status=status)


async def _kept(
    node: Node, form: PlainForm, keep: Callable[[UnitOfWork], Awaitable[object]]
) -> int:
    """Keep what a form says: DONE, or the status with which it is shown again."""
    if not form.validate():
        return 422
    try:
        await node.write(keep)
    except _REFUSALS as error:
        return _complain(form, error)
    return DONE


def _complain(form: PlainForm, error: NotAllowed | InvalidInput | Conflict) -> int:
    """Say at the form why it was not taken, so that what was typed stays; which status that is."""
    if isinstance(error, NotAllowed):
        return 403
    if isinstance(error, InvalidInput):
        form.complain(error.fields)
        return 422
    form.complain({error.code: [error.public_message]})
    return 409


async def _seen_by(request: web.Request, reader: Reader) -> tuple[Entry, bool]:
    """For whoever noted it and whoever looks after members; others are not told of it."""
    account = member_of(request)
    one = await hours.entry(reader, request.match_info["id"])
    own = await members.by_account(reader, account.id)
    is_own = own is not None and own.id == one.member_id
    if not is_own and not visitor_of(request).keeps_members:
        raise NotFound(_("This was not noted, or taken back."))
    return one, is_own


def _seen(text: str) -> Seen:
    """An entry and its version, as a form sends them back."""
    entry_id, _colon, version = text.partition(":")
    return Seen(entry_id, whole(version, 10**9) or 0)


async def _form(reader: Reader, data: object = None, one: Entry | None = None) -> WorkForm:
    return await work_form(reader, data, today=here(reader.now).date(), one=one)


async def _own(
    request: web.Request, account: AccountView, form: WorkForm, *, status: int = 200
) -> web.StreamResponse:
    year = year_of(request.query)
    async with node_of(request).reading() as reader:
        own = await members.by_account(reader, account.id)
        found = []
        if own is not None:
            found = await hours.entries(
                reader,
                member_id=own.id,
                year=year,
                before=request.query.get("before") or None,
                limit=AT_ONCE + 1,
            )
        years = await hours.years(reader, own.id) if own else []
        why_not = await _why_not(reader, account)
    return await render(
        request,
        "hours/own.html",
        status=status,
        here="more",
        form=form,
        why_not=why_not,
        typed=status != 200,
        year=year,
        years=years,
        activities=_activities(found),
        **_page_of(request, found),
    )


async def _all(
    request: web.Request, account: AccountView, *, status: int = 200, refused: object = ""
) -> web.StreamResponse:
    async with node_of(request).reading() as reader:
        year = year_of(request.query) or reader.now.date().year
        found = await hours.entries(
            reader,
            year=year,
            before=request.query.get("before") or None,
            limit=AT_ONCE + 1,
        )
        to_confirm = await hours.to_confirm(reader, account.id, limit=AT_ONCE * 2)
        sums = await hours.sums(reader, year)
        years = await hours.years(reader)
    return await render(
        request,
        "hours/all.html",
        status=status,
        here="more",
        to_confirm=to_confirm,
        refused=refused,
        sums=sums,
        year=year,
        years=years,
        **_page_of(request, found),
    )


async def _entry(
    request: web.Request,
    one: Entry,
    form: WorkForm,
    back_form: SendBackForm,
    *,
    status: int = 200,
) -> web.StreamResponse:
    account = member_of(request)
    async with node_of(request).reading() as reader:
        own = await members.by_account(reader, account.id)
        decides = not await hours.is_own(reader, account.id, one.member_id)
        why_not = await _why_not(reader, account)
        names = await accounts.names(reader, {one.decided_by} if one.decided_by else set())
    return await render(
        request,
        "hours/one.html",
        status=status,
        here="more",
        one=one,
        form=form,
        back_form=back_form,
        is_own=own is not None and own.id == one.member_id,
        why_not=why_not,
        typed=status != 200,
        decides=decides,
        by=names.get(one.decided_by or "", ""),
        shapes_of=SHAPES,
        words=hours.LIFE.words,
    )


async def _why_not(reader: Reader, account: AccountView) -> Text | None:
    """Why somebody notes no work now; what they typed meanwhile is shown all the same."""
    try:
        await hours.noting(reader, account.id)
    except NotAllowed as error:
        return error.public_message
    return None


def _page_of(request: web.Request, found: list[Entry]) -> dict[str, object]:
    """What both lists show: the entries, and the way to older ones."""
    shown = found[:AT_ONCE]
    older = with_query(request, {"before": shown[-1].id}) if len(found) > AT_ONCE else ""
    return {"found": shown, "older": older, "shapes_of": SHAPES, "words": hours.LIFE.words}


def _activities(found: list[Entry]) -> list[str]:
    """What they noted last, to choose from."""
    return list(dict.fromkeys(one.activity for one in found))
