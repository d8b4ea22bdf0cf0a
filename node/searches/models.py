"""Kept searches."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from federation.storage import Base, JsonColumn

_Id = String(26)


class SavedSearch(Base):
    """What somebody looks for. seen and told: numbers of the newest entries of the search index."""

    __tablename__ = "saved_search"

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    account_id: Mapped[str] = mapped_column(_Id, ForeignKey("account.id", ondelete="CASCADE"))
    name: Mapped[str]
    asked: Mapped[dict[str, Any]] = mapped_column(JsonColumn)
    """The fields of a `SearchQuery` that are not as usual."""
    link: Mapped[str]
    """The query of the page's address, which shows the same."""
    seen: Mapped[int] = mapped_column(BigInteger)
    """When the person last looked."""
    told: Mapped[int] = mapped_column(BigInteger)
    """When they were last told of something."""
    fresh: Mapped[int]
    """How many listings have come or changed since they looked, as far as was looked."""
    created_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("account_id", "link"),)
