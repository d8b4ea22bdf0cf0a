"""A conversation, its two sides, its messages, and what was decided against somebody.

No column here names a person of ours: accounts by id, guests by the id under which the vault keeps
what they said. What is written stands sealed, under the conversation's own subject.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from federation.storage.base import Base, table_of
from node.i18n import _
from node.machine import Machine

_Id = String(26)
_Word = String(16)


class PartyKind(StrEnum):
    """Who one side of a conversation is."""

    ACCOUNT = "account"  # one of ours; the ref is the account's id
    DESK = "desk"  # admins, or those in the team that the ref names, until one of them takes it
    GUEST = "guest"  # somebody without an account; the ref is the guest's id
    ACTOR = "actor"  # another coop or person elsewhere; the ref is its uri


class Role(StrEnum):
    """Which side of a conversation."""

    ASKER = "asker"
    ANSWERER = "answerer"


class State(StrEnum):
    """Where a conversation is in its life."""

    OPEN = "open"
    CLOSED = "closed"
    ERASED = "erased"


class Event(StrEnum):
    """What can happen to a conversation."""

    CLOSE = "close"
    REOPEN = "reopen"
    ERASE = "erase"


LIFE = Machine(
    "thread",
    State.OPEN,
    {
        (State.OPEN, Event.CLOSE): State.CLOSED,
        (State.OPEN, Event.ERASE): State.ERASED,
        (State.CLOSED, Event.REOPEN): State.OPEN,
        (State.CLOSED, Event.ERASE): State.ERASED,
    },
    {
        State.OPEN: _("open"),
        State.CLOSED: _("closed"),
        State.ERASED: _("deleted"),
        Event.CLOSE: _("Close it"),
        Event.REOPEN: _("Go on with it"),
        Event.ERASE: _("Delete it"),
    },
)


class Thread(Base):
    """One conversation. about_title: public words only, such as a listing's title."""

    __tablename__ = "thread"

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    uri: Mapped[str] = mapped_column(unique=True)
    """The `context` of its messages; on the node of who opened it."""
    subject: Mapped[str] = mapped_column(_Id)
    """Under which the vault seals what is said: the guest's id, else its own."""
    state: Mapped[str] = mapped_column(_Word)
    about_uri: Mapped[str | None] = mapped_column(index=True)
    about_title: Mapped[str | None]
    last_number: Mapped[int]
    """Of its latest message; they are counted from 1."""
    created_at: Mapped[datetime] = mapped_column(index=True)
    last_at: Mapped[datetime]


class ThreadSide(Base):
    """One of the two sides of a conversation: who it is, how far they have read."""

    __tablename__ = "thread_side"
    __table_args__ = (Index("ix_thread_side_party", "kind", "ref"),)

    thread_id: Mapped[str] = mapped_column(ForeignKey("thread.id"), primary_key=True)
    role: Mapped[str] = mapped_column(_Word, primary_key=True)
    kind: Mapped[str] = mapped_column(_Word)
    ref: Mapped[str]
    read_number: Mapped[int]
    """It has read up to this message, or one of several who share it has answered."""
    blocked_at: Mapped[datetime | None]
    """Since when it takes nothing more here from the other side."""
    shared: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whoever acts for the same firm reads and answers, too."""


class ThreadReading(Base):
    """How far one of several people who share a side has read."""

    __tablename__ = "thread_reading"

    thread_id: Mapped[str] = mapped_column(ForeignKey("thread.id"), primary_key=True)
    account_id: Mapped[str] = mapped_column(_Id, primary_key=True)
    read_number: Mapped[int]


class ThreadMatter(Base):
    """What a conversation led to: a referral, an agreement."""

    __tablename__ = "thread_matter"

    thread_id: Mapped[str] = mapped_column(ForeignKey("thread.id"), primary_key=True)
    uri: Mapped[str] = mapped_column(primary_key=True, index=True)
    title: Mapped[str]
    attached_at: Mapped[datetime]


class ThreadMessage(Base):
    """One message of a conversation, its words sealed."""

    __tablename__ = "thread_message"
    __table_args__ = (UniqueConstraint("thread_id", "number"),)

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    thread_id: Mapped[str] = mapped_column(ForeignKey("thread.id"))
    number: Mapped[int]
    uri: Mapped[str] = mapped_column(unique=True)
    """The Note's address."""
    role: Mapped[str] = mapped_column(_Word)
    by: Mapped[str | None] = mapped_column(_Id)
    """The account that wrote it."""
    in_reply_to: Mapped[str | None]
    box: Mapped[bytes] = mapped_column(LargeBinary)
    """{"text": …}, sealed under the thread's subject; empty once withdrawn."""
    answers_for: Mapped[str | None] = mapped_column(index=True)
    """The agreement, as whoever asks calls it, with whose request it came; where a listing's
    questions were answered, the box holds `answers`, too."""
    activity_id: Mapped[str | None]
    """By which it was sent to another node."""
    sent_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class ThreadGuest(Base):
    """Somebody without an account, who comes back by a secret link."""

    __tablename__ = "thread_guest"

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    thread_id: Mapped[str] = mapped_column(ForeignKey("thread.id"), unique=True)
    secret_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    box: Mapped[bytes] = mapped_column(LargeBinary)
    """{"name": …, "contact": …}, sealed under the guest's id."""


class ThreadBlock(Base):
    """Somebody of ours takes no messages from somebody else, in any conversation."""

    __tablename__ = "thread_block"

    holder: Mapped[str] = mapped_column(primary_key=True)
    """A `Party.key`."""
    barred: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]


class ThreadReport(Base):
    """Somebody complained about a conversation; whoever looks after the coop sees to it."""

    __tablename__ = "thread_report"

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    thread_id: Mapped[str] = mapped_column(ForeignKey("thread.id"), index=True)
    role: Mapped[str] = mapped_column(_Word)
    """Which side complained."""
    box: Mapped[bytes] = mapped_column(LargeBinary)
    """{"reason": …}, sealed under the thread's subject."""
    told_them: Mapped[bool]
    """The other coop was told, without a name."""
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


thread_table = table_of(Thread)
side_table = table_of(ThreadSide)
reading_table = table_of(ThreadReading)
matter_table = table_of(ThreadMatter)
message_table = table_of(ThreadMessage)
guest_table = table_of(ThreadGuest)
block_table = table_of(ThreadBlock)
report_table = table_of(ThreadReport)
