"""Referrals: a person's need passed from one coop to another (no FEP; AS2 types, own properties).

The need is a `Note` of kind `referral`, offered; it says nothing that names the person. What the
coops say later are `Document`s whose `context` is the need and whose `kind` says which it is. The
contact data are fetched, never sent (`handoffs`).

Amounts are texts in plain digits beside a `currency`; numbers are refused, since not every reader
keeps their last digit.
"""

import re
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from html import escape
from typing import Any

from msgspec import Struct

from protocol import datetimes, jcs, multibase, proofs
from protocol.errors import MalformedDocument, quoted
from protocol.vocabulary.activities import Recipients, activity
from protocol.vocabulary.base import (
    moment,
    new_document,
    one_id,
    plain_number,
    required_text,
    text,
)
from protocol.vocabulary.places import PlaceOnWire, parse_place, place_document

REFERRAL = "referral"
STATUS = "referralStatus"
COMPLETION = "completion"
COMPLETION_RECEIPT = "completionReceipt"
DELETION_RECEIPT = "deletionReceipt"

_AMOUNT = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,3})?", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3,8}", re.ASCII)
_LARGEST = Decimal(2**53)


class FeeOnWire(Struct, frozen=True):
    """kind: none, flat, percent, reciprocal or communityFund; the rest as that kind needs."""

    kind: str = "none"
    amount: Decimal | None = None
    percent: Decimal | None = None
    at_most: Decimal | None = None
    policy_version: str | None = None
    """Of the policy that the sender checked the fee against."""


class ReferralOnWire(Struct, frozen=True):
    """A need. summary: plain text that names nobody. handoff: where the contact data can be had."""

    uri: str
    attributed_to: str
    to: Recipients
    summary: str
    handoff: str
    published: datetime
    consent_until: datetime
    fee: FeeOnWire
    category: str | None = None
    listing: str | None = None
    place: str | None = None
    urgency: str | None = None
    budget: Decimal | None = None
    currency: str | None = None


class StatementOnWire(Struct, frozen=True):
    """What a coop says of a referral. terms_digest: of the need it is about."""

    uri: str
    kind: str
    attributed_to: str
    context: str
    published: datetime
    terms_digest: str | None = None
    stage: str | None = None
    reason: str | None = None
    outcome: str | None = None
    value: Decimal | None = None
    fee: Decimal | None = None
    currency: str | None = None
    policy_version: str | None = None
    answers: str | None = None
    """The digest of the statement that a receipt is for."""


def digest_of(document: dict[str, Any]) -> str:
    """Multibase SHA-256 of the canonical JSON of a document as it was sent, without its proof."""
    return multibase.encode(sha256(jcs.canonical(proofs.strip(document))).digest())


def referral_document(wire: ReferralOnWire) -> dict[str, Any]:
    """The need, ready to be signed."""
    return new_document(
        "Note",
        wire.uri,
        kind=REFERRAL,
        attributedTo=wire.attributed_to,
        to=wire.to,
        content=f"<p>{escape(wire.summary)}</p>",
        inReplyTo=wire.listing,
        category=wire.category,
        location=place_document(PlaceOnWire(wire.place) if wire.place else None),
        urgency=wire.urgency,
        budget=_written(wire.budget),
        currency=wire.currency,
        handoff=wire.handoff,
        consentUntil=datetimes.format(wire.consent_until),
        feeKind=wire.fee.kind,
        feeAmount=_written(wire.fee.amount),
        feePercent=_written(wire.fee.percent),
        feeAtMost=_written(wire.fee.at_most),
        policyVersion=wire.fee.policy_version,
        published=datetimes.format(wire.published),
    )


def parse_referral(document: dict[str, Any]) -> ReferralOnWire:
    """Read a normalised Note of kind `referral`. Raises MalformedDocument naming the property."""
    return ReferralOnWire(
        uri=required_text(document, "id"),
        attributed_to=_required_id(document, "attributedTo"),
        to=(),
        summary=required_text(document, "content"),
        handoff=_required_id(document, "handoff"),
        published=_required_moment(document, "published"),
        consent_until=_required_moment(document, "consentUntil"),
        fee=FeeOnWire(
            kind=text(document, "feeKind") or "none",
            amount=amount(document, "feeAmount"),
            percent=amount(document, "feePercent"),
            at_most=amount(document, "feeAtMost"),
            policy_version=text(document, "policyVersion"),
        ),
        category=text(document, "category"),
        listing=one_id(document.get("inReplyTo")),
        place=_place_name(document),
        urgency=text(document, "urgency"),
        budget=amount(document, "budget"),
        currency=_currency(document),
    )


def offer(
    actor: str, referral: dict[str, Any], receiver: str, answer_until: datetime
) -> dict[str, Any]:
    """Pass the need on, to be answered by a moment."""
    return activity(
        "Offer",
        "",
        actor,
        referral,
        (receiver,),
        target=receiver,
        endTime=datetimes.format(answer_until),
    )


def answer(
    type_: str,
    actor: str,
    offer_id: str,
    to: str,
    terms_digest: str,
    *,
    reason: str | None = None,
    result: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Accept, TentativeAccept or Reject an Offer, by its id and the digest of what it offers."""
    return activity(
        type_, "", actor, offer_id, (to,), termsDigest=terms_digest, reason=reason, result=result
    )


def withdrawal(actor: str, offer_id: str, to: str, reason: str, stage: str) -> dict[str, Any]:
    """Take an Offer back; whoever holds what it led to deletes it. stage: of our side by now."""
    return activity("Undo", "", actor, offer_id, (to,), reason=reason, stage=str(stage))


def statement_document(said: StatementOnWire) -> dict[str, Any]:
    """A Document about a referral, ready to be signed."""
    return new_document(
        "Document",
        said.uri,
        kind=said.kind,
        attributedTo=said.attributed_to,
        context=said.context,
        termsDigest=said.terms_digest,
        stage=said.stage,
        reason=said.reason,
        outcome=said.outcome,
        jobValue=_written(said.value),
        feeDue=_written(said.fee),
        currency=said.currency,
        policyVersion=said.policy_version,
        answersDigest=said.answers,
        published=datetimes.format(said.published),
    )


def parse_statement(document: dict[str, Any]) -> StatementOnWire:
    """Read a normalised Document about a referral. Raises MalformedDocument."""
    return StatementOnWire(
        uri=required_text(document, "id"),
        kind=required_text(document, "kind"),
        attributed_to=_required_id(document, "attributedTo"),
        context=_required_id(document, "context"),
        published=_required_moment(document, "published"),
        terms_digest=text(document, "termsDigest"),
        stage=text(document, "stage"),
        reason=text(document, "reason"),
        outcome=text(document, "outcome"),
        value=amount(document, "jobValue"),
        fee=amount(document, "feeDue"),
        currency=_currency(document),
        policy_version=text(document, "policyVersion"),
        answers=text(document, "answersDigest"),
    )


def amount(document: dict[str, Any], key: str) -> Decimal | None:
    """A text in plain digits such as "12.50"; no number, exponent, comma or grouping."""
    value = document.get(key)
    if value is None:
        return None
    if not isinstance(value, str) or not _AMOUNT.fullmatch(value):
        raise MalformedDocument(
            f'The {key} is {quoted(repr(value), 40)}; write it as a text such as "12.50".',
            code="bad-amount",
        )
    if abs(number := Decimal(value)) >= _LARGEST:
        raise MalformedDocument(f"The {key} is larger than 2^53.", code="bad-amount")
    return number


def _currency(document: dict[str, Any]) -> str | None:
    code = text(document, "currency")
    if code is not None and not _CURRENCY.fullmatch(code):
        raise MalformedDocument(
            f"The currency is {quoted(code, 20)}; use a code such as GBP.", code="bad-currency"
        )
    return code


def _place_name(document: dict[str, Any]) -> str | None:
    place = parse_place(document.get("location"))
    return place.name if place and place.name else None


def _required_id(document: dict[str, Any], key: str) -> str:
    found = one_id(document.get(key))
    if found is None:
        raise MalformedDocument(f"The {key} is missing.", code="missing-property")
    return found


def _required_moment(document: dict[str, Any], key: str) -> datetime:
    found = moment(document, key)
    if found is None:
        raise MalformedDocument(f"The {key} is missing.", code="missing-property")
    return found


def _written(value: Decimal | None) -> str | None:
    return None if value is None else plain_number(value)
