"""What waits for whom."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from federation.storage import Base

_Id = String(26)


class Notice(Base):
    """One notice, for everybody with a role or for one account."""

    __tablename__ = "notice"
    __table_args__ = (UniqueConstraint("audience", "kind", "subject"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    audience: Mapped[str] = mapped_column(index=True)
    """ "role:admin", or "account:" and the account's id."""
    kind: Mapped[str]
    subject: Mapped[str]
    """The address or id of what it is about."""
    values: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]


class NoticeFeed(Base):
    """A secret address at which a news reader reads what somebody was told."""

    __tablename__ = "notice_feed"

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    account_id: Mapped[str] = mapped_column(
        _Id, ForeignKey("account.id", ondelete="CASCADE"), index=True
    )
    secret_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    made_at: Mapped[datetime]
