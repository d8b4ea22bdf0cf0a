"""A rival text: put beside a proposal, withdrawn, or taken over by the coop that proposed."""

from typing import Any

from aiohttp import web

from node import council
from node.council import ProposalDetail
from node.errors import InvalidInput
from ui.web.context import node_of, visitor_of
from ui.web.council_forms import RivalForm
from ui.web.marking import marked
from ui.web.navigation import see_other
from ui.web.once import see_made, sent_once
from ui.web.pages.proposals import speaker_of
from ui.web.policy_fields import is_changed
from ui.web.reading import read_form
from ui.web.templating import render

routes = web.RouteTableDef()


@routes.get("/council/proposals/{id}/amend")
async def amend_page(request: web.Request) -> web.StreamResponse:
    speaker_of(request)
    detail = await _detail(request)
    text: dict[str, Any] = detail.text
    form = RivalForm(data={"title": text["title"], "text": text["text"]})
    form.set_policies(text["policies"])
    return await _page(request, detail, form)


@routes.post("/council/proposals/{id}/amend")
@sent_once
async def amend(request: web.Request) -> web.StreamResponse:
    """First a look with the changes marked, then it is put before the coops."""
    account, detail = speaker_of(request), await _detail(request)
    data = await read_form(request)
    form = RivalForm(data)
    if is_changed(data):
        return await _page(request, detail, form)
    if not form.validate():
        return await _page(request, detail, form, status=422)
    number = detail.proposal.id
    try:
        written = form.amended(visitor_of(request).language)
        if data.get("do") == "look":
            return await _page(request, detail, form, looked=written.text)
        return await see_made(
            request,
            lambda uow: council.amend(uow, number, written, by=account),
            lambda _made: see_other(f"/council/proposals/{number}", told="council-said"),
        )
    except InvalidInput as error:
        form.complain(error.fields)
        return await _page(request, detail, form, status=422)


@routes.post("/council/proposals/{id}/amendments/{digest}")
async def change(request: web.Request) -> web.StreamResponse:
    """Take it over as friendly, or withdraw one's own."""
    account, number = speaker_of(request), request.match_info["id"]
    digest, node = request.match_info["digest"], node_of(request)
    match (await read_form(request)).get("do"):
        case "take":
            await node.write(lambda uow: council.take(uow, number, digest, by=account))
        case "retract":
            await node.write(lambda uow: council.retract(uow, number, digest, by=account))
        case _:
            raise web.HTTPBadRequest
    return see_other(f"/council/proposals/{number}", told="council-said")


async def _detail(request: web.Request) -> ProposalDetail:
    async with node_of(request).reading() as reader:
        return await council.proposal(reader, request.match_info["id"])


async def _page(
    request: web.Request,
    detail: ProposalDetail,
    form: RivalForm,
    *,
    status: int = 200,
    looked: str | None = None,
) -> web.StreamResponse:
    async with node_of(request).reading() as reader:
        rules = await council.agreed_rules(reader, detail.proposal.federation_id)
    original = str(detail.text["text"])
    return await render(
        request,
        "council/amend.html",
        status=status,
        here="council",
        form=form,
        offered=form.offered(rules["competences"]),
        view=detail.proposal,
        runs=None if looked is None else marked(original, looked),
    )
