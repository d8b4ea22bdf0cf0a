"""Reports for a period or a day, each a sum of balances that open to their entries."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from msgspec import Struct

from federation.storage import Reader
from node.ledger.chart import AccountType
from node.ledger.queries import balances
from node.ledger.views import CREDIT_TYPES, Balance
from node.money import Money


class Totals(Struct, frozen=True):
    """The two sides of a trial balance in one currency; they are the same, or the books are off."""

    debit: Money
    credit: Money


class IncomeStatement(Struct, frozen=True):
    """What came in and was spent in a stretch of time. surplus: by currency, below zero a loss."""

    income: Sequence[Balance]
    expenses: Sequence[Balance]
    surplus: Mapping[str, Money]


class BalanceSheet(Struct, frozen=True):
    """What there is and whose it is at the end of a day.

    surplus: what income and expenses so far have left, which belongs to the coop. By currency,
    assets = liabilities + equity + surplus.
    """

    assets: Sequence[Balance]
    liabilities: Sequence[Balance]
    equity: Sequence[Balance]
    surplus: Mapping[str, Money]


class GroupTotal(Struct, frozen=True):
    """A fund's or a party's sums: what it has or owes us, and what is owed to it, by currency."""

    name: str
    by_type: Mapping[tuple[AccountType, str], Money]


def totals(found: Iterable[Balance]) -> dict[str, Totals]:
    """Both sides of a trial balance, by currency."""
    sides: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    scales: dict[str, int] = {}
    for one in found:
        sides[one.money.currency][one.money.amount < 0] += abs(one.money.amount)
        scales[one.money.currency] = one.money.scale
    return {
        currency: Totals(
            Money(debit, currency, scales[currency]), Money(credit, currency, scales[currency])
        )
        for currency, (debit, credit) in sorted(sides.items())
    }


def surplus(found: Iterable[Balance]) -> dict[str, Money]:
    """What income leaves after expenses, by currency."""
    return _sum(
        -one.money
        for one in found
        if one.account.type in {AccountType.INCOME, AccountType.EXPENSES}
    )


async def income_statement(reader: Reader, first: date, last: date) -> IncomeStatement:
    """What came in and what was spent from one day to another, both included."""
    found = await balances(reader, first=first, last=last)
    return IncomeStatement(
        _of(found, AccountType.INCOME), _of(found, AccountType.EXPENSES), surplus(found)
    )


async def balance_sheet(reader: Reader, on: date) -> BalanceSheet:
    """What there is and whose it is at the end of a day."""
    found = await balances(reader, last=on)
    return BalanceSheet(
        _of(found, AccountType.ASSETS),
        _of(found, AccountType.LIABILITIES),
        _of(found, AccountType.EQUITY),
        surplus(found),
    )


async def by_fund(reader: Reader, on: date) -> list[GroupTotal]:
    """What stands in each fund at the end of a day."""
    return _grouped((one.account.fund, one) for one in await balances(reader, last=on))


async def by_party(reader: Reader, on: date) -> list[GroupTotal]:
    """What each member and each partner owes us, and we them, at the end of a day."""
    return _grouped(
        (one.account.party, one)
        for one in await balances(reader, last=on)
        if one.account.party is not None
    )


def _of(found: Iterable[Balance], kind: AccountType) -> list[Balance]:
    return [one for one in found if one.account.type is kind]


def _grouped(found: Iterable[tuple[str, Balance]]) -> list[GroupTotal]:
    groups: defaultdict[str, dict[tuple[AccountType, str], Money]] = defaultdict(dict)
    for name, one in found:
        key = (one.account.type, one.money.currency)
        money = -one.money if one.account.type in CREDIT_TYPES else one.money
        groups[name][key] = groups[name][key] + money if key in groups[name] else money
    return [GroupTotal(name, sums) for name, sums in sorted(groups.items())]


def _sum(moneys: Iterable[Money]) -> dict[str, Money]:
    sums: dict[str, Money] = {}
    for money in moneys:
        sums[money.currency] = sums[money.currency] + money if money.currency in sums else money
    return dict(sorted(sums.items()))
