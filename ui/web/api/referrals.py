"""Referrals by API: write a need down, ask, send, answer, tell how it goes, sign."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta, Struct

from federation.storage import UnitOfWork
from node import referrals
from node.errors import InvalidInput
from node.i18n import _
from node.money import Money
from node.referrals import Draft, Event, ReferralView
from ui.web.api.agreement_types import Wanted
from ui.web.api.agreements import wanted
from ui.web.api.endpoints import Call, EndpointTable
from ui.web.api.types import LongText, ShortText

table = EndpointTable()


class Amount(Struct, frozen=True):
    amount: str
    currency: str


class Fee(Struct, frozen=True):
    """percent: of the first job."""

    kind: str
    amount: Amount | None
    percent: str | None
    at_most: Amount | None
    policy_versions: dict[str, str]


class Referral(Struct, frozen=True):
    """events: what can be done now with PATCH. agreement: ours, that came of it. Nothing here names
    the person."""

    id: str
    uri: str
    side: Literal["sent", "received"]
    state: str
    coop: str | None
    summary: str
    category: str
    place: str
    urgency: str
    listing: str | None
    budget: Amount | None
    fee: Fee
    fee_due: Amount | None
    answer_due: datetime | None
    consent_until: datetime | None
    deleted_at: datetime | None
    agreement: str | None
    events: list[str]


class ReferralDetail(Struct, frozen=True):
    """person: the contact data, empty until they may be known here and once they are deleted."""

    referral: Referral
    person: dict[str, str]
    consent_link: str | None


class ReferralList(Struct, frozen=True):
    items: list[Referral]
    next: str | None = None


class ReferralSearch(Struct, frozen=True, kw_only=True):
    side: Literal["sent", "received"] | None = None


class FeeGiven(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    kind: Literal["none", "flat", "percent", "reciprocal", "communityFund"]
    amount: Decimal | None = None
    percent: Decimal | None = None
    at_most: Decimal | None = None


class ReferralNew(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """person: name, phone, email, address, notes; kept sealed. fee: null for that which the listing
    offers (`conditions.referral_fee`), where it is another coop's."""

    summary: Annotated[str, Meta(min_length=1, max_length=600)]
    category: ShortText = ""
    place: ShortText = ""
    urgency: Literal["routine", "soon", "urgent"] = "soon"
    listing: ShortText | None = None
    currency: Annotated[str, Meta(max_length=8)] = ""
    budget: Decimal | None = None
    fee: FeeGiven | None = None
    person: dict[str, LongText] | None = None


class ReferralChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """event: one of the referral's `events`. recipients and fields: with ask_consent, coops by
    uri in their order and the names of what may be told. channel, witness and language: with
    consent. reason: with decline and fail. outcome, value and currency: with complete. terms: with
    accept, what our coop would do of listings of its own; the other coop answers them."""

    event: ShortText
    recipients: list[ShortText] = []
    fields: list[ShortText] = []
    channel: ShortText = ""
    witness: ShortText = ""
    language: ShortText = "en"
    reason: ShortText | None = None
    outcome: ShortText = ""
    value: Decimal | None = None
    currency: Annotated[str, Meta(max_length=8)] = ""
    terms: Wanted | None = None


@table.add(
    "GET",
    "/referrals",
    "People passed on, by us and to us, newest first",
    scope="referrals:write",
    query=ReferralSearch,
    answer=ReferralList,
)
async def known(call: Call) -> ReferralList:
    side = referrals.Side(call.query.side) if call.query.side else None
    async with call.node.reading() as reader:
        views = await referrals.referrals(reader, side=side)
    return ReferralList([_referral(view) for view in views])


@table.add(
    "POST",
    "/referrals",
    "Write down that somebody needs what another coop could do; nobody is told yet",
    scope="referrals:write",
    body=ReferralNew,
    answer=Referral,
    status=201,
    example={
        "summary": "Gas boiler, no hot water since Sunday",
        "category": "repairs",
        "person": {"name": "Olumide Olatunji", "phone": "01632 960088"},
    },
)
async def start(call: Call) -> Referral:
    given: ReferralNew = call.body
    fee = given.fee or FeeGiven(kind="none")
    draft = Draft(
        given.summary,
        category=given.category,
        place=given.place,
        urgency=given.urgency,
        listing_uri=given.listing,
        currency=given.currency,
        budget=given.budget,
        fee_kind=fee.kind if given.fee else "",
        fee_amount=fee.amount,
        fee_percent=fee.percent,
        fee_at_most=fee.at_most,
    )
    view = await call.node.write(
        lambda uow: referrals.start(uow, draft, person=given.person, by=call.account.id)
    )
    return _referral(view)


@table.add(
    "GET",
    "/referrals/{id}",
    "One referral, with the contact data as far as they may be known here",
    scope="referrals:write",
    answer=ReferralDetail,
)
async def one(call: Call) -> ReferralDetail:
    async with call.node.reading() as reader:
        found = await referrals.detail(reader, call.path["id"])
        code = None
        if found.consent is not None:
            code = await referrals.code_of(reader, found.consent.consent)
    address = f"{call.node.config.address}{referrals.CONSENT_PATH}"
    return ReferralDetail(
        _referral(found.referral), found.person, f"{address}{code}" if code else None
    )


@table.add(
    "PATCH",
    "/referrals/{id}",
    "Take one of the steps that its state allows",
    scope="referrals:write",
    body=ReferralChange,
    answer=Referral,
    example={"event": "correct"},
)
async def change(call: Call) -> Referral:
    given: ReferralChange = call.body
    view = await call.node.write(lambda uow: _change(uow, call.path["id"], given, call.account.id))
    return _referral(view)


async def _change(uow: UnitOfWork, number: str, given: ReferralChange, by: str) -> ReferralView:
    match given.event:
        case Event.ASK_CONSENT:
            return await referrals.ask_consent(
                uow, number, recipients=given.recipients, fields=given.fields, by=by
            )
        case Event.CONSENT:
            found = await referrals.detail(uow, number)
            said = {"witness": given.witness, "language": given.language}
            await referrals.note(uow, found.referral, given.channel, **said, by=by)
            return (await referrals.detail(uow, number)).referral
        case Event.ACCEPT if given.terms is not None:
            return await referrals.accept(uow, number, by=by, wanted=wanted(given.terms))
        case Event.DECLINE:
            return await referrals.decline(uow, number, given.reason or "", by=by)
        case Event.COMPLETE:
            return await referrals.complete(
                uow, number, given.outcome, value=given.value, currency=given.currency, by=by
            )
    if given.event in referrals.SIMPLE:
        return await referrals.SIMPLE[Event(given.event)](uow, number, by=by)
    if given.event not in set(Event):
        raise InvalidInput({"event": [_("This is not something one can say here.")]})
    return await referrals.progress(uow, number, given.event, reason=given.reason, by=by)


def _referral(view: ReferralView) -> Referral:
    need, fee = view.need, view.need.fee
    return Referral(
        id=view.id,
        uri=view.uri,
        side=view.side.value,
        state=view.state.value,
        coop=view.peer,
        summary=need.summary,
        category=need.category,
        place=need.place,
        urgency=need.urgency.value,
        listing=need.listing_uri,
        budget=_amount(need.budget),
        fee=Fee(
            fee.kind.value,
            _amount(fee.amount),
            f"{fee.percent:f}" if fee.share else None,
            _amount(fee.at_most),
            dict(view.policy_versions),
        ),
        fee_due=_amount(view.fee_due),
        answer_due=view.answer_due,
        consent_until=view.consent_until,
        deleted_at=view.deleted_at,
        agreement=view.agreement_id,
        events=[str(event) for event in referrals.open_to(view.state, view.side.party)],
    )


def _amount(money: Money | None) -> Amount | None:
    return None if money is None else Amount(money.text, money.currency)
