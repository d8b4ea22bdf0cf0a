"""What was decided: by our own coop, and by the federations that it belongs to."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from federation.storage.base import Base, table_of

_Id = String(26)
_Word = String(16)


class Answer(StrEnum):
    """What our coop said to a policy that needs its own yes."""

    NONE = "none"  # nothing yet
    ACCEPT = "accept"
    REJECT = "reject"
    SILENCE = "silence"  # the time to answer went by


class Policy(Base):
    """One version of a policy that a federation passed."""

    __tablename__ = "policy"
    __table_args__ = (UniqueConstraint("federation", "policy_id", "version"),)

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    federation: Mapped[str]
    """The digest of its charter."""
    policy_id: Mapped[str]
    version: Mapped[str]
    certificate: Mapped[str]
    """The digest of the certificate that it was passed by."""
    title: Mapped[str]
    """In a few words; "" if nobody gave one."""
    text: Mapped[str]
    effective_from: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    """When it stops: sunset, replaced, withdrawn, or an emergency that nobody confirmed."""
    sunset_at: Mapped[datetime | None]
    """When it was meant to stop from the beginning."""
    review_by: Mapped[datetime | None]
    is_emergency: Mapped[bool]
    answer: Mapped[str] = mapped_column(_Word)
    answer_by: Mapped[datetime | None]
    silence_binds: Mapped[bool]
    """What the charter says of a coop that does not answer in time."""
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str | None]
    answer_evidence: Mapped[str | None]
    """Our own decision: a certificate's digest, or the minutes."""
    reservations: Mapped[dict[str, Any]]
    """Keys that we except ourselves from, each with the reason that we gave."""
    received_at: Mapped[datetime]


class PolicyValue(Base):
    """The value of one key, for as long as it holds. Rows are ended, never deleted."""

    __tablename__ = "policy_value"

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    key: Mapped[str] = mapped_column(index=True)
    value: Mapped[dict[str, Any]]
    """{"value": …} as the key's kind writes it."""
    policy: Mapped[str | None] = mapped_column(ForeignKey("policy.id"), index=True)
    """None: our own choice."""
    version: Mapped[str]
    """Names this value for ever; every number computed with it keeps this name."""
    decided_by: Mapped[str]
    """The decision behind it: a certificate's digest, an account's id, or the minutes."""
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    binding: Mapped[bool]
    """False while our own yes is missing that the key asks for."""


policy_table = table_of(Policy)
value_table = table_of(PolicyValue)
