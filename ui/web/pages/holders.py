"""An account that is no member: its holder enters the register, or it is that of a member."""

from aiohttp import web

from node import accounts, members
from node.errors import Conflict, InvalidInput, NotFound
from node.i18n import _
from ui.web.context import node_of, reviewer_of
from ui.web.forms import filled
from ui.web.member_forms import HolderForm, LineForm
from ui.web.navigation import see_other
from ui.web.templating import render

routes = web.RouteTableDef()


@routes.get("/members/accounts/{account}")
async def holder_page(request: web.Request) -> web.StreamResponse:
    reviewer_of(request)
    return await _page(request)


@routes.post("/members/accounts/{account}")
async def enter(request: web.Request) -> web.StreamResponse:
    """Whoever signs in with it is a member from now on."""
    by, form = reviewer_of(request).id, await filled(HolderForm, request)
    if not form.validate():
        return await _page(request, status=422, form=form)
    why = (form.why.data or "").strip()
    wanted, account_id = form.membership_class.data, request.match_info["account"]
    name = form.name.data
    try:
        line = await node_of(request).write(
            lambda uow: members.enter_holder(uow, account_id, wanted, name=name, by=by, reason=why)
        )
    except InvalidInput as error:
        form.complain(error.fields)
        return await _page(request, status=422, form=form)
    except Conflict as error:
        form.complain({"membership_class": [error.public_message]})
        return await _page(request, status=409, form=form)
    return see_other(f"/members/{line.id}", told="saved")


@routes.post("/members/accounts/{account}/line")
async def give(request: web.Request) -> web.StreamResponse:
    """It is the account of somebody who stands in the register already."""
    by, account_id = reviewer_of(request).id, request.match_info["account"]
    form = await filled(LineForm, request)
    async with node_of(request).reading() as reader:
        form.offer(await members.without_account(reader))
    if not form.validate():
        return await _page(request, status=422, line_form=form)
    try:
        line = await node_of(request).write(
            lambda uow: members.give_account(uow, form.member.data, account_id, by=by)
        )
    except Conflict as error:
        form.complain({"member": [error.public_message]})
        return await _page(request, status=409, line_form=form)
    return see_other(f"/members/{line.id}", told="saved")


async def _page(
    request: web.Request,
    *,
    form: HolderForm | None = None,
    line_form: LineForm | None = None,
    status: int = 200,
) -> web.StreamResponse:
    account_id = request.match_info["account"]
    async with node_of(request).reading() as reader:
        one = await accounts.account(reader, account_id)
        if one is None:
            raise NotFound(_("There is no such account."))
        line = await members.acting_for(reader, account_id)
        lines = await members.without_account(reader)
    line_form = line_form or LineForm()
    line_form.offer(lines)
    return await render(
        request,
        "members/account.html",
        status=status,
        here="more",
        one=one,
        line=line,
        lines=lines,
        form=form or HolderForm(data={"name": one.name if one.name != one.handle else ""}),
        line_form=line_form,
    )
