"""What waits for whom."""

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from federation.storage import Base


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
