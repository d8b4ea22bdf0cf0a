"""The books by API: read them, write by hand, take back, carry away."""

from datetime import date

from aiohttp import web

from node import i18n, ledger
from node.ledger import AccountView, Balance, EntryView, ManualLine, Side
from node.money import Money
from ui.web.api import book_types as types
from ui.web.api.endpoints import Call, EndpointTable
from ui.web.context import node_of

table = EndpointTable()

ENTRY = {
    "source": "invoice 2027-014",
    "text": "Rent of January",
    "lines": [
        {
            "account": "expenses:running-costs",
            "side": "debit",
            "amount": "480.00",
            "currency": "GBP",
        },
        {"account": "assets:bank", "side": "credit", "amount": "480.00", "currency": "GBP"},
    ],
}


@table.add(
    "GET",
    "/ledger/accounts",
    "Every account of the books",
    scope="ledger:read",
    answer=types.LedgerAccountList,
)
async def chart(call: Call) -> types.LedgerAccountList:
    async with call.node.reading() as reader:
        return types.LedgerAccountList([_account(one) for one in await ledger.accounts(reader)])


@table.add(
    "GET",
    "/ledger/balances",
    "What stands on each account at the end of a day, and both sides' totals",
    scope="ledger:read",
    query=types.LedgerBalanceSearch,
    answer=types.LedgerBalanceList,
)
async def trial_balance(call: Call) -> types.LedgerBalanceList:
    day = call.query.on or call.node.clock.now().date()
    async with call.node.reading() as reader:
        found = await ledger.balances(reader, last=day)
    return types.LedgerBalanceList(
        items=[_balance(one) for one in found],
        totals=[
            types.LedgerTotal(currency, sides.debit.text, sides.credit.text)
            for currency, sides in ledger.totals(found).items()
        ],
    )


@table.add(
    "GET",
    "/ledger/entries",
    "Entries of the journal, the newest first",
    scope="ledger:read",
    query=types.LedgerEntrySearch,
    answer=types.LedgerEntryList,
)
async def journal(call: Call) -> types.LedgerEntryList:
    asked: types.LedgerEntrySearch = call.query
    async with call.node.reading() as reader:
        found, cursor = await ledger.entries(
            reader,
            account=asked.account,
            period=asked.period,
            source=asked.source,
            party=asked.party,
            cursor=asked.cursor,
            limit=asked.limit,
        )
    return types.LedgerEntryList([_entry(one) for one in found], cursor)


@table.add(
    "POST",
    "/ledger/entries",
    "Write an entry by hand; the same source again returns the entry it made",
    scope="ledger:write",
    body=types.LedgerEntryNew,
    answer=types.LedgerEntry,
    status=201,
    example=ENTRY,
)
async def write_entry(call: Call) -> types.LedgerEntry:
    given: types.LedgerEntryNew = call.body
    lines = [_line(one) for one in given.lines]
    written = await call.node.write(
        lambda uow: ledger.enter(
            uow,
            lines,
            source=f"api:{given.source}",
            text=given.text,
            on=given.date,
            adjusting=given.adjusting,
            by=call.account.id,
        )
    )
    return _entry(written)


@table.add(
    "GET",
    "/ledger/entries/{id}",
    "One entry: its lines, what made it, and its place in the chain",
    scope="ledger:read",
    answer=types.LedgerEntry,
)
async def read_entry(call: Call) -> types.LedgerEntry:
    async with call.node.reading() as reader:
        return _entry(await ledger.entry(reader, call.path["id"]))


@table.add(
    "POST",
    "/ledger/entries/{id}/reversal",
    "Take an entry back by its opposite; both stay",
    scope="ledger:write",
    body=types.LedgerReversalNew,
    answer=types.LedgerEntry,
    status=201,
    example={"text": "Paid twice"},
)
async def take_back(call: Call) -> types.LedgerEntry:
    given: types.LedgerReversalNew = call.body
    written = await call.node.write(
        lambda uow: ledger.reverse(
            uow,
            call.path["id"],
            by=call.account.id,
            text=given.text,
            on=given.date,
            adjusting=given.adjusting,
        )
    )
    return _entry(written)


@table.add(
    "GET",
    "/ledger/verification",
    "Work the journal out anew and name the first entry that differs",
    scope="ledger:read",
    answer=types.LedgerVerdict,
)
async def verification(call: Call) -> types.LedgerVerdict:
    async with call.node.reading() as reader:
        verdict = await ledger.verify(reader)
    fault = verdict.fault
    return types.LedgerVerdict(
        holds=fault is None,
        entries=verdict.entries,
        digest=verdict.head.hex(),
        entry=fault.seq if fault else None,
        reason=str(fault.reason) if fault else None,
    )


@table.add(
    "GET",
    "/ledger/export",
    "The books as a file for Beancount, hledger or a spreadsheet",
    scope="ledger:read",
    query=types.LedgerExportSearch,
    media=("text/plain", "text/csv"),
)
async def carry_away(call: Call) -> web.StreamResponse:
    asked: types.LedgerExportSearch = call.query
    return await exported(call.request, asked.format, asked.first, asked.last)


async def exported(
    request: web.Request, form: str, first: date | None, last: date | None
) -> web.Response:
    """The books as a file to keep, in the coop's own language whoever asks."""
    node = node_of(request)
    async with node.reading() as reader:
        title = (await node.profile(reader)).name
        with i18n.speaking(node.config.language):
            made = await ledger.export(reader, form, title=title, first=first, last=last)
    return web.Response(
        body=made.content,
        headers={
            "Content-Type": f"{made.media_type}; charset=utf-8",
            "Content-Disposition": f'attachment; filename="{made.file_name}"',
        },
    )


def _line(given: types.LedgerLineNew) -> ManualLine:
    money = Money.parse(given.amount, given.currency)
    return ManualLine(given.account, money if given.side == "debit" else -money)


def _sum(money: Money) -> types.LedgerSum:
    return types.LedgerSum(money.text, money.currency)


def _account(one: AccountView) -> types.LedgerAccount:
    return types.LedgerAccount(
        id=one.id,
        code=one.code,
        type=one.type,
        name=str(one.name),
        fund=one.fund,
        party=one.party,
        closed=one.closed_at is not None,
    )


def _balance(one: Balance) -> types.LedgerBalance:
    side = Side.DEBIT if one.money.amount > 0 else Side.CREDIT
    return types.LedgerBalance(_account(one.account), _sum(one.usual), side.value)


def _entry(one: EntryView) -> types.LedgerEntry:
    return types.LedgerEntry(
        id=one.id,
        number=one.seq,
        date=one.day,
        period=one.period,
        recipe=one.recipe,
        about=str(one.sentence),
        source=one.source,
        party=one.party,
        text=one.text,
        by=one.by,
        at=one.at,
        policies=dict(one.policy_versions),
        reverses=one.reverses,
        reversed_by=one.reversed_by,
        postings=[
            types.LedgerPosting(_account(line.account), line.side.value, _sum(line.absolute))
            for line in one.postings
        ],
        previous=one.previous.hex(),
        digest=one.digest.hex(),
    )
