"""What the coop says of itself."""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
from aiohttp import web
from msgspec.structs import replace

from node import backups, doctor, figures, joining, media, peers, places
from node.accounts import AccountView
from node.doctor import letters
from node.errors import InvalidInput, NodeError
from node.i18n import Text, _
from node.peers import Logo, Telling, Told
from node.runtime import Node
from ui.web.context import admin_of, node_of
from ui.web.navigation import see_other
from ui.web.reading import Upload, read_form
from ui.web.settings_forms import SettingsForm, asked_for, settings_form, typed
from ui.web.templating import render

routes = web.RouteTableDef()

NOT_ANOTHER = _("Choose another language than the one that it is written in.")


@routes.get("/settings")
async def settings_page(request: web.Request) -> web.StreamResponse:
    admin_of(request)
    async with node_of(request).reading() as reader:
        profile = await node_of(request).profile(reader)
        telling = await peers.our_telling(reader)
    said = {"name": profile.name, "summary": profile.summary, "place": profile.place}
    asked = [tag for tag in asked_for(request.query) if tag not in profile.languages]
    languages = (*profile.languages[1:], *telling.others, *asked)
    form = settings_form(languages, data=said | typed(telling))
    return await _page(request, form, telling, opened=request.query.get("another"))


@routes.post("/settings")
async def change_settings(request: web.Request) -> web.StreamResponse:
    """Show what the coop's page will be like, make room for one more language, or save it; coops
    we work with are told."""
    account, node, data = admin_of(request), node_of(request), await read_form(request)
    async with node.reading() as reader:
        profile = await node.profile(reader)
        main, *languages = profile.languages or ("",)
        languages += (await peers.our_telling(reader)).others
    asked = [tag for tag in asked_for(data) if tag != main]
    form = settings_form([*languages, *asked], data)
    is_whole, fault = form.validate(), await _take_logo(node, form, data.get("file"), account)
    telling = form.telling(await _logo(node, form.logo.data or "", account))
    if fault is not None:
        form.complain({"file": [fault]})
    if form.another.data and form.another.data not in asked:
        form.complain({"another": [NOT_ANOTHER]})
        return await _page(request, form, telling, status=422)
    if data.get("then") == "language":
        form.another.data = ""
        return await _page(request, form, telling, opened=data.get("another"))
    if fault is not None or not is_whole:
        return await _page(request, form, telling, status=422)
    if data.get("then") == "preview":
        told = await _preview(node, telling, profile.languages)
        return await _page(request, form, telling, told=told)
    if form.place.data and form.place.data != profile.place:
        await places.at_hand()
    try:
        await node.write(
            lambda uow: figures.change_profile(
                uow,
                name=form.name.data,
                summary=form.summary.data or "",
                place=form.place.data or None,
                tells=telling,
                by=account.id,
            )
        )
    except InvalidInput as error:
        form.complain(error.fields)
        return await _page(request, form, telling, status=422)
    room = f"?another={form.another.data}" if form.another.data else ""
    return see_other(f"/settings{room}", told="saved")


async def _take_logo(
    node: Node, form: SettingsForm, sent: object, account: AccountView
) -> Text | None:
    """Keep a picture that came with the form, whatever else is wrong with that; or say why not."""
    if not isinstance(sent, Upload) or not sent.content:
        return None
    try:
        form.logo.data = await node.pictures.take(sent.content, by=account.id)
    except NodeError as error:
        return error.public_message
    form.drop_logo.data = False
    return None


async def _logo(node: Node, digest: str, account: AccountView) -> Logo | None:
    """The picture a form names: the one that is shown already, or one that its sender sent."""
    async with node.reading() as reader:
        shown = (await peers.our_telling(reader)).logo
        if shown is not None and shown.digest == digest:
            return shown
        sizes = await media.known(reader, [digest])
        if not await media.was_sent_by(reader, digest, account.id) or digest not in sizes:
            return None
    return Logo(digest, *sizes[digest])


async def _preview(node: Node, telling: Telling, languages: Sequence[str]) -> Told:
    async with node.reading() as reader:
        counted = await figures.count(reader, telling.figures)
        telling = msgspec.structs.replace(telling, currency=node.config.currency)
        told = peers.as_shown(peers.tidied(telling), counted, languages=languages)
    return replace(told, logo=await _logo_shown(node, telling))


async def _logo_shown(node: Node, telling: Telling) -> Any:
    """Where whoever edits the page sees the logo: one that is not kept yet only they see."""
    shown = peers.as_shown(telling, {}).logo
    async with node.reading() as reader:
        kept = (await peers.our_telling(reader)).logo
    if shown is None or (kept is not None and telling.logo == kept):
        return shown
    return replace(shown, path=shown.path.replace(peers.LOGO_PATH, "/media/new", 1))


async def _page(
    request: web.Request,
    form: SettingsForm,
    telling: Telling,
    *,
    told: Told | None = None,
    opened: object = None,
    status: int = 200,
) -> web.StreamResponse:
    """opened: the language for which there is room now."""
    node = node_of(request)
    last = await asyncio.to_thread(backups.last_backup, node.config.data)
    backup = doctor.backup(node.config, last, node.clock.now())
    async with node.reading() as reader:
        form_is_open = await joining.is_open(reader)
    way = node.mail.way
    return await render(
        request,
        "settings/settings.html",
        status=status,
        here="more",
        form=form,
        languages=form.tags,
        opened=opened,
        logo=await _logo_shown(node, telling),
        preview=told,
        joining_is_shut=telling.opening in peers.ADMITTING and not form_is_open,
        backup=backup,
        mail_host=way.server.host if way else "",
        mail_line=letters.first_line(node.config),
    )
