"""Putting something before the other coops, and changing the text while that is possible."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web
from msgspec import Struct
from msgspec.structs import replace

from federation.storage import UnitOfWork
from node import council
from node.council import Draft, FederationView, ProposalDetail, State
from node.errors import Conflict, InvalidInput
from node.i18n import _
from protocol import datetimes
from ui.web import council_words as words
from ui.web.context import node_of, visitor_of
from ui.web.council_forms import ProposeForm
from ui.web.navigation import see_other
from ui.web.once import see_made, sent_once
from ui.web.pages.asking import home_zone
from ui.web.pages.proposals import speaker_of
from ui.web.policy_fields import is_changed
from ui.web.reading import read_form
from ui.web.templating import render

routes = web.RouteTableDef()


class Desk(Struct, frozen=True):
    """What is written for: a federation with its rules, and the proposal that is to be changed."""

    view: FederationView
    rules: Mapping[str, Any]
    detail: ProposalDetail | None = None

    def hours(self, decision_class: str = "ordinary") -> Mapping[str, int]:
        classes: Mapping[str, Any] = self.rules["classes"]
        found: Mapping[str, int] = classes.get(decision_class) or next(iter(classes.values()))
        return found


@routes.get("/council/federations/{id}/propose")
async def propose_page(request: web.Request) -> web.StreamResponse:
    speaker_of(request)
    desk, going_on = await _desk(request), await _goes_on(request)
    form = ProposeForm(data=going_on)
    form.set_policies(going_on.pop("policies", {}))
    form.fill_times(desk.hours(), node_of(request).clock.now(), home_zone(request))
    return await _page(request, desk, form)


@routes.post("/council/federations/{id}/propose")
@sent_once
async def propose(request: web.Request) -> web.StreamResponse:
    """Put before the coops, or kept as a draft until it is ready."""
    account, desk = speaker_of(request), await _desk(request)

    async def write(uow: UnitOfWork, written: Draft, *, is_kept: bool) -> str:
        made = await council.draft(uow, desk.view.id, written, by=account)
        if not is_kept:
            await council.submit(uow, made, by=account)
        return made

    return await _take(request, desk, write)


@routes.get("/council/proposals/{id}/text")
async def text_page(request: web.Request) -> web.StreamResponse:
    speaker_of(request)
    detail, zone = await _detail(request), ZoneInfo(home_zone(request))
    view, text = detail.proposal, detail.text
    form = ProposeForm(
        data={
            "title": view.title,
            "text": text.get("text"),
            "decision_class": view.decision_class,
            "choices": "\n".join(council.names_in(text).values()),
            "opens": view.opens_at.astimezone(zone).replace(tzinfo=None),
            "is_public": view.is_public,
            "closes": view.closes_at.astimezone(zone).replace(tzinfo=None),
            "confirms": text.get("confirms"),
            "excludes": text.get("excludes"),
            "review": _day(text.get("reviewBy"), zone),
            "until": _day(text.get("until"), zone),
        }
    )
    form.set_policies(text["policies"])
    return await _page(request, await _open(request, view.federation_id, detail), form)


@routes.post("/council/proposals/{id}/text")
@sent_once
async def change_text(request: web.Request) -> web.StreamResponse:
    """Another text in place of ours; a notice that was given counts no more. A draft is written
    anew, and put before the coops if it is ready."""
    account, detail = speaker_of(request), await _detail(request)
    number, is_draft = detail.proposal.id, detail.proposal.state is State.DRAFT

    async def write(uow: UnitOfWork, written: Draft, *, is_kept: bool) -> str:
        said = replace(written, charter=detail.text.get("charter"))
        if not is_draft:
            await council.revise(uow, number, said, by=account)
            return number
        await council.redraft(uow, number, said, by=account)
        if not is_kept:
            await council.submit(uow, number, by=account)
        return number

    return await _take(request, await _open(request, detail.proposal.federation_id, detail), write)


async def _take(request: web.Request, desk: Desk, write: Any) -> web.StreamResponse:
    data = await read_form(request)
    form, is_kept = ProposeForm(data), data.get("do") == "keep"
    told = "council-kept" if is_kept else "council-proposed"
    form.offer(desk.rules["classes"])
    if is_changed(data):
        return await _page(request, desk, form)
    if not form.validate():
        return await _page(request, desk, form, status=422)
    try:
        hours = desk.hours(form.decision_class.data)
        written = form.draft(home_zone(request), visitor_of(request).language, hours)
        return await see_made(
            request,
            lambda uow: write(uow, written, is_kept=is_kept),
            lambda made: see_other(f"/council/proposals/{made}", told=told),
        )
    except InvalidInput as error:
        form.complain(error.fields)
        return await _page(request, desk, form, status=422)


async def _goes_on(request: web.Request) -> dict[str, Any]:
    """A decision that ends, to be decided anew; an urgent one, to be confirmed; a membership that
    is to end."""
    if coop := request.query.get("excludes"):
        return {"excludes": coop, "decision_class": "charter"}
    if "after" not in request.query:
        return {}
    async with node_of(request).reading() as reader:
        detail = await council.proposal(reader, request.query["after"])
        behind = await council.background(reader, detail.proposal.id)
    decided = detail.carried_text or detail.text
    text = {"title": decided["title"], "text": decided.get("text")}
    if behind.decision_class.get("urgent"):
        return text | {"confirms": detail.carried or detail.digest}
    return text | {
        "policies": decided["policies"],
        "decision_class": detail.proposal.decision_class,
    }


def _day(moment: str | None, zone: ZoneInfo) -> date | None:
    return datetimes.parse(moment).astimezone(zone).date() if moment else None


async def _desk(request: web.Request) -> Desk:
    return await _open(request, request.match_info["id"], None)


async def _detail(request: web.Request) -> ProposalDetail:
    async with node_of(request).reading() as reader:
        return await council.proposal(reader, request.match_info["id"])


async def _open(request: web.Request, number: str, detail: ProposalDetail | None) -> Desk:
    """Raises Conflict where there is no charter yet, NotFound."""
    async with node_of(request).reading() as reader:
        view = await council.federation(reader, number)
        rules = await council.agreed_rules(reader, number)
    if not view.members:
        raise Conflict(_("We are no member of this federation."), "not-a-member")
    return Desk(view, rules, detail)


def _named(view: FederationView, coop: str | None) -> str:
    """The name of a member; its address if it is none."""
    return next((each.name for each in view.members if each.coop == coop), coop or "")


async def _page(
    request: web.Request, desk: Desk, form: ProposeForm, *, status: int = 200
) -> web.StreamResponse:
    form.offer(desk.rules["classes"])
    return await render(
        request,
        "council/propose.html",
        status=status,
        here="council",
        form=form,
        view=desk.view,
        rules=desk.rules,
        offered=form.offered(desk.rules["competences"]),
        changed=desk.detail.proposal if desk.detail else None,
        is_draft=desk.detail is None or desk.detail.proposal.state is State.DRAFT,
        words=words,
        zone=home_zone(request),
        excluded=_named(desk.view, form.excludes.data),
    )
