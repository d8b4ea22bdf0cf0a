"""The books to read: what stands where, down to the entry that made a figure."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from aiohttp import web

from federation.storage import Reader
from node import accounts, audit, ledger, members, peers
from node.i18n import Text, _
from node.ledger import AccountType, Balance, EntryView
from ui.web.api.books import exported
from ui.web.book_forms import ReversalForm
from ui.web.book_spans import CALENDAR_YEAR, Span, span_of, years_among
from ui.web.context import node_of, treasurer_of
from ui.web.templating import render, with_query

routes = web.RouteTableDef()

ON_A_PAGE = 50
FLOWS = (AccountType.INCOME, AccountType.EXPENSES)
EXTENSIONS = {"beancount": "beancount", "journal": "hledger", "csv": "csv"}


@routes.get("/ledger")
async def books_page(request: web.Request) -> web.StreamResponse:
    """What came in and went out in a month, and what stands at its end; or all of it so far."""
    treasurer_of(request)
    node = node_of(request)
    async with node.reading() as reader:
        chosen = await span_asked(request, reader)
        first, last = chosen.first, chosen.last or node.clock.now().date()
        flows = await ledger.balances(reader, first=first, last=last)
        standing = await ledger.balances(reader, last=last)
        choices = await _choices(reader)
        funds = await ledger.by_fund(reader, last)
        parties = await ledger.by_party(reader, last)
        named = await names_of(reader, {one.name for one in parties})
    shown = [one for one in flows if one.account.type in FLOWS]
    shown += [one for one in standing if one.account.type not in FLOWS]
    return await render(
        request,
        "ledger/books.html",
        here="more",
        chosen=chosen,
        last=last,
        **choices,
        currencies=by_currency(shown, node.config.currency),
        both=ledger.totals(standing),
        surplus=ledger.surplus(flows),
        funds=funds,
        parties=parties,
        named=named,
    )


@routes.get("/ledger/accounts/{id}")
async def statement_page(request: web.Request) -> web.StreamResponse:
    """What was booked on an account, with what stood there after each line."""
    treasurer_of(request)
    async with node_of(request).reading() as reader:
        chosen = await span_asked(request, reader)
        page = await ledger.statement(
            reader,
            request.match_info["id"],
            first=chosen.first,
            last=chosen.last,
            cursor=request.query.get("cursor"),
            limit=ON_A_PAGE,
        )
        choices = await _choices(reader)
        named = await names_of(reader, {page.account.party})
    return await render(
        request,
        "ledger/statement.html",
        here="more",
        statement=page,
        chosen=chosen,
        **choices,
        named=named,
        later=with_query(request, {"cursor": page.next}) if page.next else "",
    )


@routes.get("/ledger/entries")
async def journal_page(request: web.Request) -> web.StreamResponse:
    """The journal, newest first; what stands in the address narrows it down."""
    treasurer_of(request)
    asked = {name: request.query.get(name) or None for name in ("source", "party", "account")}
    async with node_of(request).reading() as reader:
        chosen = await span_asked(request, reader)
        found, more = await ledger.entries(
            reader,
            source=asked["source"],
            party=asked["party"],
            account=asked["account"],
            first=chosen.first,
            last=chosen.last,
            cursor=request.query.get("cursor"),
            limit=ON_A_PAGE,
        )
        choices = await _choices(reader)
        named = await names_of(reader, {asked["party"], *(one.party for one in found)})
    return await render(
        request,
        "ledger/journal.html",
        here="more",
        entries_by_month=_by_month(found),
        asked={name: value for name, value in asked.items() if value},
        chosen=chosen,
        **choices,
        named=named,
        earlier=with_query(request, {"cursor": more}) if more else "",
    )


def _by_month(found: Iterable[EntryView]) -> list[tuple[str, bool, list[EntryView]]]:
    """In the order in which they were written: where one written late, of another month, stands
    between, the month goes on after it, and says so."""
    parts: list[tuple[str, bool, list[EntryView]]] = []
    for period, lines in groupby(found, key=lambda one: one.period):
        goes_on = any(period == before for before, _goes_on, _lines in parts)
        parts.append((period, goes_on, list(lines)))
    return parts


@routes.get("/ledger/entries/{id}")
async def entry_page(request: web.Request) -> web.StreamResponse:
    """One entry and what made it: source, recipe, versions of rules, its place in the chain."""
    treasurer_of(request)
    async with node_of(request).reading() as reader:
        entry = await ledger.entry(reader, request.match_info["id"])
    return await show_entry(request, entry)


async def show_entry(
    request: web.Request, entry: EntryView, *, status: int = 200, form: Any = None
) -> web.StreamResponse:
    async with node_of(request).reading() as reader:
        parties = {entry.party, *(line.account.party for line in entry.postings)}
        named = await names_of(reader, parties)
        writer = await _writer(reader, entry.by)
    return await render(
        request,
        "ledger/entry.html",
        status=status,
        here="more",
        entry=entry,
        named=named,
        writer=writer,
        form=form or ReversalForm(data={"day": node_of(request).clock.now().date()}),
    )


@routes.get("/ledger/check")
async def check_page(request: web.Request) -> web.StreamResponse:
    """Work the journal out anew while the person waits."""
    treasurer_of(request)
    async with node_of(request).reading() as reader:
        verdict = await ledger.verify(reader)
    return await render(request, "ledger/check.html", here="more", verdict=verdict)


@routes.get("/ledger/export.{form:beancount|journal|csv}")
async def carry_away(request: web.Request) -> web.StreamResponse:
    treasurer_of(request)
    async with node_of(request).reading() as reader:
        chosen = await span_asked(request, reader)
    form, first, last = request.match_info["form"], chosen.first, chosen.last
    return await exported(request, EXTENSIONS[form], first, last)


async def span_asked(request: web.Request, reader: Reader) -> Span:
    """The month or year that the address asks for. Raises InvalidInput for one that is none."""
    return span_of(request.query, await _begins(reader))


async def _begins(reader: Reader) -> str:
    """The first day of the coop's financial year."""
    return (await peers.our_telling(reader)).fiscal_year or CALENDAR_YEAR


async def _choices(reader: Reader) -> dict[str, Any]:
    """What there is to choose from."""
    months = await ledger.periods_written(reader)
    return {"months": months, "years": years_among(months, await _begins(reader))}


def by_currency(
    found: Iterable[Balance], own: str
) -> Mapping[str, Mapping[AccountType, list[Balance]]]:
    """Balances as the page shows them: a section a currency, ours first, and a table a type."""
    sections: dict[str, dict[AccountType, list[Balance]]] = {}
    for one in sorted(
        found,
        key=lambda one: (one.money.currency != own, one.money.currency, one.account.code),
    ):
        kinds = sections.setdefault(one.money.currency, {kind: [] for kind in AccountType})
        kinds[one.account.type].append(one)
    return sections


async def names_of(reader: Reader, parties: Iterable[str | None]) -> Mapping[str, str]:
    """What parties are called: coops by their name, members as the register says."""
    wanted = {party for party in parties if party}
    if not wanted:
        return {}
    known = {peer.uri: peer.name for peer in await peers.peers(reader)}
    known |= await members.names(reader, wanted)
    return {party: known.get(party, party) for party in wanted}


async def _writer(reader: Reader, by: str) -> Text:
    if by == audit.NODE:
        return _("this node, by itself")
    if by == audit.OPERATOR:
        return _("the command line")
    account = await accounts.account(reader, by)
    return account.name if account else _("somebody whose account is gone")
