"""All that is known of whoever asks, as one file: for the page, and for the API."""

import asyncio

from aiohttp import web

from node import privacy
from node.accounts import AccountView
from node.runtime import Node

MEDIA = "application/zip"


async def own_data(node: Node, account: AccountView) -> web.Response:
    """The file; who may ask for it, and that it was taken, is for the caller to see to."""
    async with node.reading() as reader:
        person = await privacy.person_of(reader, account.id)
        found = await privacy.all_we_know(reader, person)
        coop = (await node.profile(reader)).name
    now = node.clock.now()
    content = await asyncio.to_thread(privacy.zipped, found, coop=coop, name=account.name, at=now)
    return web.Response(
        body=content,
        headers={
            "Content-Type": MEDIA,
            "Content-Disposition": f'attachment; filename="about-{account.handle}.zip"',
            "Cache-Control": "no-store",
        },
    )
