"""What our coop says beside its ballot: own answers, exceptions, rounds, who stands in."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from aiohttp import web

from node import council
from node.errors import InvalidInput, NodeError
from ui.web import council_words as words
from ui.web.context import admin_of, node_of
from ui.web.council_forms import ProxyForm
from ui.web.navigation import see_other
from ui.web.pages.asking import home_zone
from ui.web.pages.proposals import page_with, speaker_of
from ui.web.reading import read_form
from ui.web.templating import render

routes = web.RouteTableDef()


@routes.post("/council/proposals/{id}/said")
async def say(request: web.Request) -> web.StreamResponse:
    """One of the forms below a proposal."""
    account, number = speaker_of(request), request.match_info["id"]
    node, data = node_of(request), await read_form(request)
    reason, at = str(data.get("reason", "")), number
    try:
        match data.get("do"):
            case "accept" | "reject" as verdict:
                decision, accepts = str(data.get("decision", "")), verdict == "accept"
                await node.write(
                    lambda uow: council.answer(
                        uow, number, accepts=accepts, decision=decision, by=account
                    )
                )
            case "reserve":
                key = str(data.get("key", ""))
                await node.write(lambda uow: council.reserve(uow, number, key, reason, by=account))
            case "mark":
                ballot = str(data.get("ballot", ""))
                await node.write(lambda uow: council.mark(uow, number, ballot, reason, by=account))
            case "again":
                at = await node.write(lambda uow: council.bring_again(uow, number, by=account))
            case _:
                raise web.HTTPBadRequest
    except InvalidInput as error:
        wrong = [said for about in error.fields.values() for said in about]
        return await page_with(request, 422, wrong)
    except NodeError as error:
        return await page_with(request, 409, [error.public_message])
    return see_other(f"/council/proposals/{at}", told="council-said")


@routes.get("/council/federations/{id}/proxies")
async def proxies_page(request: web.Request) -> web.StreamResponse:
    admin_of(request)
    soon = node_of(request).clock.now() + timedelta(days=365)
    return await _page(request, ProxyForm(data={"until": soon.date()}))


@routes.post("/council/federations/{id}/proxies")
async def stand_in(request: web.Request) -> web.StreamResponse:
    """Name who votes for us where we do not, or take it back."""
    account, number = admin_of(request), request.match_info["id"]
    data, node = await read_form(request), node_of(request)
    form = ProxyForm(data)
    await _offer(request, form)
    if not form.validate():
        return await _page(request, form, status=422)
    until = datetime.combine(form.until.data, time.max, ZoneInfo(home_zone(request)))
    holder = None if data.get("do") == "revoke" else form.holder.data
    try:
        await node.write(
            lambda uow: council.stand_in(
                uow, number, holder, form.decision_class.data, until=until, by=account.id
            )
        )
    except InvalidInput as error:
        form.complain(error.fields)
        return await _page(request, form, status=422)
    except NodeError as error:
        form.complain({"holder": [error.public_message]})
        return await _page(request, form, status=409)
    return see_other(f"/council/federations/{number}/proxies", told="council-said")


async def _offer(request: web.Request, form: ProxyForm) -> None:
    async with node_of(request).reading() as reader:
        view = await council.federation(reader, request.match_info["id"])
        rules = await council.agreed_rules(reader, view.id)
    ours = reader.identities.coop.uri
    form.offer(rules["classes"], [each for each in view.members if each.coop != ours])


async def _page(request: web.Request, form: ProxyForm, *, status: int = 200) -> web.StreamResponse:
    await _offer(request, form)
    async with node_of(request).reading() as reader:
        view = await council.federation(reader, request.match_info["id"])
        granted = await council.our_proxies(reader, view.id)
    return await render(
        request,
        "council/proxies.html",
        status=status,
        here="council",
        form=form,
        view=view,
        granted=granted,
        members={each.coop: each for each in view.members},
        words=words,
        zone=home_zone(request),
    )
