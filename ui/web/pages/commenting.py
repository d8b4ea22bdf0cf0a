"""Talking about a proposal: the discussion, one comment with all that can be done about it."""

from typing import Any

from aiohttp import web

from federation.storage import UnitOfWork
from node import council, deliberation
from node.deliberation import Act, CommentView, Scope
from node.errors import InvalidInput, NodeError
from node.i18n import Text
from ui.web import council_talk as talk
from ui.web import council_words as words
from ui.web.context import member_of, node_of
from ui.web.navigation import see_other
from ui.web.numbers import whole
from ui.web.once import see_made, sent_once
from ui.web.pages.asking import home_zone
from ui.web.reading import Form, read_form
from ui.web.templating import render

routes = web.RouteTableDef()

AT_ONCE = 40


@routes.get("/council/proposals/{id}/discussion")
async def discussion(request: web.Request) -> web.StreamResponse:
    return await _discussion(request)


@routes.post("/council/proposals/{id}/discussion")
@sent_once
async def say(request: web.Request) -> web.StreamResponse:
    """Something is said about the proposal itself."""
    account, number, data = member_of(request), request.match_info["id"], await read_form(request)
    try:
        return await see_made(
            request,
            lambda uow: deliberation.comment(
                uow, number, str(data.get("text", "")), by=account, byline=_byline(data)
            ),
            lambda _said: _to_discussion(number, "comment-said"),
        )
    except InvalidInput as error:
        return await _discussion(request, status=422, wrong=_complaints(error), data=data)


@routes.get("/council/proposals/{id}/comments/{comment}")
async def comment_page(request: web.Request) -> web.StreamResponse:
    return await _comment(request)


@routes.post("/council/proposals/{id}/comments/{comment}")
@sent_once
async def change(request: web.Request) -> web.StreamResponse:
    """Answer it, change it, take it back; hide it, ask for another look, decide about that."""
    member_of(request)
    data = await read_form(request)
    told = _TOLD.get(str(data.get("do")))
    if told is None:
        raise web.HTTPBadRequest
    number = request.match_info["id"]
    try:
        return await see_made(
            request, lambda uow: _do(uow, request, data), lambda _done: _to_discussion(number, told)
        )
    except InvalidInput as error:
        return await _comment(request, status=422, wrong=_complaints(error), data=data)
    except NodeError as error:
        return await _comment(request, status=409, wrong=[error.public_message], data=data)


def _to_discussion(number: str, told: str) -> web.Response:
    return see_other(f"/council/proposals/{number}/discussion", told=told)


_TOLD = {
    "answer": "comment-said",
    "edit": "comment-changed",
    "erase": "comment-erased",
    "hide": "comment-hidden",
    "appeal": "comment-appealed",
    "uphold": "comment-decided",
    "show": "comment-decided",
}


async def _do(uow: UnitOfWork, request: web.Request, data: Form) -> None:
    account, number = member_of(request), request.match_info["id"]
    comment, text = request.match_info["comment"], str(data.get("text", ""))
    hiding, reason = str(data.get("hiding", "")), str(data.get("reason", ""))
    match data.get("do"):
        case "answer":
            name = _byline(data)
            await deliberation.comment(uow, number, text, by=account, answers=comment, byline=name)
        case "edit":
            await deliberation.edit(uow, comment, text, by=account)
        case "erase":
            await deliberation.erase(uow, comment, by=account)
        case "hide":
            scope = Scope.FEDERATION if data.get("everywhere") else Scope.OWN
            await deliberation.hide(uow, comment, reason, by=account, scope=scope)
        case "appeal":
            await deliberation.appeal(uow, hiding, reason, by=account)
        case "uphold":
            await deliberation.answer(uow, hiding, Act.UPHOLD, reason, by=account)
        case "show":
            await deliberation.answer(uow, hiding, Act.SHOW, "", by=account)


def _byline(data: Form) -> str | None:
    return "" if data.get("nameless") else None


def _complaints(error: InvalidInput) -> list[Text]:
    return [said for about in error.fields.values() for said in about]


async def _discussion(
    request: web.Request,
    *,
    status: int = 200,
    wrong: list[Text] | None = None,
    data: Form | None = None,
) -> web.StreamResponse:
    account, number = member_of(request), request.match_info["id"]
    start = whole(request.query.get("from", ""), 10**5) or 0
    async with node_of(request).reading() as reader:
        view = await council.place(reader, number)
        federation = await council.federation(reader, view.federation_id)
        said = await talk.part(reader, view, account, start, AT_ONCE)
    return await render(
        request,
        "council/discussion.html",
        status=status,
        here="council",
        view=view,
        members={each.coop: each for each in federation.members},
        said=said,
        is_open=said.is_open,
        life=deliberation.LIFE,
        start=start,
        more=start + AT_ONCE if start + AT_ONCE < said.total else None,
        wrong=wrong or [],
        data=data or {},
        words=words,
        zone=home_zone(request),
    )


async def _comment(
    request: web.Request,
    *,
    status: int = 200,
    wrong: list[Text] | None = None,
    data: Form | None = None,
) -> web.StreamResponse:
    account, number = member_of(request), request.match_info["id"]
    async with node_of(request).reading() as reader:
        view = await council.place(reader, number)
        federation = await council.federation(reader, view.federation_id)
        shown = await deliberation.remark(reader, request.match_info["comment"], account)
    return await render(
        request,
        "council/comment.html",
        status=status,
        here="council",
        view=view,
        members={each.coop: each for each in federation.members},
        one=shown,
        decidable=_decidable(shown),
        is_open=view.state in deliberation.TALK,
        moderates=node_of(request).federation.identities.coop.uri in federation.moderators,
        wrong=wrong or [],
        data=data or {},
        words=words,
        life=deliberation.LIFE,
        zone=home_zone(request),
    )


def _decidable(shown: CommentView) -> list[Any]:
    """What our coop decided about a comment and can decide anew."""
    ours = [each for each in shown.hidings if each.is_ours]
    return [each for each in ours if each.state is not deliberation.State.SHOWN]
