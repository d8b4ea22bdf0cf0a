"""What was told to somebody: a calm list, read or to be read, here or in a news reader."""

import asyncio

from aiohttp import web

from federation.storage import Reader
from node import calendars, i18n, members, notices
from node.accounts import AccountView
from node.errors import NotFound
from node.i18n import _
from node.runtime import Node
from ui.web import atom, own_dates
from ui.web.context import member_of, node_of
from ui.web.navigation import see_other
from ui.web.reading import read_text
from ui.web.templating import render

routes = web.RouteTableDef()


@routes.get("/notices")
async def notices_page(request: web.Request) -> web.StreamResponse:
    return await _page(request)


@routes.post("/notices/read")
async def mark_read(request: web.Request) -> web.StreamResponse:
    """One notice, by its `id`, or all of them."""
    account = member_of(request)
    notice_id = await read_text(request, "id") or None
    await node_of(request).write(lambda uow: notices.mark_read(uow, account, notice_id))
    return see_other("/notices")


@routes.post("/notices/feeds")
async def make_feed(request: web.Request) -> web.StreamResponse:
    """A secret address for a news reader and a calendar; it is shown once, on this page."""
    account, node = member_of(request), node_of(request)
    made = await node.write(lambda uow: notices.make_feed(uow, account.id))
    return await _page(request, link=f"{node.config.address}/news/{made.secret}")


@routes.post("/notices/feeds/{feed}/end")
async def end_feed(request: web.Request) -> web.StreamResponse:
    account, feed_id = member_of(request), request.match_info["feed"]
    await node_of(request).write(lambda uow: notices.end_feed(uow, account.id, feed_id))
    return see_other("/notices", told="saved")


@routes.get("/news/{secret}.atom")
async def feed(request: web.Request) -> web.StreamResponse:
    """What stands on the page (RFC 4287), in its owner's language; the address is the only key."""
    node = node_of(request)
    async with node.reading() as reader:
        view, account = await _owned(request, reader)
        told = await notices.notices(reader, account)
        coop = (await node.profile(reader)).name
    language = _language(node, account)
    with i18n.speaking(language):
        return atom.feed(
            "notices/feed.xml",
            feed=view,
            told=told,
            last=max((one.created_at for one in told), default=view.made_at),
            lang=language,
            coop=coop,
            address=node.config.address,
        )


@routes.get("/news/{secret}.ics")
async def calendar(request: web.Request) -> web.StreamResponse:
    """Its owner's days (RFC 5545), for whoever has the same secret."""
    node = node_of(request)
    async with node.reading() as reader:
        _view, account = await _owned(request, reader)
        with i18n.speaking(_language(node, account)):
            entries = await own_dates.of(reader, account)
    content = await asyncio.to_thread(calendars.written, entries, node.clock.now())
    return web.Response(body=content, content_type="text/calendar", charset="utf-8")


async def _owned(request: web.Request, reader: Reader) -> tuple[notices.Feed, AccountView]:
    found = await notices.feed(reader, request.match_info["secret"])
    if found is None:
        raise NotFound(_("This link has ended, or never was one."))
    feed, account = found
    return feed, await members.with_colleagues(reader, account)


def _language(node: Node, account: AccountView) -> str:
    """As for letters: their own choice, else the coop's."""
    spoken, wanted = i18n.available_languages(), (account.language or "", node.config.language)
    return next(filter(None, (i18n.negotiate(one, spoken) for one in wanted)), i18n.SOURCE_LANGUAGE)


async def _page(request: web.Request, *, link: str = "") -> web.StreamResponse:
    account = member_of(request)
    async with node_of(request).reading() as reader:
        told = await notices.notices(reader, account)
        feeds = await notices.feeds_of(reader, account.id)
    return await render(
        request, "notices/notices.html", here="more", notices=told, feeds=feeds, link=link
    )
