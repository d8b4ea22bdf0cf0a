"""What a node keeps of federations: the log, the statements beside it, and what finds them.

What is decided is computed anew from log and statements; the other tables only say where it is.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from federation.storage.base import Base, RowNumber, table_of

_Id = String(26)
_Word = String(20)
_Digest = String(60)
_Hash = LargeBinary(32)


class CouncilFederation(Base):
    """One federation. Its row is locked by whoever adds to its log or cosigns it."""

    __tablename__ = "council_federation"

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    digest: Mapped[str | None] = mapped_column(_Digest, unique=True)
    """Of the charter; None until there is one."""
    name: Mapped[str]
    host: Mapped[str]
    """The coop that keeps the log."""
    state: Mapped[str] = mapped_column(_Word)
    rules: Mapped[dict[str, Any]]
    invitation: Mapped[str] = mapped_column(_Id, index=True)
    """The host's name for it before there is a charter."""
    joined: Mapped[bool]
    """Whether our coop said yes, or asked to be let in."""
    draft: Mapped[str | None]
    """The charter with the signatures that we have, until it is in the log."""
    size: Mapped[int] = mapped_column(BigInteger)
    frontier: Mapped[list[str]]
    """Roots of the log's full subtrees, in hex, largest first."""
    announced: Mapped[int] = mapped_column(BigInteger)
    """How much of the log its host has told the members."""
    cosigned_size: Mapped[int] = mapped_column(BigInteger)
    cosigned_root: Mapped[bytes] = mapped_column(_Hash)
    head_size: Mapped[int] = mapped_column(BigInteger)
    """Of the largest checkpoint that a quorum cosigned."""
    stopped_because: Mapped[str | None]
    """Why we cosign nothing more of this host."""
    epoch: Mapped[int]
    """How often another host has taken the log over."""
    mandate: Mapped[str | None]
    """By which the host of this epoch was appointed; None for the charter's own."""
    signed_epoch: Mapped[int]
    """The highest epoch for which we signed a host mandate."""
    signed_start: Mapped[int] = mapped_column(BigInteger)
    """Where that one goes on: of an older epoch we cosign nothing that is longer."""
    asked: Mapped[str | None]
    """The coop that is to take the log over, as its host wishes: at the host whom it asked, and at
    whom it asked, the host."""
    well_at: Mapped[datetime]
    """When we last saw that the host is there and a quorum has stored all that we know of."""
    answered: Mapped[dict[str, Any] | None]
    """Since our node was started: how far the log goes at those who told us how far we cosigned it.
    None when enough have; until then we cosign nothing and add nothing."""
    created_at: Mapped[datetime]


class CouncilInvitee(Base):
    """A coop that was asked to found a federation with us, and its answer."""

    __tablename__ = "council_invitee"

    federation_id: Mapped[str] = mapped_column(_Id, primary_key=True)
    coop: Mapped[str] = mapped_column(primary_key=True)
    application: Mapped[str | None]
    asked_at: Mapped[datetime]


class CouncilKey(Base):
    """A private key of ours, sealed with the node's key file. subject: the delegate, for a
    delegate's key."""

    __tablename__ = "council_key"
    __table_args__ = (Index("ix_council_key_use", "federation_id", "use"),)

    public: Mapped[str] = mapped_column(String(100), primary_key=True)
    federation_id: Mapped[str] = mapped_column(_Id)
    use: Mapped[str] = mapped_column(_Word)
    subject: Mapped[str]
    sealed: Mapped[bytes] = mapped_column(LargeBinary(60))
    created_at: Mapped[datetime]


class CouncilStatement(Base):
    """A statement, as it was signed, by its object digest."""

    __tablename__ = "council_statement"

    federation_id: Mapped[str] = mapped_column(_Id, primary_key=True)
    digest: Mapped[str] = mapped_column(_Digest, primary_key=True)
    text: Mapped[str]


class CouncilEntry(Base):
    """One line of a federation's log, as we hold it."""

    __tablename__ = "council_entry"
    __table_args__ = (
        Index("ix_council_entry_subject", "federation_id", "subject"),
        Index("ix_council_entry_digest", "federation_id", "digest"),
    )

    federation_id: Mapped[str] = mapped_column(_Id, primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(_Word)
    subject: Mapped[str]
    digest: Mapped[str] = mapped_column(_Digest)
    text: Mapped[str]
    leaf: Mapped[bytes] = mapped_column(_Hash)
    refused: Mapped[str | None]
    """Why it has no effect."""


class CouncilHostMandate(Base):
    """A host mandate that was put before us, with the signatures that we have seen."""

    __tablename__ = "council_host_mandate"

    federation_id: Mapped[str] = mapped_column(_Id, primary_key=True)
    content: Mapped[str] = mapped_column(_Digest, primary_key=True)
    epoch: Mapped[int]
    coop: Mapped[str]
    text: Mapped[str]
    at: Mapped[datetime]


class CouncilPending(Base):
    """A statement that is to be in the log and that no head covers yet: ours, or one that came
    while we kept the log and could not add to it."""

    __tablename__ = "council_pending"
    __table_args__ = (UniqueConstraint("federation_id", "digest"),)

    seq: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    federation_id: Mapped[str] = mapped_column(_Id)
    digest: Mapped[str] = mapped_column(_Digest)
    text: Mapped[str]


class CouncilCheckpoint(Base):
    """A checkpoint that the host signed. Two roots of one size in one epoch are evidence."""

    __tablename__ = "council_checkpoint"

    federation_id: Mapped[str] = mapped_column(_Id, primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    root: Mapped[str] = mapped_column(String(64), primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    note: Mapped[str]
    """With the host's signature alone."""
    cosignatures: Mapped[dict[str, Any]]
    """Signature lines by the names and keys of their witnesses: of each the first in time."""
    is_head: Mapped[bool]
    """Whether a quorum of members cosigned it, as far as we know."""


class CouncilProposal(Base):
    """Where a proposal stands. id is ours, `proposal` its name in the log."""

    __tablename__ = "council_proposal"
    __table_args__ = (UniqueConstraint("federation_id", "proposal"),)

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    federation_id: Mapped[str] = mapped_column(_Id, index=True)
    proposal: Mapped[str]
    mover: Mapped[str]
    state: Mapped[str] = mapped_column(_Word, index=True)
    title: Mapped[str]
    decision_class: Mapped[str]
    is_public: Mapped[bool]
    """Whether anybody may read of it."""
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    finalize_by: Mapped[datetime]
    draft: Mapped[dict[str, Any] | None]
    """Our own text while it is a draft."""
    nonce: Mapped[bytes | None] = mapped_column(_Hash)
    """What we committed to for lots."""
    outcome: Mapped[str | None]
    created_at: Mapped[datetime]


class CouncilBallot(Base):
    """A ballot that our coop cast: at most one of each number, so that we never contradict us."""

    __tablename__ = "council_ballot"
    __table_args__ = (UniqueConstraint("proposal_id", "epoch", "sequence"),)

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    federation_id: Mapped[str] = mapped_column(_Id)
    proposal_id: Mapped[str] = mapped_column(_Id)
    epoch: Mapped[int]
    sequence: Mapped[int]
    digest: Mapped[str] = mapped_column(_Digest, index=True)
    text: Mapped[str]
    promise: Mapped[str | None]
    asked_all: Mapped[bool]
    cast_by: Mapped[str]
    cast_at: Mapped[datetime]


class CouncilSeen(Base):
    """A receipt for a ballot, given by us or by another coop."""

    __tablename__ = "council_seen"
    __table_args__ = (Index("ix_council_seen_room", "federation_id", "proposal", "coop", "caster"),)

    federation_id: Mapped[str] = mapped_column(_Id, primary_key=True)
    ballot: Mapped[str] = mapped_column(_Digest, primary_key=True)
    coop: Mapped[str] = mapped_column(primary_key=True)
    caster: Mapped[str | None]
    """Whose ballot it is; nothing as long as we lack the ballot."""
    proposal: Mapped[str]
    at: Mapped[datetime]
    text: Mapped[str]


class CouncilTouched(Base):
    """What a coop said last that a proposal would touch there; digest: of the text it counted."""

    __tablename__ = "council_touched"

    federation_id: Mapped[str] = mapped_column(_Id, primary_key=True)
    proposal: Mapped[str] = mapped_column(primary_key=True)
    coop: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(_Digest)
    counts: Mapped[dict[str, Any]]


class CouncilEvidence(Base):
    """Proof that somebody broke the rules."""

    __tablename__ = "council_evidence"
    __table_args__ = (UniqueConstraint("federation_id", "code", "culprit", "about"),)

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    federation_id: Mapped[str] = mapped_column(_Id)
    code: Mapped[str] = mapped_column(String(3))
    culprit: Mapped[str]
    about: Mapped[str]
    """The proposal, or nothing."""
    found_by: Mapped[str]
    text: Mapped[str]
    at: Mapped[datetime]


federation_table = table_of(CouncilFederation)
invitee_table = table_of(CouncilInvitee)
key_table = table_of(CouncilKey)
statement_table = table_of(CouncilStatement)
entry_table = table_of(CouncilEntry)
checkpoint_table = table_of(CouncilCheckpoint)
proposal_table = table_of(CouncilProposal)
ballot_table = table_of(CouncilBallot)
seen_table = table_of(CouncilSeen)
evidence_table = table_of(CouncilEvidence)
host_mandate_table = table_of(CouncilHostMandate)
pending_table = table_of(CouncilPending)
touched_table = table_of(CouncilTouched)
