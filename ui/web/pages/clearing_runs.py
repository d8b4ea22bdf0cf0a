"""Clearing runs: call one, see who owes whom before and after, say yes or no."""

from aiohttp import web

from node import clearing
from node.clearing import Picture, RunView
from node.errors import NotFound
from node.i18n import _
from ui.web.context import node_of, treasurer_of
from ui.web.navigation import see_other
from ui.web.once import see_made, sent_once
from ui.web.reading import read_form
from ui.web.ring import SIZE, ring
from ui.web.templating import render

routes = web.RouteTableDef()


@routes.post("/clearing")
@sent_once
async def call_run(request: web.Request) -> web.StreamResponse:
    """Call a run among the coops that we are in touch with."""
    account, data = treasurer_of(request), await read_form(request)
    currency = str(data.get("currency", ""))
    return await see_made(
        request,
        lambda uow: clearing.call(uow, currency, by=account.id),
        lambda made: see_other(f"/clearing/{made.id}", told="run-called"),
    )


@routes.get("/clearing/{id}")
async def run_page(request: web.Request) -> web.StreamResponse:
    """One run, with its picture once something is proposed."""
    treasurer_of(request)
    view, picture = await _run(request)
    node = node_of(request)
    ours = node.federation.identities.coop.uri
    return await render(
        request,
        "owed/run.html",
        here="more",
        run=view,
        picture=picture,
        ring=ring(picture) if picture else None,
        size=SIZE,
        ours=ours,
        can_release=view.caller != ours and view.is_silent(node.clock.now()),
    )


@routes.post("/clearing/{id}")
async def answer_run(request: web.Request) -> web.StreamResponse:
    """Say yes or no to what is proposed, or let go of a run whose caller is silent."""
    account, data = treasurer_of(request), await read_form(request)
    node, number, said = node_of(request), request.match_info["id"], data.get("do")
    if said == "release":
        await node.write(lambda uow: clearing.release_run(uow, number, by=account.id))
    elif said in ("yes", "no"):
        yes = said == "yes"
        await node.write(lambda uow: clearing.decide_run(uow, number, yes=yes, by=account.id))
    else:
        raise NotFound(_("There is no such answer."))
    return see_other(f"/clearing/{number}", told="answered")


async def _run(request: web.Request) -> tuple[RunView, Picture | None]:
    number = request.match_info["id"]
    async with node_of(request).reading() as reader:
        view = await clearing.run(reader, number)
        try:
            return view, await clearing.picture(reader, number)
        except NotFound:
            return view, None
