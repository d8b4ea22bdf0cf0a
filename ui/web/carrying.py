"""Contacts as a file to keep, for pages and the API."""

import asyncio
from collections.abc import Sequence

from aiohttp import web

from node import contacts
from node.contacts import Card

FORMS = {
    "vcf": ("text/vcard", contacts.vcards),
    "csv": ("text/csv", contacts.table),
}
"""By the ending of the file's name."""
MEDIA = tuple(media for media, _write in FORMS.values())


async def contacts_file(cards: Sequence[Card], name: str, form: str) -> web.Response:
    """The file; it holds what is nobody else's business, so nothing on its way keeps it."""
    media, write = FORMS[form]
    return web.Response(
        body=await asyncio.to_thread(write, cards),
        headers={
            "Content-Type": f"{media}; charset=utf-8",
            "Content-Disposition": f'attachment; filename="{name}.{form}"',
            "Cache-Control": "no-store",
        },
    )
