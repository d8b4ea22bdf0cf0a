"""Letters by e-mail: one's address, when they may come, confirming, ending; a new way in."""

from aiohttp import web

from federation.errors import Silent
from node import mail
from node.accounts import AccountView, allowances
from node.errors import Closed, Conflict, InvalidInput, NotAllowed, NotFound
from node.mail.rules import check_hours
from ui.web.context import member_of, node_of, visitor_of
from ui.web.forms import filled
from ui.web.guests import check_guest
from ui.web.mail_forms import AddressForm, HoursForm, WayInForm
from ui.web.navigation import see_other
from ui.web.reading import read_text
from ui.web.templating import render

routes = web.RouteTableDef()


@routes.get("/account/mail")
async def own_page(request: web.Request) -> web.StreamResponse:
    return await _own(request, member_of(request))


@routes.post("/account/mail")
async def change(request: web.Request) -> web.StreamResponse:
    """`do` is `address`, `hours` or `remove`."""
    account, what = member_of(request), await read_text(request, "do")
    if what == "hours":
        return await _choose(request, account)
    if what == "remove":
        await node_of(request).write(lambda uow: mail.remove(uow, account.id))
        return see_other("/account/mail", told="mail-gone")
    if what == "address" and node_of(request).mail.is_on:
        return await _set_address(request, account)
    return see_other("/account/mail")


@routes.get("/mail/confirm/{code}")
async def confirm_page(request: web.Request) -> web.StreamResponse:
    """Looking at the link confirms nothing: mail programs look at links by themselves."""
    async with node_of(request).reading() as reader:
        is_good = await mail.can_confirm(reader, request.match_info["code"])
    status = 200 if is_good else 410
    return await render(request, "mail/confirm.html", status=status, is_good=is_good, done=False)


@routes.post("/mail/confirm/{code}")
async def confirm(request: web.Request) -> web.StreamResponse:
    code, done = request.match_info["code"], True
    try:
        await node_of(request).write(lambda uow: mail.confirm(uow, code))
    except (Closed, NotFound):
        done = False
    status = 200 if done else 410
    return await render(request, "mail/confirm.html", status=status, is_good=done, done=done)


@routes.get("/mail/stop/{code}")
async def stop_page(request: web.Request) -> web.StreamResponse:
    async with node_of(request).reading() as reader:
        how = await mail.can_stop(reader, request.match_info["code"])
    status = 200 if how else 404
    return await render(
        request, "mail/stop.html", status=status, how=how, done=how is mail.How.NEVER
    )


@routes.post("/mail/stop/{code}")
async def stop(request: web.Request) -> web.StreamResponse:
    """One click, also by a mail program that nobody is signed in to (RFC 8058)."""
    code = request.match_info["code"]
    try:
        await node_of(request).write(lambda uow: mail.stop(uow, code))
    except NotFound:
        return await render(request, "mail/stop.html", status=404, how=None, done=False)
    return await render(request, "mail/stop.html", how=mail.How.NEVER, done=True)


@routes.get("/sign-in/mail")
async def way_in_page(request: web.Request) -> web.StreamResponse:
    return await _way_in(request, WayInForm())


@routes.post("/sign-in/mail")
async def way_in(request: web.Request) -> web.StreamResponse:
    """The same answer for every name, and the same work."""
    form = await filled(WayInForm, request)
    if not form.validate() or not node_of(request).mail.is_on:
        return await _way_in(request, form, status=422)
    if node_of(request).quarantine.is_on:
        raise Silent
    try:
        await check_guest(request, allowances.BY_MAIL)
    except NotAllowed as error:
        form.complain({"handle": [error.public_message]})
        return await _way_in(request, form, status=429)
    await node_of(request).write(lambda uow: mail.ask_way_in(uow, form.handle.data))
    return see_other("/sign-in/mail", told="way-in-sent")


async def _set_address(request: web.Request, account: AccountView) -> web.StreamResponse:
    node, form = node_of(request), await filled(AddressForm, request)
    told = {"zone": node.config.zone, "language": visitor_of(request).language}
    if not form.validate():
        return await _own(request, account, status=422, address=form)
    try:
        is_new = await node.write(
            lambda uow: mail.set_address(uow, account.id, form.address.data, **told)
        )
    except InvalidInput as error:
        form.complain(error.fields)
        return await _own(request, account, status=422, address=form)
    except Conflict as error:
        form.complain({"address": [error.public_message]})
        return await _own(request, account, status=422, address=form)
    return see_other("/account/mail", told="mail-asked" if is_new else "saved")


async def _choose(request: web.Request, account: AccountView) -> web.StreamResponse:
    form = await filled(HoursForm, request)
    if not form.validate():
        return await _own(request, account, status=422, hours=form)
    try:
        chosen = check_hours(form.zone.data.strip(), form.quiet_from.data, form.quiet_until.data)
        how = mail.How(form.how.data)
        await node_of(request).write(lambda uow: mail.choose(uow, account.id, how, chosen))
    except InvalidInput as error:
        form.complain(error.fields)
        return await _own(request, account, status=422, hours=form)
    return see_other("/account/mail", told="saved")


async def _own(
    request: web.Request,
    account: AccountView,
    *,
    status: int = 200,
    address: AddressForm | None = None,
    hours: HoursForm | None = None,
) -> web.StreamResponse:
    node = node_of(request)
    async with node.reading() as reader:
        view = await mail.mail_of(reader, account.id)
    if hours is None and view is not None:
        chosen = {"zone": view.hours.zone, "how": view.how}
        quiet = {"quiet_from": view.hours.start, "quiet_until": view.hours.end}
        hours = HoursForm(data=chosen | quiet)
    return await render(
        request,
        "mail/own.html",
        status=status,
        here="more",
        mail=view,
        address_form=address or _address_form(view),
        hours_form=hours,
    )


def _address_form(view: mail.MailView | None) -> AddressForm:
    """What is to be sent again stands there already."""
    again = view and (view.wanted or (view.address if view.refused_at else None))
    return AddressForm(data={"address": again} if again else None)


async def _way_in(
    request: web.Request, form: WayInForm, *, status: int = 200
) -> web.StreamResponse:
    return await render(request, "mail/way_in.html", status=status, form=form)
