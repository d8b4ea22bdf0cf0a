"""One's own membership: what the register says of it, and putting that right."""

from collections.abc import Mapping

from aiohttp import web

from node import accounts, members, periods
from node.errors import InvalidInput, NotFound
from node.i18n import Text, _
from node.members import MemberView, Status
from ui.web.class_rights import class_rights
from ui.web.context import member_of, node_of
from ui.web.forms import filled
from ui.web.membership_forms import (
    ContactForm,
    NameForm,
    NoticeForm,
    RegisterNameForm,
    written,
)
from ui.web.navigation import see_other
from ui.web.pages.account import show_account
from ui.web.templating import render

routes = web.RouteTableDef()
PATH = "/account/membership"
MEANING: Mapping[Status, Text] = {
    Status.PROBATION: _(
        "You take part as the others of your class do. Somebody decides whether it stays so."
    ),
    Status.PAUSED: _(
        "Meanwhile you publish nothing new, and your offices rest. All else goes on: what you have "
        "agreed, what is out, what you read and write. It ends on its day, or when you ask."
    ),
    Status.LEAVING: _(
        "Until that day nothing changes for you. To have the notice taken back, speak with those "
        "who look after members."
    ),
}


@routes.post("/account/name")
async def change_name(request: web.Request) -> web.StreamResponse:
    """What others here call whoever asks; the register goes on as it is."""
    account, form = member_of(request), await filled(NameForm, request)
    if form.validate():
        try:
            await node_of(request).write(
                lambda uow: accounts.set_name(uow, account.id, form.name.data, by=account.id)
            )
        except InvalidInput as error:
            form.complain(error.fields)
        else:
            return see_other("/account", told="saved")
    return await show_account(request, account, status=422, name_form=form)


@routes.get(PATH)
async def membership_page(request: web.Request) -> web.StreamResponse:
    return await _page(request, await _line(request))


@routes.post(PATH)
async def change_contact(request: web.Request) -> web.StreamResponse:
    """How the coop reaches a member is theirs to say."""
    line, form = await _line(request, own=True), await filled(ContactForm, request)
    by = member_of(request).id
    try:
        await node_of(request).write(lambda uow: members.correct(uow, line.id, form.said(), by=by))
    except InvalidInput as error:
        form.complain(error.fields)
        return await _page(request, line, contact=form, status=422)
    return see_other(PATH, told="saved")


@routes.post(f"{PATH}/name")
async def ask_for_name(request: web.Request) -> web.StreamResponse:
    """Whoever keeps the register is asked; they put it right, and the member hears of it."""
    line, form = await _line(request, own=True), await filled(RegisterNameForm, request)
    if form.validate():
        try:
            await node_of(request).write(
                lambda uow: members.ask_for_name(uow, line.id, form.name.data)
            )
        except InvalidInput as error:
            form.complain(error.fields)
        else:
            return see_other(PATH, told="name-asked")
    return await _page(request, line, name_form=form, status=422)


@routes.post(f"{PATH}/notice")
async def give_notice(request: web.Request) -> web.StreamResponse:
    """A member gives notice; until its last day nothing changes for them."""
    line, form = await _line(request, own=True), await filled(NoticeForm, request)
    if not form.validate():
        return await _page(request, line, notice_form=form, status=422)
    by, reason = member_of(request).id, (form.reason.data or "").strip()
    await node_of(request).write(
        lambda uow: periods.give_notice(uow, line.id, by=by, reason=reason)
    )
    return see_other(PATH, told="saved")


async def _line(request: web.Request, *, own: bool = False) -> MemberView:
    """The membership that whoever asks acts under; own: that is theirs alone to speak for. Raises
    NotFound for everybody else."""
    account = member_of(request)
    async with node_of(request).reading() as reader:
        line = await (members.by_account if own else members.acting_for)(reader, account.id)
    if line is None:
        raise NotFound(_("This page is for members of the coop."))
    return line


async def _page(
    request: web.Request,
    line: MemberView,
    *,
    contact: ContactForm | None = None,
    name_form: RegisterNameForm | None = None,
    notice_form: NoticeForm | None = None,
    status: int = 200,
) -> web.StreamResponse:
    async with node_of(request).reading() as reader:
        rights = await class_rights(reader, [line.membership_class])
        last_day = await periods.last_day(reader)
    return await render(
        request,
        "account/membership.html",
        status=status,
        here="more",
        line=line,
        meaning=MEANING,
        is_own=line.account_id == member_of(request).id,
        rights=rights[line.membership_class],
        contact=contact or ContactForm(data=written(line)),
        name_form=name_form or RegisterNameForm(),
        notice_form=notice_form or NoticeForm(),
        last_day=last_day if line.status in periods.NOTICE_FROM else None,
    )
