"""What people tell of themselves: one row for each account, made with it."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from federation.storage.base import Base, JsonColumn, table_of

_Id = String(26)
# Compared sign by sign in both databases, so that a page goes on where the last one ended.
_InOrder = Text().with_variant(Text(collation="C"), "postgresql")


class StoredProfile(Base):
    """What somebody tells of themselves, and to whom.

    Its id stands in public addresses. It goes with the row, so that nothing leads any longer from
    such an address to what is left of an account."""

    __tablename__ = "profile"
    __table_args__ = (Index("ix_profile_place", "place", "id"),)

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    account_id: Mapped[str] = mapped_column(
        _Id, ForeignKey("account.id", ondelete="CASCADE"), unique=True
    )
    told: Mapped[dict[str, Any]] = mapped_column(JsonColumn)
    """By field: the text, and who sees it."""
    cleared: Mapped[list[Any]] = mapped_column(JsonColumn)
    """What was taken away from them since they last wrote, and why."""
    is_listed: Mapped[bool]
    """Members see something of them."""
    place: Mapped[str] = mapped_column(_InOrder)
    """Where they stand in the alphabet."""
    words: Mapped[str]
    """By which members find them."""
    is_former: Mapped[bool]
    """Their membership is over; the register may have forgotten whose it was."""
    written_at: Mapped[datetime]


profile_table = table_of(StoredProfile)
