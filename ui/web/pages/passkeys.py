"""Passkeys: making one, coming in by one. The script on these pages asks the browser for it."""

import asyncio

from aiohttp import web

from federation.storage import UnitOfWork
from node import accounts
from node.accounts import Purpose, allowances, webauthn
from node.accounts.webauthn import Owner
from node.errors import Conflict, InvalidInput, NodeError, NotAllowed
from ui.web import held, passkeys, sessions
from ui.web.context import member_of, node_of
from ui.web.entering import device_of
from ui.web.forms import SignInForm, filled
from ui.web.guests import check_guest
from ui.web.identity import look_again
from ui.web.navigation import local_path, see_other
from ui.web.pages.account import show_account, show_sign_in, welcome
from ui.web.reading import read_text
from ui.web.way_in_forms import PasskeyForm

routes = web.RouteTableDef()


@routes.post("/sign-in/passkey/options")
async def ask_for_one(request: web.Request) -> web.StreamResponse:
    """The same for everybody: the browser knows which passkeys it has for this node."""
    await check_guest(request, allowances.PASSKEYS)
    challenge = await node_of(request).write(accounts.new_challenge)
    site = await passkeys.site_of(request)
    options = await asyncio.to_thread(webauthn.request_options, site, challenge)
    return web.json_response(options)


@routes.post("/sign-in/passkey")
async def come_in(request: web.Request) -> web.StreamResponse:
    node, back = node_of(request), local_path(await read_text(request, "next", "/"))
    try:
        shown = await passkeys.shown(request, await read_text(request, passkeys.FIELD))
        brought = sessions.read(request, node.config, "session")
        signed_in = await node.write(
            lambda uow: accounts.sign_in_by_passkey(
                uow,
                shown.passkey.id,
                shown.challenge,
                shown.count,
                device=device_of(request),
                replacing=brought,
            )
        )
        if signed_in is None:
            raise webauthn.refused()
    except NodeError as error:
        along, refused = await read_text(request, held.FIELD), str(error)
        return await show_sign_in(
            request, SignInForm(), back, status=422, refused=refused, along=along
        )
    return await welcome(request, signed_in, back)


@routes.post("/account/passkeys/options")
async def ask_for_a_new_one(request: web.Request) -> web.StreamResponse:
    account, node = member_of(request), node_of(request)
    challenge = await node.write(lambda uow: accounts.new_challenge(uow, account.id))
    async with node.reading() as reader:
        known = [one.data for one in await accounts.passkeys(reader, account.id)]
    site, owner = await passkeys.site_of(request), Owner(account.id, account.handle, account.name)
    options = await asyncio.to_thread(webauthn.creation_options, site, owner, challenge, known)
    return web.json_response(options)


@routes.post("/in/{code}/passkey")
async def ask_for_a_first_one(request: web.Request) -> web.StreamResponse:
    """For whoever comes in by a link that makes an account, or by one for who lost every way in.
    Which name a new one chooses, only their browser knows yet; one made again, because that name
    was taken, takes the place of the first."""
    await check_guest(request, allowances.PASSKEYS)
    node, code = node_of(request), request.match_info["code"]
    async with node.reading() as reader:
        link = await accounts.look_at_link(reader, code)
    if link is None or (link.account and link.purpose is not Purpose.RECOVERY):
        raise web.HTTPNotFound
    lost, owner = None, Owner(link.id, "", link.name or "")
    if link.account:
        lost, owner = (
            link.account.id,
            Owner(link.account.id, link.account.handle, link.account.name),
        )
    challenge = await node.write(lambda uow: accounts.new_challenge(uow, lost))
    site = await passkeys.site_of(request)
    options = await asyncio.to_thread(webauthn.creation_options, site, owner, challenge)
    return web.json_response(options)


@routes.post("/account/passkeys")
async def add(request: web.Request) -> web.StreamResponse:
    account, form = member_of(request), await filled(PasskeyForm, request)
    if not form.validate():
        return await show_account(request, account, status=422, passkey_form=form)
    try:
        made = await passkeys.made(request, form.made.data or "")

        async def keep(uow: UnitOfWork) -> None:
            await look_again(request, uow)
            await accounts.add_passkey(
                uow, account.id, made.challenge, made.credential, form.name.data or ""
            )

        await node_of(request).write(keep)
    except InvalidInput as error:
        form.complain(error.fields)
        return await show_account(request, account, status=422, passkey_form=form)
    except (NotAllowed, Conflict) as error:
        form.made.data = ""  # it will not do a second time either: the browser is asked anew
        form.complain({"name": [error.public_message]})
        return await show_account(request, account, status=422, passkey_form=form)
    return see_other("/account", told="passkey-made")


@routes.post("/account/passkeys/{id}")
async def change(request: web.Request) -> web.StreamResponse:
    """Call a passkey otherwise, or remove it."""
    account, passkey_id = member_of(request), request.match_info["id"]
    node, name = node_of(request), await read_text(request, "name")
    match await read_text(request, "do"):
        case "rename":
            try:
                await node.write(
                    lambda uow: accounts.rename_passkey(uow, account.id, passkey_id, name)
                )
            except InvalidInput as error:
                wrong = {passkey_id: (name, error.fields["name"][0])}
                return await show_account(request, account, status=422, misnamed=wrong)
            return see_other("/account", told="passkey-named")
        case "remove":
            try:
                await node.write(lambda uow: accounts.remove_passkey(uow, account.id, passkey_id))
            except Conflict as error:
                kept = {passkey_id: error.public_message}
                return await show_account(request, account, status=409, kept=kept)
            return see_other("/account", told="passkey-gone")
    raise web.HTTPBadRequest
