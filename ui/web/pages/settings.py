"""What the coop says of itself."""

import asyncio

from aiohttp import web

from node import backups, doctor, peers
from node.doctor import letters
from node.errors import InvalidInput
from ui.web import forms
from ui.web.context import admin_of, node_of
from ui.web.navigation import see_other
from ui.web.templating import render

routes = web.RouteTableDef()


@routes.get("/settings")
async def settings_page(request: web.Request) -> web.StreamResponse:
    admin_of(request)
    async with node_of(request).reading() as reader:
        profile = await node_of(request).profile(reader)
    form = forms.SettingsForm(
        data={"name": profile.name, "summary": profile.summary, "place": profile.place}
    )
    return await _page(request, form)


@routes.post("/settings")
async def change_settings(request: web.Request) -> web.StreamResponse:
    """Save what the coop says of itself; coops we work with are told."""
    account, node = admin_of(request), node_of(request)
    form = await forms.filled(forms.SettingsForm, request)
    if not form.validate():
        return await _page(request, form, status=422)
    try:
        await node.write(
            lambda uow: peers.change_profile(
                uow,
                name=form.name.data,
                summary=form.summary.data or "",
                place=form.place.data or None,
                by=account.id,
            )
        )
    except InvalidInput as error:
        form.complain(error.fields)
        return await _page(request, form, status=422)
    return see_other("/settings", told="saved")


async def _page(
    request: web.Request, form: forms.SettingsForm, *, status: int = 200
) -> web.StreamResponse:
    node = node_of(request)
    last = await asyncio.to_thread(backups.last_backup, node.config.data)
    backup = doctor.backup(node.config, last, node.clock.now())
    way = node.mail.way
    return await render(
        request,
        "settings/settings.html",
        status=status,
        here="more",
        form=form,
        backup=backup,
        mail_host=way.server.host if way else "",
        mail_line=f"{letters.remedy(node.config)} --server MAIL.EXAMPLE.ORG",
    )
