"""Who did what, for those who look after the node."""

from aiohttp import web

from node import accounts, audit
from ui.web.context import admin_of, node_of
from ui.web.templating import render
from ui.web.words import AREAS

routes = web.RouteTableDef()

AT_ONCE = 50


@routes.get("/audit")
async def audit_page(request: web.Request) -> web.StreamResponse:
    """The newest first; `before` goes on, `subject` shows one thing alone."""
    admin_of(request)
    subject = request.query.get("subject") or None
    async with node_of(request).reading() as reader:
        lines = await audit.entries(
            reader,
            subject=subject,
            before=request.query.get("before") or None,
            limit=AT_ONCE + 1,
        )
        names = await accounts.names(reader, {line.actor for line in lines})
    shown = lines[:AT_ONCE]
    return await render(
        request,
        "members/audit.html",
        here="more",
        lines=shown,
        names=names,
        areas=AREAS,
        subject=subject,
        older=shown[-1].id if len(lines) > AT_ONCE else "",
    )
