"""What the books look like from outside: accounts, entries, balances."""

from collections.abc import Mapping
from datetime import date, datetime

from msgspec import Struct

from node.i18n import Text
from node.ledger.chart import CHART, AccountType, type_of
from node.ledger.models import LedgerAccount
from node.ledger.recipe import Side
from node.ledger.recipes import sentence_of
from node.ledger.rules import PeriodEvent, PeriodState
from node.money import Money


class AccountView(Struct, frozen=True):
    """One account. party: whose it is, a member's id or a coop's address; never a name."""

    id: str
    code: str
    type: AccountType
    name: Text
    fund: str
    party: str | None
    opened_at: datetime
    closed_at: datetime | None


class PostingView(Struct, frozen=True):
    """One line of an entry; money above zero is a debit, below zero a credit."""

    line: int
    account: AccountView
    money: Money

    @property
    def side(self) -> Side:
        return Side.DEBIT if self.money.amount > 0 else Side.CREDIT

    @property
    def absolute(self) -> Money:
        """The sum without its side."""
        return self.money if self.money.amount > 0 else -self.money


class EntryView(Struct, frozen=True):
    """One entry with all that it rests on. text: None once it was taken away."""

    id: str
    seq: int
    day: date
    period: str
    recipe: str
    source: str
    party: str | None
    text: str | None
    by: str
    at: datetime
    policy_versions: Mapping[str, str]
    reverses: str | None
    reversed_by: str | None
    postings: tuple[PostingView, ...]
    previous: bytes
    digest: bytes

    @property
    def sentence(self) -> Text:
        """What it is about, in the words of its recipe."""
        return sentence_of(self.recipe)

    @property
    def totals(self) -> tuple[Money, ...]:
        """What was debited, and as much credited, by currency."""
        sums: dict[str, Money] = {}
        for posting in self.postings:
            money = posting.money
            if money.amount > 0:
                sums[money.currency] = (
                    sums[money.currency] + money if (money.currency in sums) else money
                )
        return tuple(sums[currency] for currency in sorted(sums))


class Balance(Struct, frozen=True):
    """What stands on an account in one currency; above zero: more debit than credit."""

    account: AccountView
    money: Money

    @property
    def usual(self) -> Money:
        """The same as people say it: income, debts and equity count upward."""
        is_credit = self.account.type in CREDIT_TYPES
        return -self.money if is_credit else self.money


CREDIT_TYPES = frozenset({AccountType.LIABILITIES, AccountType.EQUITY, AccountType.INCOME})


class StatementLine(Struct, frozen=True):
    """One posting on an account, and what stands there after it in its currency."""

    entry_id: str
    seq: int
    day: date
    recipe: str
    source: str
    text: str | None
    money: Money
    balance: Money

    @property
    def sentence(self) -> Text:
        return sentence_of(self.recipe)


class Statement(Struct, frozen=True):
    """A stretch of an account. before, after: balances by currency at its two ends."""

    account: AccountView
    before: Mapping[str, Money]
    lines: tuple[StatementLine, ...]
    after: Mapping[str, Money]
    next: str | None


class PeriodView(Struct, frozen=True):
    """A month that was written in. possible: what may happen next, for buttons."""

    key: str
    state: PeriodState
    possible: tuple[PeriodEvent, ...]


def account_view(row: LedgerAccount) -> AccountView:
    """An account as it is shown: under the coop's own name for it, else the chart's."""
    known = CHART.get(row.template or "")
    return AccountView(
        id=row.id,
        code=row.code,
        type=type_of(row.code),
        name=row.name or (known.name if known else row.code),
        fund=row.fund,
        party=row.party,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
    )
