"""What was told to somebody: a calm list, read or to be read."""

from aiohttp import web

from node import notices
from ui.web.context import member_of, node_of
from ui.web.navigation import see_other
from ui.web.reading import read_text
from ui.web.templating import render

routes = web.RouteTableDef()


@routes.get("/notices")
async def notices_page(request: web.Request) -> web.StreamResponse:
    account = member_of(request)
    async with node_of(request).reading() as reader:
        told = await notices.notices(reader, account)
    return await render(request, "notices/notices.html", here="more", notices=told)


@routes.post("/notices/read")
async def mark_read(request: web.Request) -> web.StreamResponse:
    """One notice, by its `id`, or all of them."""
    account = member_of(request)
    notice_id = await read_text(request, "id") or None
    await node_of(request).write(lambda uow: notices.mark_read(uow, account, notice_id))
    return see_other("/notices")
