"""Who acts for a firm: a page for whoever speaks for it."""

from aiohttp import web

from node import members
from node.accounts import AccountView
from node.errors import Conflict, NotFound
from node.i18n import Text, _
from node.members import Kind, MemberView
from ui.web.context import member_of, node_of
from ui.web.navigation import see_other
from ui.web.pages.members import qr
from ui.web.templating import render

routes = web.RouteTableDef()


@routes.get("/account/colleagues")
async def colleagues_page(request: web.Request) -> web.StreamResponse:
    _account, firm = await _firm(request)
    return await _page(request, firm)


@routes.post("/account/colleagues")
async def invite(request: web.Request) -> web.StreamResponse:
    """A link for one colleague; it is shown once, on this page."""
    account, firm = await _firm(request)
    node = node_of(request)
    try:
        link = await node.write(lambda uow: members.invite_colleague(uow, firm.id, by=account.id))
    except Conflict as error:
        return await _page(request, firm, wrong=error.public_message, status=409)
    return await _page(request, firm, link=f"{node.config.address}{link.path}")


@routes.post("/account/colleagues/{id}")
async def end(request: web.Request) -> web.StreamResponse:
    account, firm = await _firm(request)
    who = request.match_info["id"]
    try:
        await node_of(request).write(
            lambda uow: members.end_colleague(uow, firm.id, who, by=account.id)
        )
    except Conflict as error:
        return await _page(request, firm, wrong=error.public_message, status=409)
    return see_other("/account/colleagues", told="saved")


async def _firm(request: web.Request) -> tuple[AccountView, MemberView]:
    """The firm that somebody speaks for. Raises NotFound for everybody else."""
    account = member_of(request)
    async with node_of(request).reading() as reader:
        line = await members.by_account(reader, account.id)
    if line is None or line.kind is not Kind.FIRM:
        raise NotFound(_("This page is for whoever speaks for a firm that is a member."))
    return account, line


async def _page(
    request: web.Request, firm: MemberView, *, link: str = "", wrong: Text = "", status: int = 200
) -> web.StreamResponse:
    async with node_of(request).reading() as reader:
        there = await members.colleagues(reader, firm.id)
    return await render(
        request,
        "account/colleagues.html",
        status=status,
        here="more",
        firm=firm,
        there=there,
        link=link,
        picture=qr(link) if link else "",
        wrong=wrong,
    )
