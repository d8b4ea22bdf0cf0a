"""What is kept about people, for everybody; what is known of oneself, to take along."""

import asyncio
from typing import Any

from aiohttp import web

from node import privacy
from node.accounts import AccountView
from node.data_map import BASIS_WORDS, KEPT_WORDS, LEAVING_WORDS, SEEN_WORDS
from ui.web.context import member_of, node_of
from ui.web.templating import render

routes = web.RouteTableDef()

WORDS: dict[str, Any] = {
    "basis_words": BASIS_WORDS,
    "kept_words": KEPT_WORDS,
    "seen_words": SEEN_WORDS,
    "leaving_words": LEAVING_WORDS,
}


@routes.get("/privacy")
async def data_map_page(request: web.Request) -> web.StreamResponse:
    async with node_of(request).reading() as reader:
        lines = await privacy.map_lines(reader)
    return await render(request, "privacy/map.html", here="more", lines=lines, **WORDS)


@routes.get("/account/data")
async def known_page(request: web.Request) -> web.StreamResponse:
    return await _known(request, member_of(request))


@routes.post("/account/data")
async def take_along(request: web.Request) -> web.StreamResponse:
    """All that is known of whoever asks, in one file; nobody else can ask for it."""
    account, node = member_of(request), node_of(request)
    async with node.reading() as reader:
        person = await privacy.person_of(reader, account.id)
        known = await privacy.what_we_know(reader, person)
        coop = (await node.profile(reader)).name
    found = [(one.entry, one.found) for one in known]
    now = node.clock.now()
    content = await asyncio.to_thread(privacy.zipped, found, coop=coop, name=account.name, at=now)
    await node.write(lambda uow: privacy.note_taken(uow, account.id))
    return web.Response(
        body=content,
        headers={
            "Content-Type": "application/zip",
            "Content-Disposition": f'attachment; filename="about-{account.handle}.zip"',
            "Cache-Control": "no-store",
        },
    )


async def _known(request: web.Request, account: AccountView) -> web.StreamResponse:
    async with node_of(request).reading() as reader:
        person = await privacy.person_of(reader, account.id)
        known = await privacy.what_we_know(reader, person)
    return await render(
        request,
        "privacy/known.html",
        here="more",
        known=known,
        **WORDS,
    )
