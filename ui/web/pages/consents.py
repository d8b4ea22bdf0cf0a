"""What members are asked beyond the membership: worded by admins, answered by each on their own."""

from aiohttp import web

from node import accounts, consents
from node.errors import Conflict, InvalidInput, NotFound
from ui.web.context import admin_of, member_of, node_of
from ui.web.forms import ConsentForm, filled
from ui.web.navigation import see_other
from ui.web.reading import read_text
from ui.web.templating import render

routes = web.RouteTableDef()


@routes.post("/account/consents/{id}")
async def answer(request: web.Request) -> web.StreamResponse:
    """Agree to a wording, or take back what was agreed to about its matter."""
    account, node, number = member_of(request), node_of(request), request.match_info["id"]
    match await read_text(request, "do"):
        case "give":
            await node.write(lambda uow: consents.give(uow, account.id, number))
        case "withdraw":
            await node.write(lambda uow: consents.withdraw(uow, account.id, number))
        case _other:
            raise web.HTTPBadRequest
    return see_other("/account/data", told="saved")


@routes.get("/settings/consents")
async def page(request: web.Request) -> web.StreamResponse:
    admin_of(request)
    return await _page(request, ConsentForm())


@routes.post("/settings/consents")
async def ask(request: web.Request) -> web.StreamResponse:
    """Ask something new, word it anew, or ask it no more."""
    account, node = admin_of(request), node_of(request)
    form, matter = await filled(ConsentForm, request), await read_text(request, "matter")
    if await read_text(request, "do") == "stop":
        await node.write(lambda uow: consents.stop_asking(uow, matter, by=account.id))
        return see_other("/settings/consents", told="saved")
    title, text = form.title.data or "", form.text.data or ""
    try:
        await node.write(
            lambda uow: consents.ask(uow, title, text, matter=matter or None, by=account.id)
        )
    except InvalidInput as error:
        form.complain(error.fields)
        return await _page(request, form, matter=matter, status=422)
    except (Conflict, NotFound) as error:  # what was typed can still be asked as something new
        form.complain({"title": [error.public_message]})
        return await _page(request, form, status=409)
    return see_other("/settings/consents", told="saved")


async def _page(
    request: web.Request, form: ConsentForm, *, matter: str = "", status: int = 200
) -> web.StreamResponse:
    async with node_of(request).reading() as reader:
        asked = await consents.asked(reader)
        agreed = {one.id: await consents.holders(reader, one.id) for one in asked}
        names = await accounts.names(reader, {who for found in agreed.values() for who in found})
    forms = {one.matter: ConsentForm(data={"title": one.title, "text": one.text}) for one in asked}
    if matter:
        forms[matter] = form
    for number, each in enumerate(forms.values()):
        for entry in each:  # several forms on one page: their labels must not lead astray
            entry.id = f"{entry.id}-{number}"
    return await render(
        request,
        "settings/consents.html",
        status=status,
        here="more",
        asked=asked,
        agreed=agreed,
        names=names,
        forms=forms,
        form=ConsentForm() if matter else form,
        failed=matter,
    )
