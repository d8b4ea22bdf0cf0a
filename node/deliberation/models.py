"""What people say about proposals, and what was hidden of it; the council's log has none of it."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from federation.storage.base import Base, table_of

_Id = String(26)


class Comment(Base):
    """A comment of one of our people, or of another coop's.

    proposal: its name in the log, which may come later than the comment.
    """

    __tablename__ = "deliberation_comment"
    __table_args__ = (
        Index("ix_deliberation_comment_about", "federation_id", "proposal"),
        Index("ix_deliberation_comment_coop", "coop", "received_at"),
    )

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    uri: Mapped[str] = mapped_column(unique=True)
    federation_id: Mapped[str] = mapped_column(_Id)
    proposal: Mapped[str] = mapped_column(String(64))
    coop: Mapped[str]
    account_id: Mapped[str | None] = mapped_column(index=True)
    """Who of ours wrote it; never told."""
    byline: Mapped[str]
    """The name under which it is to be read; empty for the coop as such."""
    parent: Mapped[str | None]
    """The comment that it answers."""
    said: Mapped[bytes] = mapped_column(LargeBinary)
    """Markdown, as UTF-8: bytes can be overwritten where they stand."""
    published_at: Mapped[datetime]
    received_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]


class Hiding(Base):
    """A comment that a coop hides: on its own pages, or as the federation's host for everybody."""

    __tablename__ = "deliberation_hiding"
    __table_args__ = (UniqueConstraint("comment", "coop", "scope"),)

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    comment: Mapped[str] = mapped_column(index=True)
    """Its address: the word that it is hidden may come before the comment."""
    federation_id: Mapped[str] = mapped_column(_Id)
    coop: Mapped[str]
    scope: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str]
    hidden_at: Mapped[datetime]
    appeal_by: Mapped[datetime]
    appeal: Mapped[str]
    """What the author said against it, once."""
    answer: Mapped[str]


comment_table = table_of(Comment)
hiding_table = table_of(Hiding)
