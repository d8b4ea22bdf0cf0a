"""What was handed out, and what is still to be fetched. Nothing here names a person."""

from datetime import datetime, timedelta

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from federation.storage.base import Base, table_of
from federation.storage.pauses import planned

LEASE = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=6)

_Id = String(26)


class Access(Base):
    """One time that a coop fetched what is about a person. fields: their names."""

    __tablename__ = "handoff_access"

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    matter_id: Mapped[str] = mapped_column(_Id, index=True)
    coop: Mapped[str]
    fields: Mapped[list[str]]
    at: Mapped[datetime]


class Fetch(Base):
    """Something that we may have, and have not got yet."""

    __tablename__ = "handoff_fetch"

    matter_id: Mapped[str] = mapped_column(_Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    """Who keeps it: see `fetching.kept`."""
    address: Mapped[str]
    context: Mapped[str]
    """The address by which its sender calls the matter."""
    sender: Mapped[str]
    due_at: Mapped[datetime] = mapped_column(index=True, info=planned(LONGEST_WAIT, back_to=LEASE))
    failures: Mapped[int]


access_table = table_of(Access)
fetch_table = table_of(Fetch)
