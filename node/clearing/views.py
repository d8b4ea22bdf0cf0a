"""What is owed, statements, payments and runs, as they look from outside."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Row

from node import limits
from node.clearing import rules
from node.clearing.papers import Claim
from node.clearing.rules import Headroom, Reason, RunState, State
from node.i18n import Text
from node.money import Money


@dataclass(frozen=True)
class ObligationView:
    """One obligation. we_owe: whether we are the debtor; uri: None until the creditor said it."""

    id: str
    uri: str | None
    partner: str
    debtor: str
    creditor: str
    we_owe: bool
    money: Money
    remaining: Money
    due_on: date
    reason: Reason
    basis: str
    evidence_digest: str | None
    state: State
    contested_because: str | None
    document: dict[str, Any] | None = field(repr=False)
    digest: str | None
    run_id: str | None
    settlement_id: str | None
    created_at: datetime
    acknowledged_at: datetime | None

    @property
    def state_word(self) -> Text:
        return rules.obligations.word(self.state)

    @property
    def reason_word(self) -> Text:
        return rules.REASON_WORDS[self.reason]

    @property
    def waits_for_us(self) -> bool:
        """Whether somebody here is asked to sign it, or to contest it."""
        return self.we_owe and self.uri is not None and self.state is State.ACCRUED

    @property
    def claim(self) -> Claim:
        """What it says, as its document says it."""
        return Claim(
            self.debtor,
            self.creditor,
            self.money,
            self.due_on,
            self.reason,
            self.basis,
            self.evidence_digest,
        )


class StatementView(Struct, frozen=True):
    """A month's statement and what came of it."""

    id: str
    partner: str
    currency: str
    period: str
    ours: bool
    state: str
    differences: list[dict[str, Any]]
    made_at: datetime


class SettlementView(Struct, frozen=True):
    """A payment that was marked."""

    id: str
    uri: str
    partner: str
    we_paid: bool
    money: Money
    method: str
    reference: str
    paid_on: date
    state: str
    marked_at: datetime


class PartnerView(Struct, frozen=True):
    """How we stand with one coop in one currency. owed: what they owe us; owing: what we owe."""

    partner: str
    currency: str
    owed: Headroom
    owing: Headroom
    held_since: datetime | None
    decided_by: str | None
    statement: StatementView | None

    @property
    def net(self) -> Money:
        """Above zero: in the end they owe us."""
        return self.owed.used - self.owing.used


class RunView(Struct, frozen=True):
    """A clearing run."""

    id: str
    uri: str
    caller: str
    currency: str
    state: RunState
    attempt: int
    coops: tuple[str, ...]
    called_at: datetime
    offers_by: datetime
    answers_by: datetime
    faults: list[dict[str, Any]]
    proposal_digest: str | None
    consented: bool | None
    """Our own answer; None: we have not answered."""
    ended_at: datetime | None

    @property
    def state_word(self) -> Text:
        return rules.runs.word(self.state)

    @property
    def waits_for_us(self) -> bool:
        """Whether somebody here is asked for a yes or no."""
        return self.state is RunState.PROPOSED and self.consented is None

    def is_silent(self, now: datetime) -> bool:
        """Whether we consented so long ago, and heard no end, that we may let go."""
        waiting = self.state is RunState.PROPOSED and self.consented is True
        return waiting and now >= self.answers_by + limits.CLEARING_SILENCE_MOST


def obligation_view(row: Row[Any], ours: str) -> ObligationView:
    return ObligationView(
        id=row.id,
        uri=row.uri,
        partner=row.partner,
        debtor=row.debtor,
        creditor=row.creditor,
        we_owe=row.debtor == ours,
        money=Money(row.amount, row.currency, row.scale),
        remaining=Money(row.remaining, row.currency, row.scale),
        due_on=row.due_on,
        reason=Reason(row.reason),
        basis=row.basis,
        evidence_digest=row.evidence_digest,
        state=State(row.state),
        contested_because=row.contested_because,
        document=row.document,
        digest=row.digest,
        run_id=row.run_id,
        settlement_id=row.settlement_id,
        created_at=row.created_at,
        acknowledged_at=row.acknowledged_at,
    )


def statement_view(row: Row[Any]) -> StatementView:
    return StatementView(
        id=row.id,
        partner=row.partner,
        currency=row.currency,
        period=row.period,
        ours=row.ours,
        state=row.state,
        differences=row.differences,
        made_at=row.made_at,
    )


def settlement_view(row: Row[Any]) -> SettlementView:
    return SettlementView(
        id=row.id,
        uri=row.uri,
        partner=row.partner,
        we_paid=row.we_paid,
        money=Money(row.amount, row.currency, row.scale),
        method=row.method,
        reference=row.reference,
        paid_on=row.paid_on,
        state=row.state,
        marked_at=row.marked_at,
    )


def run_view(row: Row[Any]) -> RunView:
    answer = row.answer["kind"] if row.answer else None
    return RunView(
        id=row.id,
        uri=row.uri,
        caller=row.caller,
        currency=row.currency,
        state=RunState(row.state),
        attempt=row.attempt,
        coops=tuple(row.coops),
        called_at=row.called_at,
        offers_by=row.offers_by,
        answers_by=row.answers_by,
        faults=row.faults,
        proposal_digest=row.proposal_digest,
        consented=None if answer is None else answer == "clearingConsent",
        ended_at=row.ended_at,
    )
