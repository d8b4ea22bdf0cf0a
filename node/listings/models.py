"""What a listing is, what of it is out in the world, and what we hold of other coops' listings."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, and_
from sqlalchemy.orm import Mapped, mapped_column

from federation.storage.base import Base, JsonColumn, partial_index, table_of
from node.i18n import _
from node.machine import Machine

_Id = String(26)
_Word = String(16)


class Kind(StrEnum):
    """What sort of thing is offered, or that something is needed."""

    SERVICE = "service"
    GOODS = "goods"
    STAY = "stay"
    LEND = "lend"
    REQUEST = "request"
    OPENING = "opening"


class Visibility(StrEnum):
    """Who may see a published listing; each circle holds the one before it."""

    MEMBER = "member"  # signed-in members of this coop; never leaves the node
    FEDERATION = "federation"  # also peers, and the members whom they let in
    PUBLIC = "public"  # everybody


class State(StrEnum):
    """Where a listing of ours is in its life."""

    DRAFT = "draft"
    PUBLISHED = "published"
    PAUSED = "paused"
    EXPIRED = "expired"
    WITHHELD = "withheld"
    RETIRED = "retired"
    IN_REVIEW = "in-review"
    """Waits for those who look at listings first, where the coop has it so."""


class Event(StrEnum):
    """What can happen to a listing; `expire` is the clock's, `approve`, `send-back`, `withhold` and
    what brings it back as it stood are for those who look after the coop, all others for whoever
    wrote it. Where listings are looked at first, what they publish is `submit`ted."""

    PUBLISH = "publish"
    PAUSE = "pause"
    RESUME = "resume"
    EXPIRE = "expire"
    RENEW = "renew"
    WITHHOLD = "withhold"
    RESTORE = "restore"
    RESTORE_PAUSED = "restore-paused"
    RESTORE_OVER = "restore-over"
    RETIRE = "retire"
    SUBMIT = "submit"
    TAKE_BACK = "take-back"
    APPROVE = "approve"
    SEND_BACK = "send-back"


LIFE = Machine(
    "listing",
    State.DRAFT,
    {
        (State.DRAFT, Event.PUBLISH): State.PUBLISHED,
        (State.DRAFT, Event.RETIRE): State.RETIRED,
        (State.DRAFT, Event.SUBMIT): State.IN_REVIEW,
        (State.IN_REVIEW, Event.TAKE_BACK): State.DRAFT,
        (State.IN_REVIEW, Event.APPROVE): State.PUBLISHED,
        (State.IN_REVIEW, Event.SEND_BACK): State.DRAFT,
        (State.IN_REVIEW, Event.RETIRE): State.RETIRED,
        (State.PUBLISHED, Event.PAUSE): State.PAUSED,
        (State.PUBLISHED, Event.EXPIRE): State.EXPIRED,
        (State.PUBLISHED, Event.RETIRE): State.RETIRED,
        (State.PUBLISHED, Event.RENEW): State.PUBLISHED,
        (State.PAUSED, Event.RESUME): State.PUBLISHED,
        (State.PAUSED, Event.RETIRE): State.RETIRED,
        (State.EXPIRED, Event.RENEW): State.PUBLISHED,
        (State.EXPIRED, Event.RETIRE): State.RETIRED,
        (State.PUBLISHED, Event.WITHHOLD): State.WITHHELD,
        (State.PAUSED, Event.WITHHOLD): State.WITHHELD,
        (State.EXPIRED, Event.WITHHOLD): State.WITHHELD,
        (State.WITHHELD, Event.RESTORE): State.PUBLISHED,
        (State.WITHHELD, Event.RESTORE_PAUSED): State.PAUSED,
        (State.WITHHELD, Event.RESTORE_OVER): State.EXPIRED,
        (State.WITHHELD, Event.RETIRE): State.RETIRED,
    },
    {
        State.DRAFT: _("a draft"),
        State.PUBLISHED: _("open"),
        State.PAUSED: _("paused"),
        State.EXPIRED: _("over"),
        State.WITHHELD: _("withheld"),
        State.RETIRED: _("taken down"),
        State.IN_REVIEW: _("being looked at"),
        Event.PUBLISH: _("Publish"),
        Event.PAUSE: _("Pause"),
        Event.RESUME: _("Open again"),
        Event.EXPIRE: _("Let it run out"),
        Event.RENEW: _("Offer it again"),
        Event.WITHHOLD: _("Withhold it"),
        Event.RESTORE: _("Show it again"),
        Event.RESTORE_PAUSED: _("Give it back, paused"),
        Event.RESTORE_OVER: _("Give it back, over"),
        Event.RETIRE: _("Take down"),
        Event.SUBMIT: _("Send it in"),
        Event.TAKE_BACK: _("Take it back"),
        Event.APPROVE: _("Publish it"),
        Event.SEND_BACK: _("Send it back"),
    },
)


RESTORES: dict[State, Event] = {
    State.PUBLISHED: Event.RESTORE,
    State.PAUSED: Event.RESTORE_PAUSED,
    State.EXPIRED: Event.RESTORE_OVER,
}
"""What brings a withheld listing back to how it stood."""
NOT_THE_OWNERS = frozenset(
    {
        Event.EXPIRE,
        Event.WITHHOLD,
        Event.SUBMIT,
        Event.APPROVE,
        Event.SEND_BACK,
        *RESTORES.values(),
    }
)
"""What happens to a listing by the clock, by the coop's rule, or by those who look after it."""


class MirrorState(StrEnum):
    """How far our copy of a peer's listing can be trusted."""

    FRESH = "fresh"
    STALE = "stale"  # the peer has not been heard of for longer than the policy allows
    GONE = "gone"  # withdrawn by the peer; kept so that what refers to it still says what it was


class Listing(Base):
    """An offer or a need of this coop, as its owner wrote it."""

    __tablename__ = "listing"
    __table_args__ = (
        Index("ix_listing_source_id", "source_id", "source", unique=True),
        Index("ix_listing_expiry", "state", "expires_at"),
        partial_index("ix_listing_rewritten", "rewritten_at", where="rewritten_at IS NOT NULL"),
    )

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    state: Mapped[str] = mapped_column(_Word, index=True)
    visibility: Mapped[str] = mapped_column(_Word)
    version: Mapped[int]
    """Counts changes; who edits names the version that they saw."""
    kind: Mapped[str] = mapped_column(_Word)
    title: Mapped[str]
    summary: Mapped[str]
    body: Mapped[str]
    """Markdown."""
    category: Mapped[str | None]
    tags: Mapped[list[str]]
    language: Mapped[str]
    """BCP 47 tag of the words above; empty if nobody said."""
    languages: Mapped[list[str]]
    """Those in which one can be served."""
    translations: Mapped[list[dict[str, Any]] | None] = mapped_column(JsonColumn)
    """See `translations.stored`; None without any."""
    place: Mapped[str | None]
    lat: Mapped[float | None]
    """Exact, as the owner gave it: leaves this node only rounded (`places.rounded`)."""
    lon: Mapped[float | None]
    radius_km: Mapped[int | None]
    prices: Mapped[list[dict[str, Any]] | None] = mapped_column(JsonColumn)
    """See `prices.stored`; None without any."""
    conditions: Mapped[dict[str, Any] | None]
    """See `conditions.document`."""
    details: Mapped[dict[str, Any] | None] = mapped_column(JsonColumn)
    """What its kind has beyond: see `details`; None where nothing is said."""
    pictures: Mapped[list[dict[str, Any]] | None] = mapped_column(JsonColumn)
    """See `pictures.stored`; None without any."""
    expires_on: Mapped[date | None]
    """Last day, if the owner named one."""
    expires_at: Mapped[datetime | None]
    """When it runs out: at the end of `expires_on`, or by the policy so long after a change."""
    reminded_for: Mapped[datetime | None]
    """Of which end its owner was reminded."""
    review_note: Mapped[str | None]
    """Why it, or what was rewritten of it, was sent back by those who look at listings first."""
    rewritten: Mapped[dict[str, Any] | None] = mapped_column(JsonColumn)
    """What its words and pictures are to become, see `views.REWRITTEN`: the columns above say what
    was looked at last, and is out."""
    rewritten_at: Mapped[datetime | None]
    """Since when somebody is to look at that; None: whoever wrote it has it back."""
    source_id: Mapped[str | None]
    """Its id in the file that it was imported from."""
    source: Mapped[str] = mapped_column(default="", server_default="")
    """That file's name, or what the importer called it: ids of two files are kept apart by it."""
    created_by: Mapped[str | None] = mapped_column(_Id, index=True)
    """None: the coop offers it itself, or a team of it."""
    team: Mapped[str | None]
    """Which team, by the name of its committee."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    publication_id: Mapped[str | None] = mapped_column(_Id, unique=True)
    """The publication that stands for it now; None while nothing of it may leave."""


class Publication(Base):
    """What peers and the public get of a listing: they are answered from this table alone.

    A row is made when a listing is first allowed to leave, and stays for ever: once withdrawn its
    id answers 410 and is never used again. A listing that comes back gets another publication.
    """

    __tablename__ = "listing_publication"

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    """Last part of the public address, B/listings/{id}; at first the same as the listing's id."""
    listing_id: Mapped[str] = mapped_column(ForeignKey("listing.id"), index=True)
    audience: Mapped[str] = mapped_column(_Word)
    """The `Visibility` now, or at last: federation or public."""
    was_public: Mapped[bool]
    """Strangers may have read it: they too are told that it is gone."""
    document: Mapped[dict[str, Any] | None]
    """The signed Proposal; None once withdrawn."""
    catalogue_seq: Mapped[int] = mapped_column(BigInteger, unique=True)
    """Rises with every change of any publication: the order of the catalogue."""
    published_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class Watch(Base):
    """A listing of ours of which somebody hears what may fit it."""

    __tablename__ = "listing_watch"

    listing_id: Mapped[str] = mapped_column(ForeignKey("listing.id"), primary_key=True)
    seen: Mapped[int] = mapped_column(BigInteger)
    """The number of the newest entry of the search index when it was looked last."""
    looked_at: Mapped[datetime] = mapped_column(index=True)
    told: Mapped[list[str] | None] = mapped_column(JsonColumn)
    """The addresses of what was told already, the last ones: each is told once."""


class Mirror(Base):
    """Our copy of a peer's listing; never edited here."""

    __tablename__ = "listing_mirror"
    __table_args__ = (
        # Covers `mirrors_by_coop` and `kinds_by_coop`, in the order in which they group: a column
        # more asked for there would read every copy whole.
        Index(
            "ix_listing_mirror_coop", "coop_uri", "kind", "state", "available", "hidden", "public"
        ),
    )

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    uri: Mapped[str] = mapped_column(unique=True)
    url: Mapped[str]
    coop_uri: Mapped[str]
    state: Mapped[str] = mapped_column(_Word)
    available: Mapped[bool]
    hidden: Mapped[bool] = mapped_column(default=False)
    """Withheld by our own people: nobody here finds it."""
    public: Mapped[bool]
    """For everybody; otherwise for signed-in members of coops that are peers."""
    kind: Mapped[str] = mapped_column(_Word)
    title: Mapped[str]
    summary: Mapped[str]
    body_html: Mapped[str]
    """Sanitised when stored, and again in every view."""
    category: Mapped[str | None]
    tags: Mapped[list[str]]
    language: Mapped[str]
    languages: Mapped[list[str]]
    translations: Mapped[list[dict[str, Any]] | None] = mapped_column(JsonColumn)
    """Bodies are sanitised, as `body_html` is."""
    provider_name: Mapped[str | None]
    place: Mapped[str | None]
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    radius_km: Mapped[float | None]
    prices: Mapped[list[dict[str, Any]] | None] = mapped_column(JsonColumn)
    """See `prices.stored`."""
    details: Mapped[dict[str, Any] | None] = mapped_column(JsonColumn)
    """Of what the peer says those that we know: see `details`."""
    pictures: Mapped[list[dict[str, Any]] | None] = mapped_column(JsonColumn)
    """Where they lie at their home, and what is on them."""
    document: Mapped[dict[str, Any]]
    """As received and normalised, with the proof."""
    published_at: Mapped[datetime | None]
    judged_at: Mapped[datetime]
    """By the rules of this moment, whatever date it bears."""
    updated_at: Mapped[datetime]
    """As the peer says; only a strictly newer one replaces what is here."""
    expires_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime]
    """When the peer last showed that it still stands."""


# The same tables for lists of rows: Core, not the ORM.
listing_table = table_of(Listing)
publication_table = table_of(Publication)
watch_table = table_of(Watch)
mirror_table = table_of(Mirror)

IS_PRIVATE = and_(
    listing_table.c.state == State.DRAFT,
    listing_table.c.published_at.is_(None),
    listing_table.c.review_note.is_(None),
)
"""`ListingView.is_private`, asked of rows."""
