"""What the API sends and takes of agreements: money and quantities as text, times in UTC."""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from node.limits import ANSWER_LONGEST
from ui.web.api.types import Limit, ShortText

Quantity = Annotated[str, Meta(pattern=r"^[0-9]{1,7}(\.[0-9]{1,6})?$", description="1.5")]
Amount = Annotated[str, Meta(pattern=r"^[0-9]{1,15}(\.[0-9]{1,9})?$", description="12.50")]
Word = Annotated[str, Meta(max_length=40)]


class Sum(Struct, frozen=True, forbid_unknown_fields=True):
    amount: Amount
    currency: Annotated[str, Meta(max_length=8)]


class WantedLine(Struct, frozen=True, forbid_unknown_fields=True):
    """listing: its id here, or its address. price: of one unit, within the listing's scale.
    option: which of its `prices`, from 0. variant: which of its kinds and sizes, from 0. extra: in
    place of itself, what is added to it: which of its `extras`, from 1. project: which of its
    community projects, from 0, `conditions.project` being the first; the same for all lines of one
    listing."""

    listing: Annotated[str, Meta(min_length=1, max_length=2000)]
    quantity: Quantity | None = None
    price: Sum | None = None
    option: Annotated[int, Meta(ge=0, le=50)] = 0
    variant: Annotated[int, Meta(ge=0, le=50)] | None = None
    extra: Annotated[int, Meta(ge=0, le=50)] = 0
    project: Annotated[int, Meta(ge=0, le=50)] = 0


class Wanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So much of these listings, at these times. guests: of a stay. taxed_guests: how many of them
    pay the tax for each person and night (`conditions.guest_tax`); all, if it asks for no age.
    pickup: which of the listing's `details.pickup`, from 0; left out where it is brought."""

    lines: Annotated[list[WantedLine], Meta(min_length=1, max_length=50)]
    start: datetime | None = None
    end: datetime | None = None
    time_zone: Annotated[str, Meta(max_length=64)] | None = None
    guests: Annotated[int, Meta(ge=1, le=99)] | None = None
    taxed_guests: Annotated[int, Meta(ge=0, le=99)] | None = None
    pickup: Annotated[int, Meta(ge=0, le=50)] | None = None


class ListingAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    """question: in the listing's own words (`details.questions`)."""

    question: Annotated[str, Meta(max_length=200)]
    answer: Annotated[str, Meta(max_length=ANSWER_LONGEST)]


class AgreementNew(Wanted, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """message, answers: for the provider; to another coop they go as a message. send:
    false keeps a draft. key: 22 to 64 random letters and digits of yours; sent again, they ask for
    nothing new."""

    message: Annotated[str, Meta(max_length=4000)] = ""
    answers: Annotated[list[ListingAnswer], Meta(max_length=50)] = []
    send: bool = True
    key: Annotated[str, Meta(max_length=64)] | None = None


class LinePrice(Struct, frozen=True, forbid_unknown_fields=True):
    """line: its place, from 0. quantity: 0 leaves out what was added (`extra`). prices: of one
    unit, one sum per currency."""

    line: Annotated[int, Meta(ge=0, le=50)]
    quantity: Quantity | None = None
    prices: list[Sum] | None = None


class CancellationTerms(Struct, frozen=True, forbid_unknown_fields=True):
    hours: Annotated[int, Meta(ge=0, le=8760)]
    early_percent: Annotated[int, Meta(ge=0, le=100)]
    late_percent: Annotated[int, Meta(ge=0, le=100)]


class Change(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a counter-offer or a change says anew; what is left out stays. How much of a line other
    days or guests come to is counted anew, unless the line is named."""

    start: datetime | None = None
    end: datetime | None = None
    time_zone: Annotated[str, Meta(max_length=64)] | None = None
    lines: list[LinePrice] = []
    deposit: Sum | None = None
    cancellation: CancellationTerms | None = None
    guests: Annotated[int, Meta(ge=1, le=99)] | None = None
    taxed_guests: Annotated[int, Meta(ge=0, le=99)] | None = None
    pickup: Annotated[int, Meta(ge=0, le=50)] | None = None


class StepNew(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """step: one of `possible`. delivered: how much of each line by now. lots: with deliver and
    deliver_part, which ones went with it. reason: a word.

    digest: of the terms that you answer; accept and agree_change need it (`digest` of the
    agreement, or `change_digest`), and get 409 `terms-changed` when others are on the table; so do
    counter and change (`digest` of the agreement) where you send it.

    of: with refund_part, what was left to give back when you decided; when it is less by now, such
    as when you send the same again, you get 409 `refund-changed`."""

    step: Word
    digest: Annotated[str, Meta(max_length=100)] | None = None
    change: Change | None = None
    delivered: list[Quantity] = []
    lots: Annotated[list[Annotated[str, Meta(max_length=200)]], Meta(max_length=50)] = []
    amounts: list[Sum] = []
    of: list[Sum] = []
    method: Word | None = None
    reason: Word | None = None


class Look(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a counter or a change would say, as the step takes it."""

    step: Literal["counter", "change"]
    change: Change
    digest: Annotated[str, Meta(max_length=100)] | None = None


class AgreementSearch(Struct, frozen=True, kw_only=True):
    """to_answer: only what waits for your answer, the most urgent first. lot: a part of the name of
    one that went with it."""

    state: Word | None = None
    to_answer: bool = False
    lot: ShortText = ""
    limit: Limit = 50
    cursor: ShortText | None = None


class Fee(Struct, frozen=True):
    """explained: how it came about, a sentence each."""

    name: str
    payer: str
    amount: Sum
    explained: list[str]


class AgreementPreview(Struct, frozen=True):
    """terms: what both would sign. fees: what this coop takes, and of whom."""

    terms: dict[str, Any]
    total: list[Sum]
    fees: list[Fee]
    answer_by: datetime


class AgreementItem(Struct, frozen=True):
    """provider, customer: the coops, by their addresses. title: in your language, where the listing
    has it; the terms have what was signed."""

    id: str
    uri: str
    state: str
    payment: str
    deposit: str
    title: str
    kind: str
    provider: str
    customer: str
    asked_by: str
    to_answer: str | None
    answer_by: datetime | None
    start: datetime | None
    end: datetime | None
    pickup: str | None
    lots: list[str]
    created_at: datetime
    updated_at: datetime


class AgreementList(Struct, frozen=True):
    items: list[AgreementItem]
    next: str | None = None


class Version(Struct, frozen=True):
    """signed_by: provider, customer."""

    sequence: int
    author: str
    standing: str
    digest: str
    signed_by: list[str]
    terms: dict[str, Any]


class Step(Struct, frozen=True):
    at: datetime
    event: str
    before: str
    after: str
    role: str | None
    by: str
    detail: dict[str, Any]


class SaidOfSelf(Struct, frozen=True):
    """name, contact: empty until it is agreed, and unless the person ticked that they are told."""

    message: str
    name: str
    contact: str
    answers: list[ListingAnswer]


class AgreementDetail(Struct, frozen=True):
    """possible: the steps that you may take now. roles: the sides that you speak for.

    mine, theirs: what people said of themselves when they asked."""

    agreement: AgreementItem
    roles: list[str]
    possible: list[str]
    terms: dict[str, Any]
    digest: str
    fees: list[Fee]
    due: list[Sum]
    received: list[Sum]
    returned: list[Sum]
    cancel_fee: list[Sum]
    mine: SaidOfSelf | None
    theirs: SaidOfSelf | None
    change: dict[str, Any] | None
    change_digest: str | None
    versions: list[Version]
    history: list[Step]
