"""What a coop keeps of referrals: each attempt, the consent behind it, and what was done.

Whatever names or could name the person stands in boxes that the vault sealed, and nowhere else.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from federation.storage.base import Base, table_of

_Id = String(26)
_Word = String(20)
_Digest = LargeBinary(32)


class Referral(Base):
    """One need passed to one coop. Passing it on to the next coop in line makes another row."""

    __tablename__ = "referral"
    __table_args__ = (
        UniqueConstraint("uri"),
        Index("ix_referral_desk", "side", "state", "answer_due"),
    )

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    case_id: Mapped[str] = mapped_column(_Id, index=True)
    """The id of the first attempt; a received one is a case of its own."""
    side: Mapped[str] = mapped_column(_Word)
    uri: Mapped[str]
    """The sender's address for it, on both sides."""
    peer: Mapped[str | None] = mapped_column(index=True)
    rank: Mapped[int]
    state: Mapped[str] = mapped_column(_Word)
    category: Mapped[str]
    summary: Mapped[str]
    place: Mapped[str]
    urgency: Mapped[str] = mapped_column(_Word)
    listing_uri: Mapped[str | None]
    currency: Mapped[str | None] = mapped_column(String(8))
    """Of every amount here; amounts are in its smallest unit."""
    budget: Mapped[int | None] = mapped_column(BigInteger)
    fee_kind: Mapped[str] = mapped_column(_Word)
    fee_amount: Mapped[int | None] = mapped_column(BigInteger)
    fee_share: Mapped[int]
    fee_at_most: Mapped[int | None] = mapped_column(BigInteger)
    policy_versions: Mapped[dict[str, Any]]
    offer_id: Mapped[str | None] = mapped_column(index=True)
    terms_digest: Mapped[str | None]
    answer_due: Mapped[datetime | None]
    consent_until: Mapped[datetime | None]
    subject: Mapped[str] = mapped_column(String(60))
    """Under whose key of the vault the person's data are sealed."""
    box: Mapped[bytes | None]
    handoff: Mapped[str | None]
    """Where the contact data can be fetched."""
    agreement: Mapped[dict[str, Any] | None]
    """The Agreement of the receiver's yes, as it signed it."""
    agreement_id: Mapped[str | None] = mapped_column(_Id, index=True)
    """Our agreement that came of it, where terms came with the yes."""
    reason: Mapped[str | None]
    outcome: Mapped[str | None] = mapped_column(_Word)
    job_value: Mapped[int | None] = mapped_column(BigInteger)
    fee_due: Mapped[int | None] = mapped_column(BigInteger)
    completion_digest: Mapped[str | None]
    deleted_at: Mapped[datetime | None]
    """When the receiver said, or we as receiver saw to it, that the contact data are gone."""
    by: Mapped[str | None] = mapped_column(_Id)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]


class Consent(Base):
    """What a person was asked and said. box: the code of their link, and the witness's name."""

    __tablename__ = "referral_consent"

    case_id: Mapped[str] = mapped_column(_Id, primary_key=True)
    subject: Mapped[str] = mapped_column(String(60))
    text_version: Mapped[int]
    fields: Mapped[list[str]]
    recipients: Mapped[list[str]]
    """Coops by uri, in the order in which they are asked."""
    auto_next: Mapped[bool]
    code_digest: Mapped[bytes] = mapped_column(_Digest, unique=True)
    box: Mapped[bytes]
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    language: Mapped[str | None] = mapped_column(String(35))
    channel: Mapped[str | None] = mapped_column(_Word)
    given_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    doubted_at: Mapped[datetime | None]
    """Since a restore nobody knows whether it was taken back meanwhile; until somebody has asked,
    it does not count."""


class ConsentLink(Base):
    """One line of the consent log: only added to, chained, its particulars sealed."""

    __tablename__ = "referral_consent_log"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(_Id, unique=True)
    case_id: Mapped[str] = mapped_column(_Id, index=True)
    event: Mapped[str] = mapped_column(_Word)
    at: Mapped[datetime]
    content_digest: Mapped[bytes] = mapped_column(_Digest)
    previous: Mapped[bytes] = mapped_column(_Digest)
    digest: Mapped[bytes] = mapped_column(_Digest)
    sealed: Mapped[bytes | None]


class ConsentHead(Base):
    """The end of the consent log; its one row is locked while a line is added."""

    __tablename__ = "referral_consent_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int]
    digest: Mapped[bytes] = mapped_column(_Digest)


class File(Base):
    """A small file of the person, which is handed off with the contact data. box: name, content."""

    __tablename__ = "referral_file"

    subject: Mapped[str] = mapped_column(String(60), primary_key=True)
    """Under whose key of the vault it is sealed: one for all attempts of a case."""
    media_type: Mapped[str] = mapped_column(String(40))
    size: Mapped[int]
    box: Mapped[bytes]


class Step(Base):
    """One step of a referral. evidence: the digest of the message that brought it about."""

    __tablename__ = "referral_step"

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    referral_id: Mapped[str] = mapped_column(_Id, index=True)
    number: Mapped[int]
    """Its place among the steps of the referral, from 1."""
    event: Mapped[str] = mapped_column(_Word)
    before: Mapped[str] = mapped_column(_Word)
    after: Mapped[str] = mapped_column(_Word)
    party: Mapped[str] = mapped_column(_Word)
    by: Mapped[str]
    at: Mapped[datetime]
    reason: Mapped[str | None]
    evidence: Mapped[str | None]


class Parked(Base):
    """A statement that overtook the one it follows."""

    __tablename__ = "referral_parked"

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    activity_id: Mapped[str] = mapped_column(unique=True)
    referral_id: Mapped[str] = mapped_column(_Id, index=True)
    peer: Mapped[str] = mapped_column(index=True)
    statement: Mapped[dict[str, Any]]
    digest: Mapped[str]
    until: Mapped[datetime]


referral_table = table_of(Referral)
consent_table = table_of(Consent)
link_table = table_of(ConsentLink)
head_table = table_of(ConsentHead)
file_table = table_of(File)
step_table = table_of(Step)
parked_table = table_of(Parked)
