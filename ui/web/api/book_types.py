"""What the API sends and takes of the books: sums as text with their currency, credits by side."""

import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from ui.web.api.types import Limit, ShortText

Month = Annotated[str, Meta(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]
Sum = Annotated[
    str,
    Meta(pattern=r"^[0-9]{1,15}(\.[0-9]{1,9})?$", description="Digits, above zero, such as 12.50"),
]
SideName = Literal["debit", "credit"]


class LedgerSum(Struct, frozen=True):
    amount: str
    currency: str


class LedgerAccount(Struct, frozen=True):
    """party: a member's id or a coop's address; never a name."""

    id: str
    code: str
    type: str
    name: str
    fund: str
    party: str | None
    closed: bool


class LedgerAccountList(Struct, frozen=True):
    items: list[LedgerAccount]
    next: str | None = None


class LedgerBalance(Struct, frozen=True):
    """money: as people say it; income, debts and equity count upward."""

    account: LedgerAccount
    money: LedgerSum
    side: SideName


class LedgerTotal(Struct, frozen=True):
    currency: str
    debit: str
    credit: str


class LedgerBalanceList(Struct, frozen=True):
    items: list[LedgerBalance]
    totals: list[LedgerTotal]
    next: str | None = None


class LedgerBalanceSearch(Struct, frozen=True, kw_only=True):
    on: datetime.date | None = None


class LedgerPosting(Struct, frozen=True):
    account: LedgerAccount
    side: SideName
    money: LedgerSum


class LedgerEntry(Struct, frozen=True):
    """policies: the version of every rule that a sum was computed by. text: null once erased."""

    id: str
    number: int
    date: datetime.date
    period: str
    recipe: str
    about: str
    source: str
    party: str | None
    text: str | None
    by: str
    at: datetime.datetime
    policies: dict[str, str]
    reverses: str | None
    reversed_by: str | None
    postings: list[LedgerPosting]
    previous: str
    digest: str


class LedgerEntryList(Struct, frozen=True):
    items: list[LedgerEntry]
    next: str | None


class LedgerEntrySearch(Struct, frozen=True, kw_only=True):
    account: Annotated[str, Meta(max_length=200, description="its id or its code")] | None = None
    period: Month | None = None
    source: ShortText | None = None
    party: Annotated[str, Meta(max_length=500)] | None = None
    limit: Limit = 50
    cursor: Annotated[str, Meta(max_length=100)] | None = None


class LedgerLineNew(Struct, frozen=True, forbid_unknown_fields=True):
    account: Annotated[str, Meta(max_length=200, description="an account's code")]
    side: SideName
    amount: Sum
    currency: Annotated[str, Meta(max_length=8)]


class LedgerEntryNew(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """source: your own name for what happened; sent again, it returns the entry it made."""

    source: Annotated[str, Meta(min_length=1, max_length=200)]
    text: Annotated[str, Meta(min_length=1, max_length=500)]
    lines: Annotated[list[LedgerLineNew], Meta(min_length=2, max_length=100)]
    date: datetime.date | None = None
    adjusting: bool = False


class LedgerReversalNew(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    text: Annotated[str, Meta(max_length=500)] = ""
    date: datetime.date | None = None
    adjusting: bool = False


class LedgerExportSearch(Struct, frozen=True, kw_only=True):
    format: Literal["beancount", "hledger", "csv"] = "csv"
    first: datetime.date | None = msgspec.field(name="from", default=None)
    last: datetime.date | None = msgspec.field(name="to", default=None)


class LedgerVerdict(Struct, frozen=True):
    """entry: the first that differs from what was written, by its number in the journal."""

    holds: bool
    entries: int
    digest: str
    entry: int | None = None
    reason: str | None = None
