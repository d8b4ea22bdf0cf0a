"""Work of members for the coop."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from federation.storage import Base
from federation.storage.base import table_of

_Id = String(26)


class WorkEntry(Base):
    """What one member did on one day."""

    __tablename__ = "work_entry"

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    member_id: Mapped[str] = mapped_column(_Id, ForeignKey("member.id"), index=True)
    worked_on: Mapped[date] = mapped_column(index=True)
    minutes: Mapped[int]
    activity: Mapped[str]
    committee: Mapped[str]
    """The name of the one that it was done for; empty: the coop as a whole."""
    state: Mapped[str] = mapped_column(index=True)
    version: Mapped[int]
    """How often it was written: nobody confirms what they have not read."""
    noted_at: Mapped[datetime]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    reason: Mapped[str]
    """Why it was sent back."""


work_table = table_of(WorkEntry)
