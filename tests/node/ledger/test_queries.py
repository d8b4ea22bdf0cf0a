from datetime import date

import pytest

from node import ledger
from node.errors import InvalidInput, NotFound
from node.ledger import AccountType, recipes
from node.money import Money
from tests.node.ledger.conftest import PIONEER, ROSA, TODAY, book, gbp, hours
from tests.support.asking import read

EUR_7 = Money(700, "EUR", 2)


async def test_the_trial_balance_is_even_in_every_currency(books):
    found = await read(books, ledger.balances)
    both = ledger.totals(found)
    assert {currency: sides.debit for currency, sides in both.items()} == {
        "EUR": EUR_7,
        "GBP": gbp(5400 + 250 + 125),
        "HOUR": hours(150),
    }
    assert all(sides.debit == sides.credit for sides in both.values())


async def test_balances_are_those_of_a_day_or_of_a_stretch(books):
    early = {
        b.account.code: b.usual for b in await read(books, ledger.balances, last=date(2027, 1, 2))
    }
    assert early == {
        "assets:bank": gbp(5400),
        "income:sales": gbp(4500),
        "liabilities:tax": gbp(900),
    }
    later = {b.account.code for b in await read(books, ledger.balances, first=date(2027, 1, 3))}
    assert "assets:bank" not in later
    assert "income:platform-fees" in later
    assert await read(books, ledger.balances, last=date(2026, 12, 31)) == []


async def test_a_statement_tells_what_stood_after_each_line(books):
    account = await read(books, ledger.account, f"assets:receivable:{ROSA}")
    whole = await read(books, ledger.statement, account.id)
    assert [(line.recipe, line.money.text, line.balance.text) for line in whole.lines] == [
        ("agreement-sold", "45.00", "45.00"),
        ("agreement-sold", "9.00", "54.00"),
        ("agreement-received-bank", "-54.00", "0.00"),
        ("platform-fee", "2.50", "2.50"),
    ]
    assert whole.before == {}
    assert whole.after == {"GBP": gbp(250)}
    assert whole.next is None


@pytest.mark.parametrize("limit", [1, 2, 3])
async def test_a_statement_read_page_by_page_is_the_same(books, limit):
    code = f"assets:receivable:{ROSA}"
    whole = await read(books, ledger.statement, code)
    lines, cursor, after = [], None, {}
    while True:
        page = await read(books, ledger.statement, code, cursor=cursor, limit=limit)
        assert page.before == after
        lines, after, cursor = [*lines, *page.lines], page.after, page.next
        if cursor is None:
            break
    assert tuple(lines) == whole.lines
    assert after == whole.after


async def test_a_statement_of_a_stretch_begins_with_what_stood_before(books):
    code = f"assets:receivable:{ROSA}"
    page = await read(books, ledger.statement, code, first=date(2027, 1, 3))
    assert page.before == {"GBP": gbp(0)}
    assert [line.recipe for line in page.lines] == ["platform-fee"]
    none = await read(books, ledger.statement, code, last=date(2026, 12, 31))
    assert (none.lines, none.after) == ((), {})


async def test_each_currency_of_an_account_runs_by_itself(database):
    await book(database, recipes.AGREEMENT_RECEIVED["cash"], "a:1", ROSA, paid=gbp(100))
    await book(database, recipes.AGREEMENT_RECEIVED["cash"], "a:2", ROSA, paid=EUR_7)
    await book(database, recipes.AGREEMENT_RECEIVED["cash"], "a:3", ROSA, paid=gbp(50))
    page = await read(database, ledger.statement, "assets:cash")
    assert [line.balance.text for line in page.lines] == ["1.00", "7.00", "1.50"]
    assert page.after == {"EUR": EUR_7, "GBP": gbp(150)}


@pytest.mark.parametrize("cursor", ["x", "x.1", ".", "1.1.1"])
async def test_a_cursor_that_is_none_of_ours_is_refused(books, cursor):
    for query, given in ((ledger.statement, ["assets:bank"]), (ledger.entries, [])):
        with pytest.raises(InvalidInput) as refused:
            await read(books, query, *given, cursor=cursor)
        assert list(refused.value.fields) == ["cursor"]


async def test_what_is_not_there_is_not_found(books):
    for query in (ledger.statement, ledger.entry, ledger.account):
        with pytest.raises(NotFound):
            await read(books, query, "nothing")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, [6, 5, 4, 3, 2, 1]),
        ({"account": "assets:bank"}, [2]),
        ({"account": f"assets:receivable:{ROSA}"}, [3, 2, 1]),
        ({"source": "a:2"}, [4, 3]),
        ({"party": PIONEER}, [6]),
        ({"period": "2027-01"}, [6, 5, 4, 3, 2, 1]),
        ({"period": "2026-12"}, []),
        ({"first": date(2027, 1, 3)}, [6, 5, 4, 3]),
        ({"last": date(2027, 1, 3), "party": ROSA}, [2, 1]),
    ],
)
async def test_entries_are_found_by_what_made_them(books, asked, found):
    entries, more = await read(books, ledger.entries, **asked)
    assert [entry.seq for entry in entries] == found
    assert more is None


async def test_entries_come_page_by_page_each_once(books):
    seen, cursor = [], None
    for _page in range(3):
        entries, cursor = await read(books, ledger.entries, cursor=cursor, limit=2)
        seen += [entry.seq for entry in entries]
    assert seen == [6, 5, 4, 3, 2, 1]
    assert cursor is None


async def test_a_month_leaves_a_surplus_by_currency(books):
    month = await read(books, ledger.income_statement, *ledger.days_of("2027-01"))
    assert [(one.account.code, one.usual.text) for one in month.income] == [
        ("income:platform-fees", "2.50"),
        ("income:sales", "45.00"),
    ]
    assert month.surplus == {"EUR": -EUR_7, "GBP": gbp(4500 + 250 - 125)}


async def test_what_there_is_is_what_is_owed_and_what_is_our_own(books):
    sheet = await read(books, ledger.balance_sheet, TODAY)
    for currency in ("EUR", "GBP", "HOUR"):
        has = sum(one.usual.amount for one in sheet.assets if one.usual.currency == currency)
        owes = sum(
            one.usual.amount
            for one in (*sheet.liabilities, *sheet.equity)
            if one.usual.currency == currency
        )
        ours = sheet.surplus[currency].amount if currency in sheet.surplus else 0
        assert has == owes + ours, currency


async def test_funds_and_partners_have_their_own_sums(books):
    funds = {one.name: one.by_type for one in await read(books, ledger.by_fund, TODAY)}
    assert funds["community"] == {
        (AccountType.EXPENSES, "GBP"): gbp(125),
        (AccountType.LIABILITIES, "GBP"): gbp(125),
    }
    parties = {one.name: one.by_type for one in await read(books, ledger.by_party, TODAY)}
    assert parties[PIONEER] == {(AccountType.LIABILITIES, "EUR"): EUR_7}
    assert parties[ROSA] == {
        (AccountType.ASSETS, "GBP"): gbp(250),
        (AccountType.LIABILITIES, "HOUR"): hours(150),
    }
