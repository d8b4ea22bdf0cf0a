"""Wordings that members are asked to agree to, and who agreed."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from federation.storage import Base, JsonColumn

_Id = String(26)


class ConsentText(Base):
    """A matter as it was worded from a moment on; rows are only added, and languages to them."""

    __tablename__ = "consent_text"
    __table_args__ = (UniqueConstraint("matter", "version"),)

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    matter: Mapped[str] = mapped_column(_Id)
    """The id of its first wording."""
    version: Mapped[int]
    title: Mapped[str]
    text: Mapped[str]
    language: Mapped[str] = mapped_column(server_default="")
    """In which that is written; empty: in the coop's main one."""
    others: Mapped[dict[str, Any]] = mapped_column(JsonColumn, server_default="{}")
    """By language, the same in `Words`."""
    asked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """Since when nobody is asked it any more; also where a later wording took its place."""


class ConsentGiven(Base):
    """That somebody agreed to a wording, and until when."""

    __tablename__ = "consent_given"

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    text_id: Mapped[str] = mapped_column(_Id, ForeignKey("consent_text.id"), index=True)
    account_id: Mapped[str] = mapped_column(
        _Id, ForeignKey("account.id", ondelete="CASCADE"), index=True
    )
    language: Mapped[str | None]
    """In which they read it; None where that was not noted yet."""
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
