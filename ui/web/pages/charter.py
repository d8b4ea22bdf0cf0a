"""A federation's charter with its history, changing it, and keys that are lost or stolen."""

from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from federation.storage import UnitOfWork
from node import accounts, council
from node.council import Member, Rules
from node.errors import Conflict, InvalidInput, NotAllowed
from node.i18n import _
from ui.web import charter_words, council_words
from ui.web.charter_forms import AmendForm
from ui.web.context import admin_of, member_of, node_of, visitor_of
from ui.web.navigation import see_other
from ui.web.once import see_made, sent_once
from ui.web.pages.asking import home_zone
from ui.web.pages.council import powers_of
from ui.web.pages.proposals import speaker_of
from ui.web.reading import read_form
from ui.web.templating import render

routes = web.RouteTableDef()


@routes.get("/council/federations/{id}/charter")
async def page(request: web.Request) -> web.StreamResponse:
    member_of(request)
    number = request.match_info["id"]
    async with node_of(request).reading() as reader:
        view = await council.federation(reader, number)
        rules = await council.agreed_rules(reader, number)
        changes = await council.charter_changes(reader, number)
    return await render(
        request,
        "council/charter.html",
        here="council",
        view=view,
        rules=rules,
        changes=changes[::-1],
        members={each.coop: each for each in view.members},
        words=council_words,
        charter_words=charter_words,
        zone=home_zone(request),
    )


@routes.get("/council/federations/{id}/charter/change")
async def change_page(request: web.Request) -> web.StreamResponse:
    speaker_of(request)
    (now, members), form = await _changeable(request), AmendForm()
    form.offer(now, members)
    form.fill(now, node_of(request).clock.now(), home_zone(request))
    return await _change_page(request, form, now)


@routes.post("/council/federations/{id}/charter/change")
@sent_once
async def change(request: web.Request) -> web.StreamResponse:
    """First a look at what would change, with each coop's power; then it goes to the others."""
    account, data = speaker_of(request), await read_form(request)
    (now, members), form = await _changeable(request), AmendForm(data)
    form.offer(now, members)
    if not form.validate():
        return await _change_page(request, form, now, status=422)
    try:
        wanted = form.wanted(now)
        if data.get("do") != "propose":
            return await _change_page(request, form, now, preview=wanted)
        written = form.draft(now, home_zone(request), visitor_of(request).language)
        number = request.match_info["id"]

        async def write(uow: UnitOfWork) -> str:
            made = await council.draft(uow, number, written, by=account)
            await council.submit(uow, made, by=account)
            return made

        return await see_made(
            request,
            write,
            lambda made: see_other(f"/council/proposals/{made}", told="council-proposed"),
        )
    except InvalidInput as error:
        form.complain(error.fields)
        return await _change_page(request, form, now, status=422)


@routes.get("/council/federations/{id}/keys")
async def keys_page(request: web.Request) -> web.StreamResponse:
    admin_of(request)
    return await _keys_page(request, {})


@routes.post("/council/federations/{id}/keys")
async def change_keys(request: web.Request) -> web.StreamResponse:
    """A key that was lost: a delegate's, our coop's, or another coop's that we vouch for."""
    visitor, data = member_of(request), await read_form(request)
    number, node = request.match_info["id"], node_of(request)
    key, reason = str(data.get("key", "")), str(data.get("reason", ""))
    coop, whose = str(data.get("coop", "")), str(data.get("account", "")) or visitor.id
    if data.get("do") in ("lost", "device"):
        is_own = whose == visitor.id and await _is_own(request, key, whose)
        on_device = str(data.get("device_key", "")) if data["do"] == "device" else None
        if on_device is not None and not is_own:
            raise NotAllowed(_("Only a delegate can keep their key on their device."), "not-yours")
        if not is_own:
            admin_of(request)
        await node.write(
            lambda uow: council.lost_key(
                uow, number, key, account_id=whose, device_key=on_device, by=visitor.id
            )
        )
        return see_other(f"/council/federations/{number}", told="council-new-key")
    by = admin_of(request).id
    try:
        match data.get("do"):
            case "replace":
                await node.write(lambda uow: council.replace_key(uow, number, reason, by=by))
            case "vouch":
                await node.write(lambda uow: council.vouch(uow, number, coop, reason, by=by))
            case _:
                raise web.HTTPBadRequest
    except InvalidInput as error:
        return await _keys_page(request, error.fields, status=422)
    return see_other(f"/council/federations/{number}/keys", told="council-said")


async def _is_own(request: web.Request, key: str, account_id: str) -> bool:
    async with node_of(request).reading() as reader:
        named = await council.our_delegates(reader, request.match_info["id"])
    return any(one.key == key and one.account_id == account_id for one in named)


async def _changeable(request: web.Request) -> tuple[Mapping[str, Any], Sequence[Member]]:
    """The rules in force, and whose they are. Raises Conflict, NotAllowed if they cannot change."""
    async with node_of(request).reading() as reader:
        view = await council.federation(reader, request.match_info["id"])
        rules = await council.agreed_rules(reader, view.id)
    if not view.members:
        raise Conflict(_("We are no member of this federation."), "not-a-member")
    if "charter" not in rules["classes"]:
        raise NotAllowed(
            _("This charter says nothing of how it could be changed, so it cannot be."),
            "class-unknown",
        )
    return rules, view.members


async def _change_page(
    request: web.Request,
    form: AmendForm,
    now: Mapping[str, Any],
    *,
    status: int = 200,
    preview: Rules | None = None,
) -> web.StreamResponse:
    async with node_of(request).reading() as reader:
        view = await council.federation(reader, request.match_info["id"])
    sizes = {each.coop: each.members for each in view.members}
    return await render(
        request,
        "council/charter_change.html",
        status=status,
        here="council",
        form=form,
        rules=now,
        view=view,
        preview=preview,
        differences=charter_words.differences(now, preview.document) if preview else [],
        before=powers_of(view, now["scheme"]),
        powers=council.power(preview.scheme, sizes) if preview else {},
        powerless=council.powerless(preview, sizes) if preview else [],
        members={each.coop: each for each in view.members},
        words=council_words,
        zone=home_zone(request),
    )


async def _keys_page(
    request: web.Request, wrong: Mapping[str, Any], *, status: int = 200
) -> web.StreamResponse:
    number = request.match_info["id"]
    async with node_of(request).reading() as reader:
        view = await council.federation(reader, number)
        asked = await council.keys_asked(reader, number)
        has_ours = await council.has_our_key(reader, number)
        is_alone = await council.replaces_alone(reader, number)
        delegates = await council.our_delegates(reader, number)
        people = [one for one in await accounts.accounts(reader) if not one.disabled]
    return await render(
        request,
        "council/keys.html",
        status=status,
        here="council",
        view=view,
        asked=asked,
        has_ours=has_ours,
        is_alone=is_alone,
        delegates=delegates,
        people=people,
        named={one.id: one.name for one in people},
        members={each.coop: each for each in view.members},
        ours=node_of(request).federation.identities.coop.uri,
        wrong=[said for about in wrong.values() for said in about],
    )
