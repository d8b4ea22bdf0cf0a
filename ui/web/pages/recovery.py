"""Coming in when nothing is left but a sheet of codes; making the sheet; showing that it is you."""

from aiohttp import web

from node.errors import InvalidInput, NodeError, NotAllowed
from ui.web import sessions, step_up
from ui.web.context import member_of, node_of
from ui.web.entering import enter_by_code, new_codes
from ui.web.forms import filled
from ui.web.navigation import local_path, see_other
from ui.web.reading import read_text
from ui.web.templating import render
from ui.web.way_in_forms import CodeForm

routes = web.RouteTableDef()


@routes.get("/sign-in/code")
async def code_page(request: web.Request) -> web.StreamResponse:
    return await render(request, "account/code.html", form=CodeForm(), refused="")


@routes.post("/sign-in/code")
async def come_in_by_code(request: web.Request) -> web.StreamResponse:
    """A recovery code and a new password at once: nobody comes in and stays without one."""
    form, refused = await filled(CodeForm, request), ""
    if form.validate():
        try:
            signed_in = await enter_by_code(
                request, form.handle.data, form.code.data, form.password.data
            )
        except InvalidInput as error:
            form.complain(error.fields)
        except NodeError as error:
            refused = str(error)
        else:
            response = see_other("/account", told="recovered")
            sessions.sign_in(response, node_of(request).config, signed_in.token)
            return response
    return await render(request, "account/code.html", status=422, form=form, refused=refused)


@routes.post("/account/codes")
async def make_codes(request: web.Request) -> web.StreamResponse:
    """Ten new codes, shown once; the earlier ones open nothing any more."""
    codes = await new_codes(request)
    return await render(request, "account/codes.html", here="more", codes=codes)


@routes.get(step_up.CONFIRM)
async def confirm_page(request: web.Request) -> web.StreamResponse:
    member_of(request)
    return see_other("/account")


@routes.post(step_up.CONFIRM)
async def confirm(request: web.Request) -> web.StreamResponse:
    """Somebody shows that it is them, and goes on to the page that asked for it."""
    member_of(request)
    try:
        shown = await step_up.show_proof(request)
    except NotAllowed as error:
        return await step_up.ask(request, refused=str(error))
    if not shown:
        return await step_up.ask(request)
    return see_other(local_path(await read_text(request, "next")))
