"""What the node draws of itself: cards that messengers show beside a link, icons for phones.

Nobody can have anything drawn: an address leads to what its page shows today, or nowhere.
"""

from pathlib import Path

from aiohttp import web

from node import listings
from node.confined import Overworked
from ui.web.cards import coop_order, listing_order
from ui.web.context import node_of
from ui.web.drawing import Order
from ui.web.drawings import DRAWINGS, name_of
from ui.web.picture_file import PictureFile

routes = web.RouteTableDef()

ICONS = {"180": 180, "192": 192, "512": 512, "maskable": 512}
_NAME = "{name:[0-9a-f]{16}}"
_KEPT = {"Cache-Control": "public, max-age=31536000, immutable", "Content-Type": "image/png"}


@routes.get(f"/cards/coop-{_NAME}.png")
async def coop_card(request: web.Request) -> web.StreamResponse:
    node = node_of(request)
    async with node.reading() as reader:
        profile = await node.profile(reader)
    return await _answer(request, coop_order(node.config.address, node.weave, profile))


@routes.get(f"/cards/{{id:[0-9a-z]{{26}}}}-{_NAME}.png")
async def listing_card(request: web.Request) -> web.StreamResponse:
    node = node_of(request)
    async with node.reading() as reader:
        profile = await node.profile(reader)
        view = await listings.listing(reader, request.match_info["id"])
    if view is None:
        raise web.HTTPNotFound
    order = listing_order(node.weave, profile, view)
    return await _answer(request, order)


@routes.get("/icons/{digest:[0-9a-f]{64}}-{form:180|192|512|maskable}.png")
async def icon(request: web.Request) -> web.StreamResponse:
    """Our weave for a phone's screen; one to be cut goes on to the edge."""
    digest, form = request.match_info["digest"], request.match_info["form"]
    if digest != node_of(request).weave:
        raise web.HTTPNotFound
    return _file(await _drawn(request, Order(digest, ICONS[form], form == "maskable")))


async def _answer(request: web.Request, order: Order | None) -> web.StreamResponse:
    if order is None or name_of(order) != request.match_info["name"]:
        raise web.HTTPNotFound
    return _file(await _drawn(request, order))


async def _drawn(request: web.Request, order: Order) -> Path:
    try:
        return await request.app[DRAWINGS].file(order)
    except Overworked:
        raise web.HTTPNotFound from None


def _file(path: Path) -> web.StreamResponse:
    return PictureFile(path, headers=_KEPT)
