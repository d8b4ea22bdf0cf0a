"""Who holds which office until when; admins give and end them."""

from collections.abc import Iterable
from datetime import timedelta
from itertools import groupby

from aiohttp import web

from federation.storage import Reader
from node import accounts, members, offices, policies
from node.errors import Conflict, InvalidInput
from node.i18n import Text, _
from node.members import Status
from node.offices import GIVES, OFFICE_WORDS, Given, Holding, Office, Standing, office_named
from ui.web.context import admin_of, member_of, node_of, visitor_of
from ui.web.forms import filled, options
from ui.web.navigation import see_other
from ui.web.office_forms import DOES, OfficeEndForm, OfficeForm, ask_once
from ui.web.public_facts import offices_facts, public_card
from ui.web.templating import render

routes = web.RouteTableDef()

PEOPLE_OFFERED = 300
A_YEAR = timedelta(days=365)


@routes.get("/offices")
async def offices_page(request: web.Request) -> web.StreamResponse:
    """For members; for everybody where the coop has decided so. What stands in the address is
    filled in: the next term of somebody."""
    async with node_of(request).reading() as reader:
        shown_to = await policies.value(reader, policies.OFFICES_SHOWN_TO)
    if shown_to != "everybody":
        member_of(request)
    today = node_of(request).clock.now().date()
    asked = {name: request.query.get(name, "") for name in ("member", "office", "name")}
    form = OfficeForm(data={**asked, "starts_on": today, "ends_on": today + 2 * A_YEAR})
    return await _page(request, form)


@routes.post("/offices")
async def give(request: web.Request) -> web.StreamResponse:
    """Give an office for a term; the holder's account gets what it may do from its first day on."""
    account, form = admin_of(request), await filled(OfficeForm, request)
    await _offer_people(request, form)
    if not form.validate():
        return await _page(request, form, status=422)
    try:
        office = office_named(form.office.data)
        if office is Office.COMMITTEE:
            async with node_of(request).reading() as reader:
                await ask_once(reader, form)
        given = Given(
            office,
            form.starts_on.data,
            form.ends_on.data,
            form.decision.data,
            form.name.data or "",
        )
        member_id = form.member.data
        await node_of(request).write(lambda uow: offices.give(uow, member_id, given, by=account.id))
    except InvalidInput as error:
        form.complain(error.fields)
        return await _page(request, form, status=422)
    except Conflict as error:
        form.complain({"member": [error.public_message]})
        return await _page(request, form, status=409)
    return see_other("/offices", told="office-given")


@routes.get("/offices/{id}")
async def office_page(request: web.Request) -> web.StreamResponse:
    """One term, for whoever may end it."""
    admin_of(request)
    return await _one(request, OfficeEndForm())


@routes.post("/offices/{id}")
async def end(request: web.Request) -> web.StreamResponse:
    account, form = admin_of(request), await filled(OfficeEndForm, request)
    holding_id, reason = request.match_info["id"], form.reason.data or ""
    try:
        await node_of(request).write(
            lambda uow: offices.end(uow, holding_id, by=account.id, reason=reason)
        )
    except InvalidInput as error:
        form.complain(error.fields)
        return await _one(request, form, status=422)
    except Conflict as error:
        form.complain({"reason": [error.public_message]})
        return await _one(request, form, status=409)
    return see_other("/offices", told="office-ended")


async def _one(
    request: web.Request, form: OfficeEndForm, *, status: int = 200
) -> web.StreamResponse:
    async with node_of(request).reading() as reader:
        one = await offices.holding(reader, request.match_info["id"])
        names = await accounts.names(reader, [one.given_by])
    return await render(
        request,
        "offices/one.html",
        status=status,
        here="more",
        one=one,
        form=form,
        names=names,
        does=_does(one),
    )


async def _page(request: web.Request, form: OfficeForm, *, status: int = 200) -> web.StreamResponse:
    visitor = visitor_of(request)
    if visitor.is_admin:
        await _offer_people(request, form)
    async with node_of(request).reading() as reader:
        found = await offices.holdings(reader)
        known = await offices.committees(reader)
        names = await accounts.names(reader, {one.given_by for one in found})
        open_to_all = await policies.value(reader, policies.OFFICES_SHOWN_TO) == "everybody"
        profile = await node_of(request).profile(reader)
    held = [one for one in found if one.standing is Standing.HELD]
    facts = offices_facts(node_of(request).config.address, profile, held)
    return await render(
        request,
        "offices/offices.html",
        status=status,
        here="more",
        form=form,
        names=names,
        open_to_all=open_to_all,
        card=await public_card(request, "/offices", _("Offices"), facts),
        committees=[one for one in known if not one.is_over or visitor.is_admin],
        held=_by_office(held),
        coming=[one for one in found if one.standing is Standing.COMING],
        over=[one for one in found if one.standing is Standing.OVER],
        rights=[
            (OFFICE_WORDS[office], [DOES[role] for role in sorted(roles)])
            for office, roles in GIVES.items()
            if roles
        ],
    )


def _by_office(found: Iterable[Holding]) -> list[tuple[Text, list[Holding]]]:
    """Those who hold the same office, or sit in the same committee, stand together."""
    groups = groupby(found, key=lambda one: (one.office, one.name.casefold()))
    lists = [list(group) for _key, group in groups]
    return [(group[0].title, group) for group in lists]


def _does(one: Holding) -> list[Text]:
    return [DOES[role] for role in sorted(GIVES[one.office])]


async def _offer_people(request: web.Request, form: OfficeForm) -> None:
    async with node_of(request).reading() as reader:
        people = await _people(reader, form.member.data or "")
    form.member.choices = options((one.id, one.name) for one in people)


async def _people(reader: Reader, chosen: str) -> list[members.MemberView]:
    """Every active member; of a large coop, whose page would grow heavy, only the chosen one."""
    found = await members.members(reader, [Status.ACTIVE], limit=PEOPLE_OFFERED + 1)
    if len(found) > PEOPLE_OFFERED:
        one = await members.member(reader, chosen)
        found = [one] if one is not None and one.status is Status.ACTIVE else []
    return sorted(found, key=lambda one: one.name.casefold())
