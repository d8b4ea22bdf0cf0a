"""What coops owe each other, how far they trust each other, and the runs that set it off.

Every document here was signed by its author and is kept as it was signed: it is the evidence.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from federation.storage import Base
from federation.storage.base import JsonColumn, table_of

_Id = String(26)
_Word = String(20)
_Currency = String(8)


class Obligation(Base):
    """What one coop owes another, as this node knows it; one of the two is ours.

    A row without a document: we know from a referral or an agreement that we owe it, and wait for
    the creditor to say so.
    """

    __tablename__ = "obligation"
    __table_args__ = (
        UniqueConstraint("creditor", "basis", "reason", "currency"),
        Index("ix_obligation_partner_state", "partner", "currency", "state"),
    )

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    uri: Mapped[str | None] = mapped_column(unique=True)
    """The creditor's address of it."""
    creditor: Mapped[str]
    debtor: Mapped[str]
    partner: Mapped[str]
    """Which of the two is not us."""
    currency: Mapped[str] = mapped_column(_Currency)
    scale: Mapped[int]
    amount: Mapped[int] = mapped_column(BigInteger)
    remaining: Mapped[int] = mapped_column(BigInteger)
    due_on: Mapped[date]
    reason: Mapped[str] = mapped_column(_Word)
    basis: Mapped[str]
    """What it comes from, named alike by both sides."""
    evidence_digest: Mapped[str | None]
    state: Mapped[str] = mapped_column(_Word, index=True)
    document: Mapped[dict[str, Any] | None]
    digest: Mapped[str | None]
    answer: Mapped[dict[str, Any] | None]
    """The debtor's signed acknowledgement."""
    contested_because: Mapped[str | None]
    run_id: Mapped[str | None] = mapped_column(_Id, index=True)
    settlement_id: Mapped[str | None] = mapped_column(_Id, index=True)
    created_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]


class TrustLine(Base):
    """How much a partner and we may owe each other in one currency, and whether it is on hold."""

    __tablename__ = "trust_line"

    partner: Mapped[str] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(_Currency, primary_key=True)
    limit: Mapped[int | None] = mapped_column(BigInteger)
    """In the smallest unit; None: as the policy says."""
    decided_by: Mapped[str | None]
    """The address of the decision, or where it is minuted."""
    held_since: Mapped[datetime | None]
    """Since when statements differ: nothing of the pair is set off until they agree."""


class Statement(Base):
    """A month's statement between a partner and us, and what came of comparing it."""

    __tablename__ = "obligation_statement"

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    uri: Mapped[str] = mapped_column(unique=True)
    partner: Mapped[str] = mapped_column(index=True)
    currency: Mapped[str] = mapped_column(_Currency)
    period: Mapped[str] = mapped_column(String(7))
    ours: Mapped[bool]
    """Whether we made it; the other side compares."""
    state: Mapped[str] = mapped_column(_Word)
    """ "sent", "agreed" or "differs"."""
    document: Mapped[dict[str, Any]]
    digest: Mapped[str]
    answer: Mapped[dict[str, Any] | None]
    differences: Mapped[list[dict[str, Any]]] = mapped_column(JsonColumn)
    made_at: Mapped[datetime]


class Settlement(Base):
    """A payment between coops that the debtor marked, and the creditor's word on it."""

    __tablename__ = "settlement"

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    uri: Mapped[str] = mapped_column(unique=True)
    partner: Mapped[str] = mapped_column(index=True)
    we_paid: Mapped[bool]
    currency: Mapped[str] = mapped_column(_Currency)
    scale: Mapped[int]
    amount: Mapped[int] = mapped_column(BigInteger)
    method: Mapped[str] = mapped_column(_Word)
    reference: Mapped[str]
    paid_on: Mapped[date]
    state: Mapped[str] = mapped_column(_Word)
    """ "marked", "received" or "missing"."""
    document: Mapped[dict[str, Any]]
    digest: Mapped[str]
    answer: Mapped[dict[str, Any] | None]
    marked_at: Mapped[datetime]


class ClearingRun(Base):
    """A clearing run, called by us or by another coop."""

    __tablename__ = "clearing_run"

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    uri: Mapped[str] = mapped_column(unique=True)
    caller: Mapped[str]
    currency: Mapped[str] = mapped_column(_Currency)
    state: Mapped[str] = mapped_column(_Word, index=True)
    attempt: Mapped[int]
    follows: Mapped[str | None]
    """The run that was called off before this one."""
    coops: Mapped[list[str]]
    called_at: Mapped[datetime]
    offers_by: Mapped[datetime]
    answers_by: Mapped[datetime]
    call: Mapped[dict[str, Any]]
    offer: Mapped[dict[str, Any] | None]
    """Ours, as signed."""
    proposal: Mapped[dict[str, Any] | None]
    proposal_digest: Mapped[str | None]
    answer: Mapped[dict[str, Any] | None]
    """Our consent or refusal, as signed."""
    faults: Mapped[list[dict[str, Any]]] = mapped_column(JsonColumn)
    """Why we refused, or what others gave as their reasons."""
    outcome: Mapped[dict[str, Any] | None]
    """The execution or the abort, as the caller signed it."""
    ended_at: Mapped[datetime | None]


class RunPart(Base):
    """What the caller of a run has from each coop."""

    __tablename__ = "clearing_run_part"

    run_id: Mapped[str] = mapped_column(_Id, primary_key=True)
    coop: Mapped[str] = mapped_column(primary_key=True)
    offer: Mapped[dict[str, Any] | None]
    answer: Mapped[dict[str, Any] | None]


obligation_table = table_of(Obligation)
line_table = table_of(TrustLine)
statement_table = table_of(Statement)
settlement_table = table_of(Settlement)
run_table = table_of(ClearingRun)
part_table = table_of(RunPart)
