"""The tables that any federated program needs; nothing here knows what a listing is.

What we know of others: RemoteActor, RemoteKey, HostState, DomainRule. How we stand: Relation.
Who else we are: LocalActor.
What came in: SeenActivity, HeardActivity, InboxEntry, Tombstone, SyncState. What goes out:
OutboxEntry, Delivery. After a restore: Correspondent, ReturnedActivity.

Times of the form `next_attempt_at` are deadlines kept as rows: whoever starts after a crash finds
them. `authority` is always `host[:port]`, the unit of limits, blocks and delivery lanes.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from federation.settings import FederationSettings
from federation.storage.base import Base, JsonColumn, RowNumber, partial_index
from federation.storage.pauses import planned

_Id = String(26)
_Word = String(16)
TO_GO = "state IN ('pending', 'sending', 'held')"
"""Of deliveries that are not over. A query has to say it in these words to be led by its index."""
_WAITS = FederationSettings()
_DONE = timedelta(0)


class InboxState(StrEnum):
    """Why the bytes of an activity were kept."""

    DEFERRED = "deferred"  # accepted; needs a fetch before it can be applied
    FAILED = "failed"  # accepted; our own code failed on it: kept to be applied again after a fix
    REFUSED = "refused"  # accepted, fetched, and then refused: kept as evidence


class DeliveryState(StrEnum):
    """Where one activity stands with one peer node."""

    PENDING = "pending"  # due at next_attempt_at
    SENDING = "sending"  # claimed until leased_until; after that it is due again
    HELD = "held"  # the peer is away or suspended: goes out when it is back
    DELIVERED = "delivered"
    REFUSED = "refused"  # the peer answered no, for good
    DEAD = "dead"  # given up after give_up_at, or dropped by a person


class ReturnState(StrEnum):
    """What became of an activity that a coop gave back to a restored node."""

    WAITING = "waiting"
    KNOWN = "known"  # it was in the backup already
    TAKEN = "taken"  # it has its effect here again
    LEFT = "left"  # nothing here can take it up again: people are told


class RelationState(StrEnum):
    """One direction of a follow."""

    NONE = "none"
    ASKED = "asked"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class RuleLevel(StrEnum):
    """What a domain may do here."""

    ALLOW = "allow"  # lets this one authority in when only named peers may come in
    LIMIT = "limit"  # kept at a distance: taken in, but shown only to members who look for it
    BLOCK = "block"  # nothing in, nothing out


class RemoteActor(Base):
    """An actor of another node as it last described itself."""

    __tablename__ = "remote_actor"

    uri: Mapped[str] = mapped_column(primary_key=True)
    authority: Mapped[str] = mapped_column(index=True)
    type: Mapped[str]
    name: Mapped[str]
    """Like what follows short and harmless: see `remote.showing`."""
    preferred_username: Mapped[str]
    summary: Mapped[str] = mapped_column(default="")
    place: Mapped[str | None]
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    language: Mapped[str] = mapped_column(server_default="")
    """The first that it names; empty without one."""
    names: Mapped[dict[str, str]] = mapped_column(JsonColumn, server_default="{}")
    summaries: Mapped[dict[str, str]] = mapped_column(JsonColumn, server_default="{}")
    """Name and summary in some other languages, by their tags."""
    inbox: Mapped[str]
    shared_inbox: Mapped[str | None]
    node: Mapped[str | None]
    """The actor of its node, as it says."""
    document: Mapped[dict[str, Any]]
    """What `remote.kept` keeps of the normalised actor; `vocabulary.actors.parse_actor` reads it.
    Pages that show many read the columns."""
    implements: Mapped[list[str]]
    key_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    """`protocol.keys.digest_of` its Ed25519 key, else its RSA key: its weave is drawn from it."""
    key_changed_at: Mapped[datetime | None]
    keys_believed_since: Mapped[datetime | None]
    """Since when its keys are vouched for by the ones before, or by a person here who said yes to
    it: of what passed before, whoever has its address today reads nothing. None: they changed
    without a voucher, and nobody has said yes since."""
    moved_to: Mapped[str | None]
    first_seen_at: Mapped[datetime]
    fetched_at: Mapped[datetime] = mapped_column(index=True, info=planned(_DONE))
    gone_at: Mapped[datetime | None]
    """When its own node said (410) that it is deleted."""


class LocalActor(Base):
    """One more actor of ours, beside the coop and its node. Its private keys lie here, sealed."""

    __tablename__ = "local_actor"

    uri: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(_Word)
    """Its ActivityPub type: "Group"."""
    username: Mapped[str] = mapped_column(String(64), unique=True)
    generation: Mapped[int]
    """Of its keys, from 1: a new key has a new id."""
    rsa: Mapped[bytes] = mapped_column(LargeBinary)
    ed25519: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]


class RemoteKey(Base):
    """A public key that an actor lists, or listed: old ones still prove what they signed."""

    __tablename__ = "remote_key"

    key_id: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    owner: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(_Word)
    """"rsa" or "ed25519"."""
    purpose: Mapped[str] = mapped_column(_Word)
    """"http" (from publicKey) or "proof" (from assertionMethod)."""
    public_pem: Mapped[str]
    fetched_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    """Since when its owner no longer lists it; None for a current key."""


class HostState(Base):
    """How a node behaves on the line: its breaker, the signatures it takes, its clock."""

    __tablename__ = "host_state"

    authority: Mapped[str] = mapped_column(primary_key=True)
    profile: Mapped[str | None] = mapped_column(_Word)
    """The `protocol.http_signatures.Profile` it has shown or taken; None: knock with cavage."""
    profile_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    """In a row; any success sets it back."""
    first_failure_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    """Since when the breaker is open: the peer counts as away."""
    probe_at: Mapped[datetime | None] = mapped_column(info=planned(_WAITS.breaker_probe))
    """When to try again: the breaker's next probe, or what Retry-After asked for."""
    last_ok_at: Mapped[datetime | None]
    """To a minute."""
    last_error: Mapped[str | None]
    clock_offset_seconds: Mapped[int | None]
    """Its Date header minus our clock, when last heard."""
    updated_at: Mapped[datetime] = mapped_column(index=True)


class DomainRule(Base):
    """A decision of this coop about a domain, with its reason."""

    __tablename__ = "domain_rule"

    domain: Mapped[str] = mapped_column(primary_key=True)
    level: Mapped[str] = mapped_column(_Word)
    reason: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]


class Relation(Base):
    """How we stand with one actor: who follows whom, since when, on whose word."""

    __tablename__ = "relation"

    actor_uri: Mapped[str] = mapped_column(primary_key=True)
    authority: Mapped[str] = mapped_column(index=True)
    follower_state: Mapped[str] = mapped_column(_Word, default=RelationState.NONE)
    """They follow us: what we publish goes to them when accepted."""
    following_state: Mapped[str] = mapped_column(_Word, default=RelationState.NONE)
    """We follow them: what they publish comes to us when accepted."""
    our_follow_id: Mapped[str | None]
    their_follow_id: Mapped[str | None]
    their_follow: Mapped[dict[str, Any] | None]
    consented: Mapped[bool] = mapped_column(default=False)
    """Their Follow is accepted as soon as it comes."""
    suspended_at: Mapped[datetime | None]
    suspended_reason: Mapped[str | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    declined_at: Mapped[datetime | None]
    """When we said no to their Follow last."""
    last_heard_at: Mapped[datetime | None]


class SeenActivity(Base):
    """The permanent memory of every activity applied, so that a replay changes nothing."""

    __tablename__ = "seen_activity"

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """The first 8 bytes of SHA-256 over actor and id, signed; on a collision the next free one."""
    actor: Mapped[str]
    """A host has many actors: whoever uses another's id first takes nothing from it."""
    activity_id: Mapped[str]
    body_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    """SHA-256 of what its author's proof is over, else of the bytes: the same id with something
    else is a conflict, not a duplicate."""
    received_at: Mapped[datetime]


class HeardActivity(Base):
    """The bytes of what a coop in touch has said: given back to it if it loses its memory."""

    __tablename__ = "heard_activity"
    __table_args__ = (
        Index("ix_heard_activity_about", "actor", "object_uri"),
        partial_index(
            "ix_heard_activity_context", "actor", "context_uri", where="context_uri IS NOT NULL"
        ),
        # With the size, since what is kept of each is added up once a minute.
        Index("ix_heard_activity_read", "actor", "received_at", "seq", "size"),
    )

    seq: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    actor: Mapped[str]
    activity_type: Mapped[str]
    object_uri: Mapped[str | None]
    object_type: Mapped[str | None]
    context_uri: Mapped[str | None]
    """What a statement is about: the `context` of its object."""
    raw: Mapped[bytes]
    size: Mapped[int]
    """Of raw, in bytes."""
    received_at: Mapped[datetime]


class Correspondent(Base):
    """A coop that a restored node asks what passed between them since its backup."""

    __tablename__ = "correspondent"

    actor_uri: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime]
    asked_at: Mapped[datetime]
    """When the restored node began to ask."""
    page: Mapped[str | None]
    """The page to go on with."""
    pages: Mapped[int] = mapped_column(default=0)
    size: Mapped[int] = mapped_column(default=0)
    """Of what was kept of it, in bytes."""
    unproven: Mapped[int] = mapped_column(default=0)
    """So much that it gave back as ours is signed by no key of ours."""
    next_attempt_at: Mapped[datetime | None] = mapped_column(
        info=planned(_WAITS.sync_longest_delay)
    )
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None]
    finished_at: Mapped[datetime | None]


class ReturnedActivity(Base):
    """An activity that a coop gave back: said by us and forgotten since, or said to us."""

    __tablename__ = "returned_activity"
    __table_args__ = (
        UniqueConstraint("peer", "activity_id"),
        Index("ix_returned_activity_about", "actor", "object_uri"),
        Index("ix_returned_activity_answers", "actor", "answers_uri"),
    )

    seq: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    """In the order in which it happened, as far as one coop saw it."""
    peer: Mapped[str]
    """Who gave it back."""
    activity_id: Mapped[str] = mapped_column(index=True)
    activity_type: Mapped[str]
    actor: Mapped[str]
    object_uri: Mapped[str | None]
    answers_uri: Mapped[str | None]
    """Its `inReplyTo`."""
    raw: Mapped[bytes]
    """Blank once it was taken, or left; and of what no key of ours proves."""
    early: Mapped[bool]
    """It takes effect before all else."""
    state: Mapped[str] = mapped_column(_Word)
    """A `ReturnState`."""
    detail: Mapped[str | None]
    updated_at: Mapped[datetime]


class InboxEntry(Base):
    """An authenticated activity whose bytes we keep, because it is not (or not yet) applied."""

    __tablename__ = "inbox_entry"
    __table_args__ = (Index("ix_inbox_entry_due", "state", "next_attempt_at"),)

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    activity_id: Mapped[str] = mapped_column(index=True)
    activity_type: Mapped[str]
    actor: Mapped[str] = mapped_column(index=True)
    authority: Mapped[str]
    key_id: Mapped[str]
    verified_by: Mapped[str] = mapped_column(_Word)
    """"http" or "proof"."""
    raw: Mapped[bytes]
    proven: Mapped[dict[str, Any]]
    """Owner by id of the embedded documents whose own proof was verified."""
    state: Mapped[str] = mapped_column(_Word)
    needs: Mapped[list[str]]
    """What must be fetched first."""
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime | None] = mapped_column(
        info=planned(_WAITS.delivery_longest_delay, back_to=_WAITS.deferred_lease)
    )
    code: Mapped[str | None]
    detail: Mapped[str | None]
    received_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class OutboxEntry(Base):
    """An activity of ours, serialised and signed once; the same bytes go to every peer."""

    __tablename__ = "outbox_entry"
    __table_args__ = (
        Index("ix_outbox_entry_listed", "listed", "seq"),
        # Only what still has to be forgotten is in it: it stays small for ever.
        partial_index(
            "ix_outbox_entry_private", "seq", where="private = 1", on_postgresql="private"
        ),
    )

    seq: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    id: Mapped[str] = mapped_column(_Id, unique=True)
    """The last part of the activity's address, B/activities/{id}."""
    activity_id: Mapped[str] = mapped_column(unique=True)
    activity_type: Mapped[str]
    actor: Mapped[str]
    """Which of our actors speaks; it also signs the deliveries."""
    object_uri: Mapped[str] = mapped_column(index=True)
    body: Mapped[bytes]
    body_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    """SHA-256 of the body."""
    to: Mapped[list[str]]
    cc: Mapped[list[str]]
    public: Mapped[bool]
    listed: Mapped[bool]
    """Shown in the outbox to those whom it is addressed to."""
    private: Mapped[bool] = mapped_column(default=False)
    """Its body is forgotten as soon as nobody has to get it any more; then this is false."""
    published_at: Mapped[datetime]


class Delivery(Base):
    """One activity on its way to one peer node; kept when done, as "who has it"."""

    __tablename__ = "delivery"
    __table_args__ = (
        # Only what still has to go out is in these two: they stay small for ever.
        partial_index("ix_delivery_due", "next_attempt_at", where=TO_GO),
        partial_index("ix_delivery_lane", "authority", "object_uri", "seq", where=TO_GO),
        Index("ix_delivery_object", "object_uri", "authority"),
        partial_index(
            "ix_delivery_delivered", "authority", "delivered_at", where="delivered_at IS NOT NULL"
        ),
    )

    seq: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    """Order within (authority, object_uri): the lower one goes first."""
    id: Mapped[str] = mapped_column(_Id, unique=True)
    outbox_seq: Mapped[int] = mapped_column(
        ForeignKey("outbox_entry.seq", ondelete="CASCADE"), index=True
    )
    object_uri: Mapped[str]
    authority: Mapped[str]
    inbox: Mapped[str]
    """Where it is posted: the shared inbox when the peer has one."""
    recipients: Mapped[list[str]]
    """The actors it is for, all behind that inbox."""
    state: Mapped[str] = mapped_column(_Word, default=DeliveryState.PENDING)
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime | None] = mapped_column(
        info=planned(
            max(_WAITS.delivery_longest_delay, _WAITS.retry_after_cap),
            back_to=_WAITS.delivery_lease,
            where=TO_GO,
        )
    )
    leased_until: Mapped[datetime | None] = mapped_column(
        info=planned(_WAITS.delivery_lease, where=TO_GO)
    )
    give_up_at: Mapped[datetime | None]
    """None: until delivered or a person drops it (governance, ledger), refused or not."""
    refused_at: Mapped[datetime | None]
    last_status: Mapped[int | None]
    last_error: Mapped[str | None]
    created_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]


class SyncState(Base):
    """How far we have read a peer's catalogue, and what was asked for."""

    __tablename__ = "sync_state"

    actor_uri: Mapped[str] = mapped_column(primary_key=True)
    cursor: Mapped[str | None]
    """What to send as `since` next time: given by the peer, opaque to us."""
    page: Mapped[str | None]
    """The page to go on with when a reading was cut short."""
    complete: Mapped[bool] = mapped_column(default=False)
    """The reading under way (or asked for) covers everything, not only what changed."""
    requested_at: Mapped[datetime | None]
    """None: nothing to do."""
    next_attempt_at: Mapped[datetime | None] = mapped_column(
        index=True, info=planned(_WAITS.sync_longest_delay, back_to=_WAITS.sync_lease)
    )
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None]
    finished_at: Mapped[datetime | None] = mapped_column(info=planned(_DONE))


class Tombstone(Base):
    """Something that an actor said is deleted; it counts for what this actor says, no other's."""

    __tablename__ = "tombstone"

    uri: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(primary_key=True, index=True)
    former_type: Mapped[str | None]
    deleted_at: Mapped[datetime]
    final: Mapped[bool]
    """Told by a Delete: never born again. Else read in a catalogue: what changed later counts."""
