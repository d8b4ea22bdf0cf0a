"""What stands now, and the last look from outside."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from federation.storage import Base
from federation.storage.pauses import planned


class Alert(Base):
    """Something that is wrong with the node and was told; gone when it is mended."""

    __tablename__ = "alert"

    name: Mapped[str] = mapped_column(String(30), primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    """The coop that it is about; empty where it is about the node."""
    values: Mapped[dict[str, Any]]
    """What its sentence names."""
    began_at: Mapped[datetime]
    told_at: Mapped[datetime] = mapped_column(info=planned(timedelta(0)))


class OutsideLook(Base):
    """The last look over the node by the way that other coops come; one row."""

    __tablename__ = "outside_look"

    id: Mapped[int] = mapped_column(primary_key=True)
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """None while it is under way."""
    found: Mapped[dict[str, Any]]
    """"findings": each as check, state, its sentence and remedy, as far as it came."""
