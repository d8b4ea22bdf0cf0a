"""What is kept about people, for everybody; what is known of oneself, to take along."""

from typing import Any

from aiohttp import web

from node import consents, joining, privacy
from node.accounts import AccountView
from node.data_map import BASIS_WORDS, KEPT_WORDS, LEAVING_WORDS, SEEN_WORDS
from node.errors import Conflict
from node.i18n import _
from ui.web import forms, sessions
from ui.web.context import admin_of, member_of, node_of, visitor_of
from ui.web.navigation import see_other
from ui.web.own_data import own_data
from ui.web.public_facts import public_card
from ui.web.templating import render

routes = web.RouteTableDef()

WORDS: dict[str, Any] = {
    "basis_words": BASIS_WORDS,
    "kept_words": KEPT_WORDS,
    "seen_words": SEEN_WORDS,
    "leaving_words": LEAVING_WORDS,
}


@routes.get("/privacy")
async def data_map_page(request: web.Request) -> web.StreamResponse:
    async with node_of(request).reading() as reader:
        lines = await privacy.map_lines(reader)
    card = await public_card(request, "/privacy", _("What we keep about people"))
    return await render(request, "privacy/map.html", here="more", card=card, lines=lines, **WORDS)


@routes.get("/account/data")
async def known_page(request: web.Request) -> web.StreamResponse:
    return await _known(request, member_of(request))


@routes.post("/account/data")
async def take_along(request: web.Request) -> web.StreamResponse:
    """All that is known of whoever asks, in one file; nobody else can ask for it."""
    account, node = member_of(request), node_of(request)
    file = await own_data(node, account)
    await node.write(lambda uow: privacy.note_taken(uow, account.id))
    return file


@routes.get("/account/leave")
async def leave_page(request: web.Request) -> web.StreamResponse:
    return await _leaving(request, member_of(request), forms.LeaveForm())


@routes.post("/account/leave")
async def leave(request: web.Request) -> web.StreamResponse:
    """Leave for good; the way leads to a confirmation that needs no account."""
    account, node = member_of(request), node_of(request)
    form = await forms.filled(forms.LeaveForm, request)
    if not form.validate():
        return await _leaving(request, account, form, status=422)
    keep = form.offers.data == "coop"
    try:
        path = await node.write(lambda uow: privacy.leave(uow, account, keep_listings=keep))
    except Conflict as error:
        form.complain({"sure": [error.public_message]})
        return await _leaving(request, account, form, status=409)
    response = see_other(path)
    sessions.sign_out(response, node.config)
    return response


@routes.get("/left/{code}")
async def left_page(request: web.Request) -> web.StreamResponse:
    """What was deleted, what stays and until when, and which coop has done its part."""
    async with node_of(request).reading() as reader:
        done = await privacy.confirmation(reader, request.match_info["code"])
    return await render(request, "privacy/left.html", here="more", done=done)


@routes.get("/retention")
async def retention_page(request: web.Request) -> web.StreamResponse:
    """How much each rule would let go today."""
    admin_of(request)
    async with node_of(request).reading() as reader:
        lines = await privacy.due(reader)
    return await render(request, "privacy/retention.html", here="more", lines=lines)


async def _leaving(
    request: web.Request, account: AccountView, form: forms.LeaveForm, *, status: int = 200
) -> web.StreamResponse:
    async with node_of(request).reading() as reader:
        outlook = await privacy.outlook(reader, account)
    return await render(
        request,
        "privacy/leave.html",
        status=status,
        here="more",
        outlook=outlook,
        form=form,
        **WORDS,
    )


async def _known(request: web.Request, account: AccountView) -> web.StreamResponse:
    async with node_of(request).reading() as reader:
        person = await privacy.person_of(reader, account.id)
        known = await privacy.what_we_know(reader, person)
        lines = {line.entry.key: line for line in await privacy.map_lines(reader)}
        asked = await consents.asked(reader)
        agreed = await consents.mine(reader, account.id)
        whose, tag = person.member_id, visitor_of(request).language
        applied = await joining.agreed_to(reader, whose) if whose else []
        changed = await joining.changed_since(reader, whose, tag) if whose else []
    return await render(
        request,
        "privacy/known.html",
        here="more",
        known=known,
        lines=lines,
        asked=asked,
        standing={one.matter: one for one in agreed if one.withdrawn_at is None},
        ended=[one for one in agreed if one.withdrawn_at is not None],
        applied=applied,
        changed=changed,
        **WORDS,
    )
