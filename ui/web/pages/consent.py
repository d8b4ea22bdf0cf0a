"""The person's own page: what they are asked, who was told what, and taking it back. No account."""

from aiohttp import web

from node import listings, referrals
from node.errors import NodeError
from ui.web.context import node_of, visitor_of
from ui.web.navigation import see_other
from ui.web.reading import read_form
from ui.web.templating import render

routes = web.RouteTableDef()


@routes.get("/consent/{code}")
async def consent_page(request: web.Request) -> web.StreamResponse:
    return await _page(request)


@routes.post("/consent/{code}")
async def decide(request: web.Request) -> web.StreamResponse:
    """`do` is give or withdraw. A link that is only looked at changes nothing."""
    code, what = request.match_info["code"], (await read_form(request)).get("do")
    node, language = node_of(request), visitor_of(request).language
    try:
        if what == "give":
            await node.write(lambda uow: referrals.give(uow, code, language=language))
        elif what == "withdraw":
            await node.write(lambda uow: referrals.withdraw_consent(uow, code))
            await node.chores.log_erasures()
        else:
            raise web.HTTPBadRequest
    except NodeError as error:
        return await _page(request, problem=str(error), status=409)
    return see_other(f"{referrals.CONSENT_PATH}{code}")


async def _page(
    request: web.Request, *, problem: str = "", status: int = 200
) -> web.StreamResponse:
    node = node_of(request)
    async with node.reading() as reader:
        page = await referrals.page(reader, request.match_info["code"])
        coops = {*page.consent.recipients, *(one.coop for one in page.accesses)}
        names = await listings.coop_names(reader, coops)
    return await render(
        request,
        "referrals/consent.html",
        status=status,
        page=page,
        consent=page.consent,
        names=names,
        problem=problem,
        holds=page.consent.holds(node.clock.now()),
        fields=referrals.FIELD_WORDS,
        channels=referrals.CHANNEL_WORDS,
    )
