"""What a committee is for, who sits in it, and what is open there; admins say it."""

from aiohttp import web

from node import agreements, listings, offices, policies
from node.agreements import By
from node.errors import InvalidInput
from node.offices import Committee
from ui.web.context import admin_of, member_of, node_of, visitor_of
from ui.web.forms import filled
from ui.web.navigation import see_other
from ui.web.office_forms import CommitteeForm, ask_once
from ui.web.public_facts import committee_facts, public_card
from ui.web.reading import read_text
from ui.web.templating import render

routes = web.RouteTableDef()


@routes.get("/offices/committees/new")
async def new_page(request: web.Request) -> web.StreamResponse:
    """`name`: of one that has seats already."""
    admin_of(request)
    form = CommitteeForm(data={"name": request.query.get("name", "")})
    return await render(request, "offices/committee_new.html", here="more", form=form)


@routes.post("/offices/committees")
async def set_up(request: web.Request) -> web.StreamResponse:
    account, form = admin_of(request), await filled(CommitteeForm, request)
    try:
        async with node_of(request).reading() as reader:
            await ask_once(reader, form)
        committee_id = await _said(request, form, form.name.data or "", account.id)
    except InvalidInput as error:
        form.complain(error.fields)
        return await render(
            request, "offices/committee_new.html", status=422, here="more", form=form
        )
    return see_other(f"/offices/committees/{committee_id}", told="saved")


@routes.get("/offices/committees/{id}")
async def committee_page(request: web.Request) -> web.StreamResponse:
    """For members; for everybody where the coop shows its offices to everybody."""
    async with node_of(request).reading() as reader:
        shown_to = await policies.value(reader, policies.OFFICES_SHOWN_TO)
        if shown_to != "everybody":
            member_of(request)
        one = await offices.committee(reader, request.match_info["id"])
    form = CommitteeForm(
        data={
            "name": one.name,
            "purpose": one.purpose,
            "decision": one.decision,
            "ends_on": one.ends_on,
        }
    )
    return await _page(request, one, form)


@routes.post("/offices/committees/{id}")
async def change(request: web.Request) -> web.StreamResponse:
    account, committee_id = admin_of(request), request.match_info["id"]
    async with node_of(request).reading() as reader:
        one = await offices.committee(reader, committee_id)
    if await read_text(request, "do") == "ask":
        return await render(request, "offices/committee_drop.html", here="more", one=one)
    if await read_text(request, "do") == "drop":
        await node_of(request).write(
            lambda uow: offices.drop_committee(uow, committee_id, by=account.id)
        )
        return see_other("/offices", told="saved")
    form = await filled(CommitteeForm, request)
    try:
        await _said(request, form, one.name, account.id)
    except InvalidInput as error:
        form.complain(error.fields)
        return await _page(request, one, form, status=422)
    return see_other(request.path, told="saved")


async def _said(request: web.Request, form: CommitteeForm, name: str, by: str) -> str:
    if not form.validate():
        raise InvalidInput(dict(form.errors))
    made: str = await node_of(request).write(
        lambda uow: offices.set_committee(
            uow,
            name,
            purpose=form.purpose.data or "",
            decision=form.decision.data or "",
            ends_on=form.ends_on.data,
            by=by,
        )
    )
    return made


async def _page(
    request: web.Request, one: Committee, form: CommitteeForm, *, status: int = 200
) -> web.StreamResponse:
    """What is open there is for who has a seat in it, and for whoever looks after the node."""
    visitor, teams = visitor_of(request), frozenset({one.name, *(each.name for each in one.seats)})
    is_theirs = visitor.is_admin or (
        visitor.account is not None and bool(teams & visitor.account.teams)
    )
    async with node_of(request).reading() as reader:
        offers = await listings.mine(reader, "", (), teams)
        waiting = []
        if is_theirs:
            waiting = await agreements.awaiting(
                reader, By("account", teams=teams), visitor.language
            )
    facts = committee_facts(node_of(request).config.address, request.path, one)
    return await render(
        request,
        "offices/committee.html",
        status=status,
        here="more",
        one=one,
        form=form,
        card=await public_card(request, request.path, one.name, facts),
        waiting=waiting,
        offers=[
            each
            for each in offers
            if each.state is listings.State.PUBLISHED
            and (visitor.account is not None or each.visibility is listings.Visibility.PUBLIC)
        ],
        is_theirs=is_theirs,
    )
