"""What a recipe is: a named table of lines that balance, whatever sums are put in. Pure."""

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from node.i18n import Text
from node.ledger.chart import CHART, PARTY, ChartLine
from node.money import Money


class Side(StrEnum):
    """Where a line stands."""

    DEBIT = "debit"
    CREDIT = "credit"


class Method(StrEnum):
    """How something was paid; the node only notes it."""

    BANK = "bank"
    CASH = "cash"
    MOBILE = "mobile"


METHOD_ACCOUNTS: Mapping[Method, str] = {
    Method.BANK: "assets:bank",
    Method.CASH: "assets:cash",
    Method.MOBILE: "assets:mobile-money",
}


class Line(Struct, frozen=True):
    """One line of a recipe: an account of the chart, and the name of what is booked there."""

    side: Side
    account: str
    amount: str


class RecipeLine(Struct, frozen=True):
    """A line with its sum: above zero a debit, below zero a credit."""

    chart: ChartLine
    money: Money


class Recipe(Struct, frozen=True):
    """A named table of lines. currency: the only one it is for, if there is one."""

    name: str
    sentence: Text
    lines: tuple[Line, ...]
    currency: str | None = None

    def __post_init__(self) -> None:
        balance: Counter[str] = Counter()
        for line in self.lines:
            if line.account not in CHART:
                raise ValueError(f"{self.name}: the chart has no {line.account}")
            balance[line.amount] += 1 if line.side is Side.DEBIT else -1
        if lopsided := [name for name, sides in balance.items() if sides]:
            raise ValueError(f"{self.name}: {lopsided} is not debited as often as credited")

    @property
    def amounts(self) -> frozenset[str]:
        """The names of the amounts that it books."""
        return frozenset(line.amount for line in self.lines)

    @property
    def needs_party(self) -> bool:
        return any(PARTY in line.account for line in self.lines)

    def lines_for(self, amounts: Mapping[str, Money]) -> tuple[RecipeLine, ...]:
        """The lines with their sums; what is zero or not given is left out.

        Raises ValueError for an amount that the recipe does not know, that is below zero or in
        the wrong currency, and when nothing is left to book: a fault of the caller.
        """
        if unknown := amounts.keys() - self.amounts:
            raise ValueError(f"{self.name} has no amount {sorted(unknown)}")
        for name, money in amounts.items():
            if money.amount < 0:
                raise ValueError(f"{self.name}: {name} is below zero")
            if self.currency not in (None, money.currency):
                raise ValueError(f"{self.name}: {name} is counted in {self.currency}")
        booked = tuple(
            RecipeLine(
                CHART[line.account],
                amounts[line.amount] if line.side is Side.DEBIT else -amounts[line.amount],
            )
            for line in self.lines
            if line.amount in amounts and amounts[line.amount].amount
        )
        if not booked:
            raise ValueError(f"{self.name}: there is nothing to book")
        return booked


def moves(
    name: str, sentence: Text, debit: str, credit: str, amount: str, currency: str | None = None
) -> Recipe:
    """A recipe that moves one amount from one account to another."""
    lines = (Line(Side.DEBIT, debit, amount), Line(Side.CREDIT, credit, amount))
    return Recipe(name, sentence, lines, currency)


def comes_in(name: str, sentence: Text, account: str, amount: str) -> dict[Method, Recipe]:
    return {
        method: moves(f"{name}-{method}", sentence, money, account, amount)
        for method, money in METHOD_ACCOUNTS.items()
    }


def goes_out(name: str, sentence: Text, account: str, amount: str) -> dict[Method, Recipe]:
    return {
        method: moves(f"{name}-{method}", sentence, account, money, amount)
        for method, money in METHOD_ACCOUNTS.items()
    }
