"""Referrals as they travel: what we say to the other coop, and under which address."""

from datetime import datetime
from typing import Any

from federation import outbox
from federation.storage import Reader, UnitOfWork
from node.money import Money
from node.referrals.life import Event
from node.referrals.store import address
from node.referrals.views import ReferralView
from protocol.vocabulary import activities
from protocol.vocabulary import referrals as vocabulary
from protocol.vocabulary.base import measure, new_document, part
from protocol.vocabulary.referrals import FeeOnWire, ReferralOnWire, StatementOnWire

CONTACT = "contact"
AGREEMENT = "agreement"
# Why an Offer is taken back.
BY_SENDER = "sender"
BY_PERSON = "consentWithdrawn"
BY_CLOCK = "expired"
BY_MISTAKE = "enteredInError"

STAGES = {
    Event.CONTACT: "contacted",
    Event.START: "inProgress",
    Event.RESUME: "resumed",
    Event.PAUSE: "onHold",
    Event.FAIL: "failed",
}
EVENT_OF_STAGE = {stage: event for event, stage in STAGES.items()}


def on_wire(
    reader: Reader, view: ReferralView, consent_until: datetime, published: datetime
) -> dict[str, Any]:
    """The need as the other coop gets it: nothing in it names the person."""
    need, fee = view.need, view.need.fee
    ceiling = next(iter(view.policy_versions.values()), None)
    return vocabulary.referral_document(
        ReferralOnWire(
            uri=view.uri,
            attributed_to=reader.identities.coop.uri,
            to=(view.other,),
            summary=need.summary,
            handoff=address(reader, view.id, CONTACT),
            published=published,
            consent_until=consent_until,
            fee=FeeOnWire(
                fee.kind.value,
                fee.amount.decimal if fee.amount else None,
                fee.percent if fee.share else None,
                fee.at_most.decimal if fee.at_most else None,
                ceiling,
            ),
            category=need.category or None,
            listing=need.listing_uri,
            place=need.place or None,
            urgency=need.urgency.value,
            budget=need.budget.decimal if need.budget else None,
            currency=need.currency,
        )
    )


async def offer(
    uow: UnitOfWork, view: ReferralView, need: dict[str, Any], answer_due: datetime
) -> str:
    """Pass a need on; returns the id of the Offer."""
    said = vocabulary.offer(uow.identities.coop.uri, need, view.other, answer_due)
    return await outbox.publish(
        uow, said, to_actors=[view.other], object_uri=view.uri, listed=False
    )


def agreement(reader: Reader, view: ReferralView) -> dict[str, Any]:
    """What the receiver is ready to enter into, as it signs it with its yes."""
    coop, uri = reader.identities.coop.uri, address(reader, view.id, AGREEMENT)
    listing = view.need.listing_uri
    return new_document(
        "Agreement",
        uri,
        attributedTo=coop,
        stipulates=part(
            "Commitment",
            f"{uri}#primary",
            action="deliverService",
            satisfies=f"{listing}#primary" if listing else None,
            provider=coop,
            resourceQuantity=measure(None) | {"hasNumericalValue": "1"},
        ),
    )


async def answer(
    uow: UnitOfWork,
    view: ReferralView,
    type_: str,
    *,
    reason: str | None = None,
    result: dict[str, Any] | None = None,
) -> str:
    """Accept, TentativeAccept or Reject; returns the id of what was said."""
    said = vocabulary.answer(
        type_,
        uow.identities.coop.uri,
        view.offer_id or "",
        view.other,
        view.terms_digest or "",
        reason=reason,
        result=result,
    )
    return await _say(uow, view, said)


async def withdraw(uow: UnitOfWork, view: ReferralView, reason: str) -> None:
    """Take the Offer back, and with it whatever we said of it before."""
    await outbox.forget(uow, [view.uri])
    coop = uow.identities.coop.uri
    await _say(
        uow, view, vocabulary.withdrawal(coop, view.offer_id or "", view.other, reason, view.state)
    )


async def state(
    uow: UnitOfWork,
    view: ReferralView,
    kind: str,
    *,
    stage: str | None = None,
    reason: str | None = None,
    outcome: str | None = None,
    value: Money | None = None,
    fee: Money | None = None,
    policy_version: str | None = None,
    answers: str | None = None,
) -> str:
    """Publish a signed Document about a referral; returns its digest. A receipt goes its own way:
    it says nothing of the person, and arrives also when what was said before is taken back."""
    money = value or fee
    document = vocabulary.statement_document(
        StatementOnWire(
            uri=address(uow, view.id, f"{kind}-{uow.new_id()}"),
            kind=kind,
            attributed_to=uow.identities.coop.uri,
            context=view.uri,
            published=uow.now,
            terms_digest=view.terms_digest,
            stage=stage,
            reason=reason,
            outcome=outcome,
            value=value.decimal if value else None,
            fee=fee.decimal if fee else None,
            currency=money.currency if money else None,
            policy_version=policy_version,
            answers=answers,
        )
    )
    said = activities.activity(
        "Create",
        "",
        uow.identities.coop.uri,
        document,
        (view.other,),
        published=document["published"],
    )
    await _say(uow, view, said, document["id"] if kind == vocabulary.COMPLETION_RECEIPT else None)
    return vocabulary.digest_of(document)


async def _say(
    uow: UnitOfWork, view: ReferralView, said: dict[str, Any], lane: str | None = None
) -> str:
    # One lane for a referral: no word about it overtakes an earlier one.
    return await outbox.publish(
        uow,
        said,
        to_actors=[view.other],
        object_uri=lane or view.uri,
        listed=False,
        until_delivered=True,
    )
