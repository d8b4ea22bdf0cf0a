"""Passing people on: the desk, one referral, asking our neighbours; and what peers read of it."""

from aiohttp import web

from federation.routes import object_response
from ui.web.context import node_of

routes = web.RouteTableDef()


@routes.get("/referrals/{id}/contact")
@routes.get("/referrals/{id}/agreement")
async def for_peers(request: web.Request) -> web.StreamResponse:
    """Documents for the other coop's node alone; no page stands at these addresses."""
    return await object_response(node_of(request).federation, request)
