"""What was reported about listings, ours or our copies of others', and what was decided."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from federation.storage.base import Base, table_of

_Id = String(26)


class Case(Base):
    """All that was reported about a listing until somebody decided."""

    __tablename__ = "listing_case"
    __table_args__ = (Index("ix_listing_case_about", "about", "state"),)

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    about: Mapped[str] = mapped_column(_Id)
    """The id of the listing, or of our copy of it."""
    is_ours: Mapped[bool]
    uri: Mapped[str]
    title: Mapped[str]
    """As it was called when it was first reported."""
    owner: Mapped[str | None] = mapped_column(_Id, index=True)
    """The account that wrote it, if it is ours."""
    team: Mapped[str | None]
    """The team of ours that offers it."""
    state: Mapped[str] = mapped_column(String(16), index=True)
    opened_at: Mapped[datetime]
    decided_by: Mapped[str | None] = mapped_column(_Id)
    decided_at: Mapped[datetime | None]
    ground: Mapped[str] = mapped_column(String(16), default="")
    """The `Reason` on which it was withheld."""
    statement: Mapped[str] = mapped_column(default="")
    """What the owner is told: what was found, and why it is withheld."""
    stood: Mapped[str | None] = mapped_column(String(16))
    """The state of a listing of ours when it was withheld: it comes back to that."""
    appeal_by: Mapped[datetime | None]
    appeal: Mapped[str] = mapped_column(default="")
    answer: Mapped[str] = mapped_column(default="")


class Report(Base):
    """What somebody said is wrong. Neither account nor coop: it was a guest."""

    __tablename__ = "listing_report"

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("listing_case.id"), index=True)
    reason: Mapped[str] = mapped_column(String(16))
    words: Mapped[str]
    account_id: Mapped[str | None] = mapped_column(_Id, index=True)
    coop: Mapped[str | None]
    """The coop that complained, in its own name."""
    told_them: Mapped[bool]
    """The coop whose listing it is was told too."""
    reported_at: Mapped[datetime]


case_table = table_of(Case)
report_table = table_of(Report)
