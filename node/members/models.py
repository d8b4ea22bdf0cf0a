"""The register of members, and the chain that proves its history.

`member` is the register as it stands. `member_event` is what happened, chained: rows are only
added. The chain holds random ids and salted digests; what was decided about whom lies beside it in
`member_event_content`, sealed with the member's own key. Destroying that key (`forget`) makes the
content unreadable and leaves the chain whole.
"""

from datetime import date, datetime

from sqlalchemy import ForeignKey, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from federation.storage import Base

_Id = String(26)
_Digest = LargeBinary(32)


class Member(Base):
    """A person or firm in the register, or applying for it."""

    __tablename__ = "member"

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    number: Mapped[int | None] = mapped_column(unique=True)
    """Given at admission, never again to anyone else."""
    name: Mapped[str]
    kind: Mapped[str]
    """A person, or a firm."""
    representative: Mapped[str | None]
    """Who speaks for a firm."""
    membership_class: Mapped[str]
    status: Mapped[str] = mapped_column(index=True)
    account_id: Mapped[str | None] = mapped_column(
        _Id, ForeignKey("account.id", ondelete="SET NULL"), unique=True
    )
    email: Mapped[str | None]
    phone: Mapped[str | None]
    address: Mapped[str | None]
    """Where post reaches them."""
    note: Mapped[str | None]
    joined_on: Mapped[date | None]
    left_on: Mapped[date | None]
    status_until: Mapped[date | None]
    """The day on which a probation is to be decided, a pause is over, or who leaves has left."""
    created_at: Mapped[datetime]


class MemberInvitation(Base):
    """Whose a one-time link is: the account that is made by it becomes this member's."""

    __tablename__ = "member_invitation"

    link_id: Mapped[str] = mapped_column(
        _Id, ForeignKey("one_time_link.id", ondelete="CASCADE"), primary_key=True
    )
    member_id: Mapped[str] = mapped_column(_Id, ForeignKey("member.id"), index=True)
    as_colleague: Mapped[bool] = mapped_column(server_default=text("false"))
    """Of somebody who acts for the firm besides whoever speaks for it."""


class MembershipOffer(Base):
    """That whoever comes in by a one-time link enters the register, and who decided so; gone once
    they are in it."""

    __tablename__ = "member_offer"

    link_id: Mapped[str] = mapped_column(
        _Id, ForeignKey("one_time_link.id", ondelete="CASCADE"), primary_key=True
    )
    membership_class: Mapped[str]
    by: Mapped[str]
    reason: Mapped[str]


class Colleague(Base):
    """That an account acts for a firm, under its membership."""

    __tablename__ = "member_colleague"

    account_id: Mapped[str] = mapped_column(
        _Id, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True
    )
    member_id: Mapped[str] = mapped_column(_Id, ForeignKey("member.id"), index=True)
    since: Mapped[datetime]


class MemberKey(Base):
    """The key that opens what the chain says about one member."""

    __tablename__ = "member_key"

    member_id: Mapped[str] = mapped_column(_Id, ForeignKey("member.id"), primary_key=True)
    key: Mapped[bytes] = mapped_column(LargeBinary(32))


class MemberEvent(Base):
    """One link of the chain; see `node.members.chain` for what is hashed."""

    __tablename__ = "member_event"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(_Id, unique=True)
    member_id: Mapped[str] = mapped_column(_Id, ForeignKey("member.id"), index=True)
    event: Mapped[str]
    at: Mapped[datetime]
    content_digest: Mapped[bytes] = mapped_column(_Digest)
    """SHA-256 over a random salt and the content."""
    previous: Mapped[bytes] = mapped_column(_Digest)
    digest: Mapped[bytes] = mapped_column(_Digest, unique=True)


class MemberEventContent(Base):
    """What an event says in words: who did it, and why; sealed."""

    __tablename__ = "member_event_content"

    event_id: Mapped[str] = mapped_column(_Id, ForeignKey("member_event.id"), primary_key=True)
    sealed: Mapped[bytes]
    """Salt and content, AES-256-GCM under the member's key, bound to the event's id."""


class RegisterHead(Base):
    """The end of the chain; its one row is locked by whoever adds to it."""

    __tablename__ = "member_register_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int]
    digest: Mapped[bytes] = mapped_column(_Digest)
    last_number: Mapped[int]
    """The highest member number ever given."""
