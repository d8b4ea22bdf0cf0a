"""What the API sends and takes of what coops owe each other: sums as text with their currency."""

import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from node import clearing
from ui.web.api.book_types import LedgerSum, Sum
from ui.web.api.types import Limit, ShortText

Address = Annotated[str, Meta(max_length=500, description="a coop's uri")]
CurrencyCode = Annotated[str, Meta(max_length=8)]
StateName = Literal[
    "accrued",
    "contested",
    "acknowledged",
    "in_run",
    "residual_due",
    "cleared",
    "paid",
    "settled",
]
OwedReason = Literal["referralFee", "agreementPayment", "levy", "groupBuy"]


class Obligation(Struct, frozen=True):
    """uri: null until the creditor has said it. basis: what it comes from, alike on both sides."""

    id: str
    uri: str | None
    debtor: str
    creditor: str
    amount: LedgerSum
    remaining: LedgerSum
    due_on: datetime.date
    reason: OwedReason
    basis: str
    state: StateName
    contested_because: str | None
    digest: str | None


class ObligationList(Struct, frozen=True):
    items: list[Obligation]
    next: str | None


class ObligationSearch(Struct, frozen=True, kw_only=True):
    coop: Address | None = None
    state: StateName | None = None
    limit: Limit = 50
    cursor: Annotated[str, Meta(max_length=26)] | None = None


class ObligationNew(Struct, frozen=True, kw_only=True):
    """basis: where it was decided. key: 26 random digits and small letters of yours, without i, l,
    o and u, such as a ULID. Sent again with either, it is the claim of before; without them, each
    is another claim."""

    coop: Address
    amount: Sum
    currency: CurrencyCode
    due_on: datetime.date
    reason: Literal["levy", "groupBuy"]
    basis: ShortText = ""
    key: Annotated[str, Meta(pattern=f"^{clearing.CLAIM_KEY.pattern}$")] | None = None


class ObligationAnswer(Struct, frozen=True, kw_only=True):
    """sign: whether we owe it; because: why not."""

    sign: bool
    because: Literal["notOurs", "amountDiffers", "alreadyPaid"] = "notOurs"


class TrustLine(Struct, frozen=True):
    """owed: what they owe us; owing: what we owe them; each may come up to the limit."""

    coop: str
    limit: LedgerSum
    owed: LedgerSum
    owing: LedgerSum
    held_since: datetime.datetime | None
    statement: Literal["sent", "agreed", "differs"] | None


class TrustLineList(Struct, frozen=True):
    items: list[TrustLine]
    next: str | None = None


class TrustLineNew(Struct, frozen=True, kw_only=True):
    """limit: null for what the policy says. decided_by: where the decision stands."""

    coop: Address
    currency: CurrencyCode
    limit: Sum | None
    decided_by: ShortText


class StatementNew(Struct, frozen=True, kw_only=True):
    coop: Address
    currency: CurrencyCode


class Difference(Struct, frozen=True):
    """What is left by our rows and by theirs, in the statement's currency; null: not listed."""

    obligation: str
    ours: str | None
    theirs: str | None


class StatementResult(Struct, frozen=True):
    id: str
    coop: str
    currency: str
    period: str
    state: Literal["sent", "agreed", "differs"]
    differences: list[Difference]


class ReconciliationResult(Struct, frozen=True):
    one_sided: list[Obligation]
    differing: list[StatementResult]


class SettlementResult(Struct, frozen=True):
    id: str
    coop: str
    we_paid: bool
    amount: LedgerSum
    method: str
    reference: str
    paid_on: datetime.date
    state: Literal["marked", "received", "missing"]


class SettlementList(Struct, frozen=True):
    items: list[SettlementResult]
    next: str | None = None


class SettlementNew(Struct, frozen=True, kw_only=True):
    obligations: Annotated[list[str], Meta(min_length=1, max_length=100)]
    method: Literal["bank", "cash", "mobile"]
    paid_on: datetime.date
    reference: Annotated[str, Meta(max_length=35)] = ""


class SettlementAnswer(Struct, frozen=True, kw_only=True):
    came: bool


class Fault(Struct, frozen=True):
    code: str
    coops: list[str]
    about: str


class RunResult(Struct, frozen=True):
    """consented: our own answer; null: not answered."""

    id: str
    uri: str
    caller: str
    currency: str
    state: Literal["called", "proposed", "executed", "aborted"]
    attempt: int
    coops: list[str]
    offers_by: datetime.datetime
    answers_by: datetime.datetime
    consented: bool | None
    faults: list[Fault]


class RunList(Struct, frozen=True):
    items: list[RunResult]
    next: str | None = None


class SetOff(Struct, frozen=True):
    debtor: str
    creditor: str
    owed: LedgerSum
    set_off: LedgerSum


class RunDetail(Struct, frozen=True):
    """pairs: empty before there is a proposal."""

    run: RunResult
    total: LedgerSum | None
    set_off: LedgerSum | None
    pairs: list[SetOff]


class RunNew(Struct, frozen=True, kw_only=True):
    currency: CurrencyCode


class RunAnswer(Struct, frozen=True, kw_only=True):
    consent: bool
