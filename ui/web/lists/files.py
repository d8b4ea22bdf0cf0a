"""What a list is, and the files that it can be had as."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec
from aiohttp import web
from msgspec import Struct

from federation.storage import Reader
from node import audit, calendars, i18n, spreadsheets
from node.calendars import Entry
from node.errors import InvalidInput, NotAllowed
from node.i18n import Text, _
from protocol import datetimes
from ui.web import atom
from ui.web.context import SignInNeeded, member_of, node_of, visitor_of
from ui.web.identity import look_again
from ui.web.numbers import whole

AT_ONCE = 200
"""Rows that are read together for a table: each lot is read by itself, so that who reads slowly
holds no reader of the database."""
MOST_ASKED = 100
NEWEST = 50
PUBLIC = {"Cache-Control": "public, max-age=300", "Vary": "Cookie, Accept-Language"}

Nested = list[Any] | dict[str, Any]
"""A cell that holds more than one thing: JSON in a table, itself in a document."""
Cell = str | int | bool | Decimal | date | datetime | Nested | None


class Asked(Struct, frozen=True):
    """Who asks for which part. cursor: what the part before gave as `next`."""

    request: web.Request
    reader: Reader
    limit: int
    cursor: str | None = None

    @property
    def address(self) -> str:
        """Of the coop, to write whole addresses with."""
        return node_of(self.request).config.address


class Part(Struct, frozen=True):
    """Rows in the order of the columns. next: the cursor of what comes after them, if any does."""

    rows: Sequence[Sequence[Cell]]
    next: str | None = None


class News(Struct, frozen=True):
    """One entry of a feed. id: an IRI that stays the same; page: where it is read."""

    id: str
    title: str
    at: datetime
    page: str
    summary: str = ""
    author: str = ""
    language: str = ""
    terms: tuple[str, ...] = ()


class List(Struct, frozen=True):
    """path: of its page. may: raises for who may not read it. noted: the deed that the log tells of
    whoever takes it, if it does. news, dates: only where everybody may
    read it, for news readers and calendar programs sign in nowhere. most: rows that a table has."""

    path: str
    title: Text
    columns: tuple[str, ...]
    may: Callable[[web.Request], object]
    part: Callable[[Asked], Awaitable[Part]]
    news: Callable[[Asked], Awaitable[Sequence[News]]] | None = None
    dates: Callable[[Asked], Awaitable[Sequence[Entry]]] | None = None
    is_public: bool = False
    most: int | None = None
    noted: str = ""

    @property
    def forms(self) -> tuple[str, ...]:
        besides = {"atom": self.news, "ics": self.dates}
        return ("csv", "json", *(form for form, given in besides.items() if given))

    @property
    def name(self) -> str:
        """What a file of it is called."""
        return self.path.split("/")[1]


def routes_of(lists: Sequence[List]) -> Iterator[web.RouteDef]:
    """The neighbours of the lists' pages."""
    for one in lists:
        yield web.get(f"{one.path}.{{form:{'|'.join(one.forms)}}}", _handler(one))


def _handler(one: List) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    write = {"csv": _table, "json": _document, "atom": _feed, "ics": _calendar}

    async def handle(request: web.Request) -> web.StreamResponse:
        one.may(request)
        await _note(one, request)
        answer = await write[request.match_info["form"]](one, request)
        if one.is_public and visitor_of(request).account is None:
            answer.headers.update(PUBLIC)
        return answer

    return handle


async def _note(one: List, request: web.Request) -> None:
    if one.noted:
        account = member_of(request)
        await node_of(request).write(lambda uow: audit.record(uow, account.id, one.noted, one.name))


async def _table(one: List, request: web.Request) -> web.Response:
    """All of it (RFC 4180), lot by lot; the first is read before anything is said. Where the reader
    may no more meanwhile, the file breaks off, so that nobody takes it for whole."""
    first = await _part(one, request, min(AT_ONCE, one.most or AT_ONCE), None)
    headers = {"Content-Disposition": f'attachment; filename="{one.name}.csv"'}
    return web.Response(
        body=_lots(one, request, first), content_type="text/csv", charset="utf-8", headers=headers
    )


async def _lots(one: List, request: web.Request, part: Part) -> AsyncIterator[bytes]:
    yield spreadsheets.table(one.columns, [_cells(row) for row in part.rows]).encode()
    while part.next is not None and one.most is None:
        await _look_again(one, request)
        part = await _part(one, request, AT_ONCE, part.next)
        yield spreadsheets.rows_alone([_cells(row) for row in part.rows]).encode()


async def _look_again(one: List, request: web.Request) -> None:
    """Who reads for long may have signed out, or been shut out. Raises ConnectionResetError."""
    try:
        await look_again(request)
        one.may(request)
    except (NotAllowed, SignInNeeded):
        raise ConnectionResetError from None


async def _document(one: List, request: web.Request) -> web.Response:
    """A part of it, as the API writes lists."""
    limit = _limit(request.query.get("limit", ""))
    part = await _part(one, request, limit, request.query.get("cursor") or None)
    rows = [dict(zip(one.columns, map(_value, row), strict=True)) for row in part.rows]
    document = msgspec.json.encode({"items": rows, "next": part.next})
    return web.Response(body=document, content_type="application/json")


async def _feed(one: List, request: web.Request) -> web.Response:
    node, news = node_of(request), one.news
    if news is None:
        raise web.HTTPNotFound
    async with node.reading() as reader:
        found = await news(Asked(request, reader, NEWEST))
        coop = (await node.profile(reader)).name
    return atom.feed(
        "lists/feed.xml",
        found=found,
        last=max((each.at for each in found), default=node.clock.now()),
        titled=f"{request.query.get('q') or one.title} · {coop}",
        coop=coop,
        page=f"{node.config.address}{request.path.removesuffix('.atom')}",
        link=f"{node.config.address}{request.rel_url.raw_path_qs}",
        lang=visitor_of(request).language,
    )


async def _calendar(one: List, request: web.Request) -> web.Response:
    node, dates = node_of(request), one.dates
    if dates is None:
        raise web.HTTPNotFound
    async with node.reading() as reader:
        entries = await dates(Asked(request, reader, NEWEST))
    content = await asyncio.to_thread(calendars.written, entries, node.clock.now())
    return web.Response(body=content, content_type="text/calendar", charset="utf-8")


async def _part(one: List, request: web.Request, limit: int, cursor: str | None) -> Part:
    """In the reader's language: what is written last is written after the request is over."""
    async with node_of(request).reading() as reader:
        with i18n.speaking(visitor_of(request).language):
            return await one.part(Asked(request, reader, limit, cursor))


def _limit(text: str) -> int:
    if not text:
        return MOST_ASKED
    limit = whole(text, MOST_ASKED)
    if not limit:
        raise InvalidInput({"limit": [_("Choose a number from 1 to %(most)s.", most=MOST_ASKED)]})
    return limit


def _cells(row: Sequence[Cell]) -> list[str]:
    return [_cell(cell) for cell in row]


def _cell(cell: Cell) -> str:
    value = _value(cell)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(cell, str):
        return spreadsheets.guarded(cell)
    if isinstance(cell, list | dict):
        return spreadsheets.guarded(json.dumps(cell, ensure_ascii=False))
    return "" if value is None else str(value)


def _value(cell: Cell) -> str | int | bool | Nested | None:
    """As the API writes it: sums as text, so that no program rounds them."""
    if isinstance(cell, datetime):
        return datetimes.format(cell)
    if isinstance(cell, date):
        return cell.isoformat()
    return f"{cell:f}" if isinstance(cell, Decimal) else cell
