"""An agreement, the versions of its terms, its history, and who of ours stands behind it.

No column here names a person: members by the ids of their accounts, guests by the id under which
the vault keeps what they said (`AgreementContact.box`).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from federation.storage.base import Base, JsonColumn, table_of

_Id = String(26)
_Word = String(16)


class Agreement(Base):
    """One agreement, as this node knows it; the other coop's node has one of its own."""

    __tablename__ = "agreement"
    __table_args__ = (
        UniqueConstraint("peer", "their_uri"),
        Index("ix_agreement_times", "state", "start_at"),
    )

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    state: Mapped[str] = mapped_column(_Word, index=True)
    payment: Mapped[str] = mapped_column(_Word)
    deposit: Mapped[str] = mapped_column(_Word)
    outcome: Mapped[str | None] = mapped_column(_Word)
    """Of a dispute: the event that resolved it."""
    asked_by: Mapped[str] = mapped_column(_Word)
    """The `Role` of the side that asked first."""
    provider_coop: Mapped[str]
    customer_coop: Mapped[str]
    peer: Mapped[str | None] = mapped_column(index=True)
    """The other side's coop; None: both sides are ours."""
    their_uri: Mapped[str | None] = mapped_column(index=True)
    """The peer's own address of it; None until we hear one."""
    provider_account: Mapped[str | None] = mapped_column(_Id, index=True)
    customer_account: Mapped[str | None] = mapped_column(_Id, index=True)
    team: Mapped[str | None]
    """The team of ours that was asked, to provide or by the answer to its need; whoever has a seat
    in it speaks for it."""
    guest: Mapped[str | None] = mapped_column(_Id)
    """The contact of a customer of ours who has no account."""
    seller: Mapped[str] = mapped_column(_Word)
    """Whose sale it is in our books, by the policy when it was asked for: "coop" or "member"."""
    listing_uri: Mapped[str] = mapped_column(index=True)
    """Of its first line."""
    kind: Mapped[str] = mapped_column(_Word)
    title: Mapped[str]
    sequence: Mapped[int]
    """The version of the terms that holds, or is on the table."""
    pending: Mapped[int | None]
    """A later version that somebody asked for and the other has not answered."""
    start_at: Mapped[datetime | None]
    end_at: Mapped[datetime | None]
    pickup: Mapped[str | None]
    """Where, and when, the customer collects it."""
    lots: Mapped[str | None]
    """Which ones went with it, one on each line."""
    answer_by: Mapped[datetime | None]
    accept_id: Mapped[str | None]
    """The activity by which a peer's side, or ours towards it, accepted."""
    delivered: Mapped[list[str]]
    """Of each line, how much of it is delivered."""
    offered_refund: Mapped[list[dict[str, Any]]] = mapped_column(JsonColumn)
    """In a dispute: the part that the provider offers to give back; empty if none."""
    context: Mapped[str | None]
    """What the peer that asked first calls the conversation that this came of, if it said so."""
    asked_key: Mapped[str | None] = mapped_column(String(64), unique=True)
    """Digest of the key of the form that asked: sent twice, it asks once."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    agreed_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class AgreementVersion(Base):
    """One version of the terms, with what each side signed."""

    __tablename__ = "agreement_version"

    agreement_id: Mapped[str] = mapped_column(ForeignKey("agreement.id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True)
    author: Mapped[str] = mapped_column(_Word)
    """The `Role` of the side that wrote it."""
    standing: Mapped[str] = mapped_column(_Word)
    """See `Standing`."""
    terms: Mapped[dict[str, Any]]
    digest: Mapped[str]
    activity_id: Mapped[str | None] = mapped_column(index=True)
    """The message that carried it to the other coop."""
    provider_document: Mapped[dict[str, Any] | None]
    """The Agreement as the provider's coop signed it; as received, if that is the peer."""
    customer_document: Mapped[dict[str, Any] | None]
    fees: Mapped[list[dict[str, Any]]] = mapped_column(JsonColumn)
    """What our coop takes, line by line, as explained before anybody accepted."""
    policies: Mapped[dict[str, Any]]
    """Versions of the policies that `fees` were computed by."""
    created_at: Mapped[datetime]


class AgreementStep(Base):
    """One thing that happened to an agreement. Rows are only added."""

    __tablename__ = "agreement_step"
    __table_args__ = (UniqueConstraint("agreement_id", "seq"),)

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    agreement_id: Mapped[str] = mapped_column(ForeignKey("agreement.id"))
    seq: Mapped[int]
    """Counts the steps of one agreement, from 1."""
    at: Mapped[datetime]
    event: Mapped[str] = mapped_column(_Word)
    """A `choices.Step`."""
    before: Mapped[str] = mapped_column(_Word)
    after: Mapped[str] = mapped_column(_Word)
    role: Mapped[str | None] = mapped_column(_Word)
    """Whose step it was; None: the clock's."""
    by: Mapped[str]
    """An account's id, "guest", "operator", "node", or the address of the peer."""
    detail: Mapped[dict[str, Any]]
    activity_id: Mapped[str | None] = mapped_column(index=True)


class AgreementContact(Base):
    """What a person said of themselves for one agreement, sealed; its id is the vault's subject."""

    __tablename__ = "agreement_contact"

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    agreement_id: Mapped[str] = mapped_column(ForeignKey("agreement.id"), index=True)
    role: Mapped[str] = mapped_column(_Word)
    box: Mapped[bytes] = mapped_column(LargeBinary)
    shared: Mapped[bool]
    """They ticked that the other side may have it, once it is agreed."""
    told_at: Mapped[datetime | None]
    """When the other coop was told where to fetch it."""
    withdrawn_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    """When the other coop said that it has deleted it."""
    secret_digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    """Of the link by which a guest sees and steers the agreement."""
    created_at: Mapped[datetime]


class AgreementParked(Base):
    """A peer's message that came before what it follows; kept for a day, then forgotten."""

    __tablename__ = "agreement_parked"

    activity_id: Mapped[str] = mapped_column(primary_key=True)
    peer: Mapped[str]
    context: Mapped[str] = mapped_column(index=True)
    """The address of the agreement that it is about, ours or theirs."""
    message: Mapped[dict[str, Any]]
    """The normalised activity."""
    until: Mapped[datetime] = mapped_column(index=True)


agreement_table = table_of(Agreement)
version_table = table_of(AgreementVersion)
step_table = table_of(AgreementStep)
contact_table = table_of(AgreementContact)
parked_table = table_of(AgreementParked)
