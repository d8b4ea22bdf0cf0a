"""What is known of a picture that somebody of ours sent."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from federation.storage.base import Base, table_of


class Picture(Base):
    """A picture in our folder; the same one sent twice is one."""

    __tablename__ = "picture"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of its largest file, in hex: it names the files."""
    width: Mapped[int]
    """Of the largest file, as the height."""
    height: Mapped[int]
    created_by: Mapped[str | None] = mapped_column(String(26), index=True)
    """The account that sent it last."""
    created_at: Mapped[datetime] = mapped_column(index=True)
    """When it was sent last: what nobody uses for a day after that goes."""


picture_table = table_of(Picture)
