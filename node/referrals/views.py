"""Rows as the other layers see them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Row

from node.money import Money, scale_of
from node.referrals.fees import FeeKind, FeeTerms
from node.referrals.life import KNOWN_TO_RECEIVER, Side, State
from node.referrals.rules import Need, Urgency


class ReferralView(Struct, frozen=True):
    """One need passed to one coop, as this node has it. peer: None until somebody is chosen."""

    id: str
    case_id: str
    side: Side
    uri: str
    peer: str | None
    rank: int
    state: State
    need: Need
    policy_versions: Mapping[str, str]
    offer_id: str | None
    terms_digest: str | None
    answer_due: datetime | None
    consent_until: datetime | None
    subject: str
    box: bytes | None
    handoff: str | None
    agreement: Mapping[str, Any] | None
    agreement_id: str | None
    reason: str | None
    outcome: str | None
    job_value: Money | None
    fee_due: Money | None
    completion_digest: str | None
    deleted_at: datetime | None
    by: str | None
    created_at: datetime
    updated_at: datetime
    sent_at: datetime | None
    accepted_at: datetime | None
    answered_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether a coop may know whom it is about."""
        return self.state in KNOWN_TO_RECEIVER

    @property
    def other(self) -> str:
        """The coop across; only for a referral that has one."""
        if self.peer is None:
            raise ValueError(f"referral {self.id} has no receiver yet")
        return self.peer


class ConsentView(Struct, frozen=True):
    """What a person was asked and said."""

    case_id: str
    subject: str
    text_version: int
    fields: tuple[str, ...]
    recipients: tuple[str, ...]
    auto_next: bool
    box: bytes
    asked_at: datetime
    expires_at: datetime
    language: str | None
    channel: str | None
    given_at: datetime | None
    withdrawn_at: datetime | None
    doubted_at: datetime | None

    def holds(self, now: datetime) -> bool:
        """Whether somebody may be told anything on the strength of it."""
        return self.given_at is not None and self.doubted_at is None and not self.is_over(now)

    def is_over(self, now: datetime) -> bool:
        """Whether it was taken back, or has run out: nobody may keep what they were told."""
        return self.withdrawn_at is not None or now >= self.expires_at


def referral_view(row: Row[Any]) -> ReferralView:
    """A row of the table `referral`."""

    def money(units: int | None) -> Money | None:
        if units is None or row.currency is None:
            return None
        return Money(units, row.currency, scale_of(row.currency))

    fee = FeeTerms(
        FeeKind(row.fee_kind), money(row.fee_amount), row.fee_share, money(row.fee_at_most)
    )
    need = Need(
        row.summary,
        row.category,
        row.place,
        Urgency(row.urgency),
        row.listing_uri,
        row.currency,
        money(row.budget),
        fee,
    )
    return ReferralView(
        id=row.id,
        case_id=row.case_id,
        side=Side(row.side),
        uri=row.uri,
        peer=row.peer,
        rank=row.rank,
        state=State(row.state),
        need=need,
        policy_versions=row.policy_versions,
        offer_id=row.offer_id,
        terms_digest=row.terms_digest,
        answer_due=row.answer_due,
        consent_until=row.consent_until,
        subject=row.subject,
        box=row.box,
        handoff=row.handoff,
        agreement=row.agreement,
        agreement_id=row.agreement_id,
        reason=row.reason,
        outcome=row.outcome,
        job_value=money(row.job_value),
        fee_due=money(row.fee_due),
        completion_digest=row.completion_digest,
        deleted_at=row.deleted_at,
        by=row.by,
        created_at=row.created_at,
        updated_at=row.updated_at,
        sent_at=row.sent_at,
        accepted_at=row.accepted_at,
        answered_at=row.answered_at,
    )


def consent_view(row: Row[Any]) -> ConsentView:
    """A row of the table `referral_consent`."""
    return ConsentView(
        case_id=row.case_id,
        subject=row.subject,
        text_version=row.text_version,
        fields=tuple(row.fields),
        recipients=tuple(row.recipients),
        auto_next=row.auto_next,
        box=row.box,
        asked_at=row.asked_at,
        expires_at=row.expires_at,
        language=row.language,
        channel=row.channel,
        given_at=row.given_at,
        withdrawn_at=row.withdrawn_at,
        doubted_at=row.doubted_at,
    )


def need_columns(need: Need) -> dict[str, Any]:
    """A need as columns of the table `referral`."""
    fee = need.fee
    return {
        "summary": need.summary,
        "category": need.category,
        "place": need.place,
        "urgency": need.urgency.value,
        "listing_uri": need.listing_uri,
        "currency": need.currency,
        "budget": need.budget.amount if need.budget else None,
        "fee_kind": fee.kind.value,
        "fee_amount": fee.amount.amount if fee.amount else None,
        "fee_share": fee.share,
        "fee_at_most": fee.at_most.amount if fee.at_most else None,
    }
