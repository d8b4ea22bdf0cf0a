"""Federations that we keep, or kept, as actors; who follows them; what they were told."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from federation.storage.base import Base, RowNumber, table_of
from federation.storage.pauses import planned
from node import limits

_Id = String(26)


class Group(Base):
    """A federation's actor at our node. Its keys and its name stand in `local_actor`."""

    __tablename__ = "group_actor"

    uri: Mapped[str] = mapped_column(primary_key=True)
    federation_id: Mapped[str] = mapped_column(_Id, unique=True)
    charter: Mapped[str]
    name: Mapped[str]
    """As its followers were last told."""
    moved_to: Mapped[str | None]
    """Where it goes on, once followers were told so."""
    look_at: Mapped[datetime | None] = mapped_column(info=planned(limits.GROUP_LOOKS_AGAIN))
    """When to ask again whether the Group of another host knows that it goes on from ours."""
    opened_at: Mapped[datetime]


class Follower(Base):
    """Somebody elsewhere who hears what a federation decides."""

    __tablename__ = "group_follower"
    __table_args__ = (
        Index("ix_group_follower_host", "group_uri", "authority"),
        Index("ix_group_follower_domain", "group_uri", "domain"),
    )

    group_uri: Mapped[str] = mapped_column(primary_key=True)
    actor: Mapped[str] = mapped_column(primary_key=True, index=True)
    authority: Mapped[str]
    domain: Mapped[str]
    """Whose names share their room (`rules.domain_of`)."""
    follow_id: Mapped[str] = mapped_column(index=True)
    followed_at: Mapped[datetime]


class Question(Base):
    """A proposal that followers were told of."""

    __tablename__ = "group_question"

    uri: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    """Of what they were told last, but for its date."""
    said_at: Mapped[datetime]
    changed_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    """Since when it is no longer public: it is not said again."""


class Word(Base):
    """What followers are still to be told, host after host; the first one goes first."""

    __tablename__ = "group_word"

    seq: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    group_uri: Mapped[str] = mapped_column(index=True)
    activity_id: Mapped[str]
    activity_type: Mapped[str]
    object_uri: Mapped[str] = mapped_column(index=True)
    until_delivered: Mapped[bool]
    told: Mapped[str]
    """The last host whose followers are told, in the order of their names."""


group_table = table_of(Group)
follower_table = table_of(Follower)
question_table = table_of(Question)
word_table = table_of(Word)
