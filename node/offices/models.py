"""Who held what, from when until when, and by which decision; what committees are for."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from federation.storage import Base
from federation.storage.base import table_of

_Id = String(26)


class OfficeHolding(Base):
    """One term of one member. Rows stay when it is over."""

    __tablename__ = "office_holding"

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    member_id: Mapped[str] = mapped_column(_Id, ForeignKey("member.id"), index=True)
    office: Mapped[str]
    name: Mapped[str]
    """Which committee, or which other office; empty for those that have a word of their own."""
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    """The first day on which it no longer holds."""
    ended_on: Mapped[date | None] = mapped_column(index=True)
    """The day on which it was over, once it is: by the clock, or before."""
    decision: Mapped[str]
    """Who decided so, and when, in the coop's own words."""
    given_by: Mapped[str]
    given_at: Mapped[datetime]
    reason: Mapped[str]
    """Why it ended before its time."""


class StoredCommittee(Base):
    """What a committee is for."""

    __tablename__ = "committee"

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    """Its name, whatever its capitals: seats are given under it."""
    name: Mapped[str]
    purpose: Mapped[str]
    decision: Mapped[str]
    """Who set it up, and when, in the coop's own words."""
    ends_on: Mapped[date | None]
    said_at: Mapped[datetime]


holding_table = table_of(OfficeHolding)
committee_table = table_of(StoredCommittee)
