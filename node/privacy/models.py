"""One table: that somebody left, and what of theirs was to be deleted where."""

from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from federation.storage.base import Base, table_of

_Id = String(26)


class Departure(Base):
    """Somebody left. No name, but their number in the register: whoever may read that, and whoever
    has the link, knows who it was."""

    __tablename__ = "departure"

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    secret_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    """Of the link at which the confirmation is read."""
    at: Mapped[datetime] = mapped_column(index=True)
    said: Mapped[dict[str, Any]]
    """A `leaving.Said`."""


departure_table = table_of(Departure)
