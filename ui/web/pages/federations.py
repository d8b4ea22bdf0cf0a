"""What anybody may read of a federation: how to follow it, what it decides in public."""

from aiohttp import web

from node import council, group
from node.errors import NotFound
from node.i18n import _
from ui.web import council_words as words
from ui.web.context import node_of
from ui.web.pages.asking import home_zone
from ui.web.public_facts import federation_facts, proposal_facts, public_card
from ui.web.templating import render

routes = web.RouteTableDef()

_SHOWN = 20


@routes.get("/federations/{charter}")
async def federation_page(request: web.Request) -> web.StreamResponse:
    """A federation whose log is kept here, or was."""
    charter = request.match_info["charter"]
    async with node_of(request).reading() as reader:
        shown = await group.shown(reader, charter)
        if shown is None:
            raise NotFound(_("There is no such federation here."))
        found = await council.told(reader, shown.federation_id, limit=_SHOWN)
    return await render(
        request,
        "council/group.html",
        here="council",
        shown=shown,
        card=None
        if shown.moved_to
        else await public_card(request, request.path, shown.name, federation_facts(shown, found)),
        charter=charter,
        found=found,
        words=words,
        zone=home_zone(request),
    )


@routes.get("/federations/{charter}/proposals/{name}")
async def proposal_page(request: web.Request) -> web.StreamResponse:
    """What anybody may read of a public proposal; those who sign in here see all of it."""
    charter, name = request.match_info["charter"], request.match_info["name"]
    async with node_of(request).reading() as reader:
        number = await council.by_charter(reader, charter)
        federation = await council.federation(reader, number)
        found = await council.told(reader, number, name=name)
    if not found or not found[0].view.is_public:
        raise NotFound(_("There is no such proposal here."))
    home = group.group_uri(node_of(request).federation.identities.coop.uri, charter)
    facts = proposal_facts(f"{home}/proposals/{name}", found[0], home, federation.name)
    return await render(
        request,
        "council/public.html",
        here="council",
        shown=found[0],
        card=await public_card(request, request.path, found[0].title, facts),
        view=found[0].view,
        federation=federation,
        words=words,
        zone=home_zone(request),
    )
