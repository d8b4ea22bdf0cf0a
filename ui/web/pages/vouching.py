"""Nothing left to come in by: asking for it in public, and two officers who vouch."""

from datetime import datetime

from aiohttp import web

from node import vouching
from node.accounts import AccountView, allowances
from node.errors import InvalidInput, NotAllowed
from node.program import command
from node.vouching import Event, RequestView
from ui.web.context import member_of, node_of, officer_of
from ui.web.forms import filled
from ui.web.guests import check_guest
from ui.web.navigation import see_other
from ui.web.once import see_made, sent_once
from ui.web.pages.members import qr
from ui.web.reading import read_text
from ui.web.templating import render
from ui.web.way_in_forms import LostForm, VouchForm

routes = web.RouteTableDef()
ASKED = "lost-asked"

SHAPES = {
    vouching.Status.ASKED: "turn",
    vouching.Status.VOUCHED: "onway",
    vouching.Status.WAITING: "later",
    vouching.Status.OPEN: "turn",
    vouching.Status.HANDED_OUT: "onway",
    vouching.Status.USED: "done",
    vouching.Status.REFUSED: "no",
    vouching.Status.LAPSED: "no",
}


@routes.get("/sign-in/lost")
async def lost_page(request: web.Request) -> web.StreamResponse:
    asked = request.query.get("told") == ASKED
    return await render(request, "vouching/lost.html", form=LostForm(), asked=asked)


@routes.post("/sign-in/lost")
@sent_once
async def lost(request: web.Request) -> web.StreamResponse:
    """One answer for every name, whether anybody signs in by it or not."""
    form = await filled(LostForm, request)
    if not form.validate():
        return await render(request, "vouching/lost.html", status=422, form=form, asked=False)
    handle, words = form.handle.data, form.words.data
    await check_guest(request, allowances.LOST)
    try:
        return await see_made(
            request,
            lambda uow: vouching.ask(uow, handle, words),
            lambda _asked: see_other("/sign-in/lost", told=ASKED),
        )
    except InvalidInput as error:
        form.complain(error.fields)
        return await render(request, "vouching/lost.html", status=422, form=form, asked=False)


@routes.post("/account/requests/{id}")
async def refuse_own(request: web.Request) -> web.StreamResponse:
    """It was not me."""
    account, request_id = member_of(request), request.match_info["id"]
    await node_of(request).write(lambda uow: vouching.refuse(uow, request_id, by=account.id))
    return see_other("/account", told="refused")


@routes.get("/vouching")
async def vouching_page(request: web.Request) -> web.StreamResponse:
    officer_of(request)
    async with node_of(request).reading() as reader:
        waiting = await vouching.requests(reader)
    return await render(
        request,
        "vouching/list.html",
        here="more",
        waiting=waiting,
        shapes_of=SHAPES,
        words=vouching.vouching.words,
    )


@routes.get("/vouching/{id}")
async def request_page(request: web.Request) -> web.StreamResponse:
    officer_of(request)
    return await _page(request, VouchForm())


@routes.post("/vouching/{id}")
async def act(request: web.Request) -> web.StreamResponse:
    """One of the buttons: vouch, make the link, refuse."""
    account, request_id, node = officer_of(request), request.match_info["id"], node_of(request)
    form = await filled(VouchForm, request)
    match await read_text(request, "do"):
        case Event.VOUCH:
            if not form.validate():
                return await _page(request, form, status=422)
            await node.write(lambda uow: vouching.vouch(uow, request_id, by=account.id))
            return see_other(request.path, told="vouched")
        case Event.HAND_OUT:
            link = await node.write(lambda uow: vouching.hand_out(uow, request_id, by=account.id))
            return await _page(request, form, link=f"{node.config.address}{link.path}")
        case Event.REFUSE:
            await node.write(lambda uow: vouching.refuse(uow, request_id, by=account.id))
            return see_other("/vouching", told="refused")
        case _:
            raise web.HTTPBadRequest


async def _page(
    request: web.Request, form: VouchForm, *, status: int = 200, link: str = ""
) -> web.StreamResponse:
    account = officer_of(request)
    async with node_of(request).reading() as reader:
        one = await vouching.request(reader, request.match_info["id"])
        refused = _refusal(one, account, reader.now)
        is_stuck = await vouching.lacks_vouchers(reader, one)
    page = await render(
        request,
        "vouching/one.html",
        status=status,
        here="more",
        one=one,
        form=form,
        refused=refused,
        by_operator=command(f"account way-in {one.handle}") if is_stuck else "",
        may_hand_out=one.may_hand_out(account),
        is_over=one.status not in vouching.UNDER_WAY,
        state=(SHAPES[one.status], vouching.vouching.word(one.status)),
        link=link,
        picture=qr(link) if link else "",
    )
    page.headers["Cache-Control"] = "no-store"
    return page


def _refusal(one: RequestView, officer: AccountView, now: datetime) -> str:
    """Why this officer's word would not count; empty when it would."""
    try:
        one.check_voucher(officer, now)
    except NotAllowed as error:
        return str(error)
    return ""
