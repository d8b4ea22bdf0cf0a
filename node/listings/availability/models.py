"""When a listing can be had: its rules, who holds what of it, and other calendars that count."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from federation.storage.base import Base, JsonColumn, table_of
from federation.storage.pauses import planned
from node import limits
from node.i18n import _
from node.listings.models import Kind
from node.machine import Machine

_Id = String(26)
_Word = String(16)


class Way(StrEnum):
    """How a listing can be had: by what it is counted."""

    SLOTS = "slots"  # spans of the clock within weekly hours
    NIGHTS = "nights"
    DAYS = "days"
    STOCK = "stock"  # pieces, whenever


WAYS: dict[Kind, tuple[Way, ...]] = {
    Kind.SERVICE: (Way.SLOTS,),
    Kind.STAY: (Way.NIGHTS,),
    Kind.LEND: (Way.SLOTS, Way.DAYS),
    Kind.GOODS: (Way.STOCK,),
}
"""What each kind of listing can say; a request or an opening says nothing."""


class HoldState(StrEnum):
    """How firmly a time is taken."""

    HELD = "held"  # until somebody decides, or until its time runs out
    KEPT = "kept"
    RELEASED = "released"


class HoldEvent(StrEnum):
    """What can happen to a hold; once released it can be taken again, if it is still free."""

    KEEP = "keep"
    RELEASE = "release"
    TAKE = "take"


HOLD = Machine(
    "hold",
    HoldState.HELD,
    {
        (HoldState.HELD, HoldEvent.KEEP): HoldState.KEPT,
        (HoldState.HELD, HoldEvent.RELEASE): HoldState.RELEASED,
        (HoldState.KEPT, HoldEvent.RELEASE): HoldState.RELEASED,
        (HoldState.RELEASED, HoldEvent.TAKE): HoldState.HELD,
    },
    {
        HoldState.HELD: _("held"),
        HoldState.KEPT: _("booked"),
        HoldState.RELEASED: _("given back"),
        HoldEvent.KEEP: _("Book"),
        HoldEvent.RELEASE: _("Give back"),
        HoldEvent.TAKE: _("Hold"),
    },
)


class AvailabilityRow(Base):
    """What a listing says about when it can be had; without a row it says nothing."""

    __tablename__ = "listing_availability"
    __table_args__ = (CheckConstraint("stock >= 0", name="stock"),)

    listing_id: Mapped[str] = mapped_column(ForeignKey("listing.id"), primary_key=True)
    way: Mapped[str] = mapped_column(_Word)
    rules: Mapped[dict[str, Any]]
    """An `Availability` without its stock."""
    stock: Mapped[int | None]
    """Pieces left; None: as many as anybody wants."""
    by_variant: Mapped[list[tuple[str, int]] | None] = mapped_column(JsonColumn)
    """Those of each kind or size, by its name; `stock` is their sum. None: not counted apart."""
    told_stock: Mapped[int | None]
    """What peers were last told."""
    turn: Mapped[int]
    """Rises with everything that takes or gives back: see `holds`."""
    updated_at: Mapped[datetime]


class Hold(Base):
    """A span of a listing that is taken. ref: whatever it is held for, such as an agreement."""

    __tablename__ = "listing_hold"
    __table_args__ = (Index("ix_listing_hold_span", "listing_id", "end_at"),)

    ref: Mapped[str] = mapped_column(primary_key=True)
    listing_id: Mapped[str] = mapped_column(ForeignKey("listing.id"))
    start_at: Mapped[datetime]
    end_at: Mapped[datetime]
    quantity: Mapped[int]
    state: Mapped[str] = mapped_column(_Word)
    until: Mapped[datetime | None]
    """When a hold gives way unless it is kept; None: when it is given back."""
    made_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class StockMove(Base):
    """Pieces taken for something; given back at most once."""

    __tablename__ = "listing_stock_move"

    ref: Mapped[str] = mapped_column(primary_key=True)
    listing_id: Mapped[str] = mapped_column(ForeignKey("listing.id"), index=True)
    quantity: Mapped[int]
    variant: Mapped[str | None]
    """Of which kind or size, where they are counted apart."""
    taken_at: Mapped[datetime]
    returned_at: Mapped[datetime | None]


class Calendar(Base):
    """Somebody's calendar whose busy times count for a listing: a file, or an address to read."""

    __tablename__ = "listing_calendar"

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    listing_id: Mapped[str] = mapped_column(ForeignKey("listing.id"), index=True)
    name: Mapped[str]
    address: Mapped[str | None]
    read_at: Mapped[datetime | None]
    """When it was last read whole."""
    next_read_at: Mapped[datetime | None] = mapped_column(
        index=True, info=planned(limits.CALENDAR_LONGEST_WAIT)
    )
    fault: Mapped[str | None]
    """Why the last attempt failed, in English; what was read before stands."""
    failures: Mapped[int] = mapped_column(server_default="0")
    """Attempts in a row that were begun and did not end well."""


class Busy(Base):
    """A span in which a calendar of somebody's is taken; nothing of what for."""

    __tablename__ = "listing_busy"
    __table_args__ = (Index("ix_listing_busy_span", "listing_id", "end_at"),)

    calendar_id: Mapped[str] = mapped_column(
        ForeignKey("listing_calendar.id", ondelete="CASCADE"), primary_key=True
    )
    start_at: Mapped[datetime] = mapped_column(primary_key=True)
    end_at: Mapped[datetime]
    listing_id: Mapped[str] = mapped_column(ForeignKey("listing.id"))


class Feed(Base):
    """A secret address at which a calendar program reads what is taken.

    Of one listing, without a word on what for; or of all listings of an account, with their
    titles; with neither, of all listings of the coop.
    """

    __tablename__ = "listing_feed"

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    secret_digest: Mapped[str] = mapped_column(unique=True)
    listing_id: Mapped[str | None] = mapped_column(ForeignKey("listing.id"), index=True)
    account_id: Mapped[str | None] = mapped_column(_Id, index=True)
    made_by: Mapped[str | None] = mapped_column(_Id)
    made_at: Mapped[datetime]


availability_table = table_of(AvailabilityRow)
hold_table = table_of(Hold)
stock_move_table = table_of(StockMove)
calendar_table = table_of(Calendar)
busy_table = table_of(Busy)
feed_table = table_of(Feed)
