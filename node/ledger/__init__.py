"""The ledger: a coop's double-entry books, only added to, every entry chained to the one before.

`chart` (which accounts there are), `recipes` (which accounts an event is booked on), `rules` and
`chain` are pure. `posting` writes entries, `accounts` and `periods` look after both; `queries` and
`reports` read, `verifying` works the chain out anew, `exports` writes the books for other programs.

    await ledger.post(
        uow, ledger.recipes.PLATFORM_FEE, source=f"agreement:{id}:settled",
        party=member_id, amounts={"fee": Money(250, "GBP", 2)},
    )

The node holds nobody's money: the books say who owes whom, and what was said to have been paid.
"""

from node.ledger import personal, recipes  # noqa: F401 - personal registers itself
from node.ledger.accounts import (
    add_account,
    close_account,
    has_books,
    open_books,
    remove_account,
    rename_account,
    reopen_account,
)
from node.ledger.chart import FUND_WORDS, TYPE_WORDS, AccountType, code_for, party_key
from node.ledger.exports import FORMATS, Exported, export
from node.ledger.federation_dues import owe_dues
from node.ledger.periods import change_period, periods_written
from node.ledger.posting import ManualLine, enter, forget_text, forget_texts, post, reverse
from node.ledger.queries import (
    account,
    accounts,
    balances,
    count_worded,
    entries,
    entry,
    party_of,
    statement,
    worded_before,
)
from node.ledger.recipe import Method, Recipe, Side
from node.ledger.recipes import RECIPES
from node.ledger.reports import (
    BalanceSheet,
    GroupTotal,
    IncomeStatement,
    Totals,
    balance_sheet,
    by_fund,
    by_party,
    income_statement,
    surplus,
    totals,
)
from node.ledger.rules import (
    PeriodEvent,
    PeriodState,
    check_period,
    days_of,
    days_of_year,
    periods,
    year_of,
)
from node.ledger.verifying import Fault, Verdict, verify
from node.ledger.views import (
    AccountView,
    Balance,
    EntryView,
    PeriodView,
    PostingView,
    Statement,
    StatementLine,
)

__all__ = [
    "FORMATS",
    "FUND_WORDS",
    "RECIPES",
    "TYPE_WORDS",
    "AccountType",
    "AccountView",
    "Balance",
    "BalanceSheet",
    "EntryView",
    "Exported",
    "Fault",
    "GroupTotal",
    "IncomeStatement",
    "ManualLine",
    "Method",
    "PeriodEvent",
    "PeriodState",
    "PeriodView",
    "PostingView",
    "Recipe",
    "Side",
    "Statement",
    "StatementLine",
    "Totals",
    "Verdict",
    "account",
    "accounts",
    "add_account",
    "balance_sheet",
    "balances",
    "by_fund",
    "by_party",
    "change_period",
    "check_period",
    "close_account",
    "code_for",
    "count_worded",
    "days_of",
    "days_of_year",
    "enter",
    "entries",
    "entry",
    "export",
    "forget_text",
    "forget_texts",
    "has_books",
    "income_statement",
    "open_books",
    "owe_dues",
    "party_key",
    "party_of",
    "periods",
    "periods_written",
    "post",
    "recipes",
    "remove_account",
    "rename_account",
    "reopen_account",
    "reverse",
    "statement",
    "surplus",
    "totals",
    "verify",
    "worded_before",
    "year_of",
]
