"""What is known of a picture that somebody of ours sent, and for a day of who did."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, String
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
    size: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """Of all its files, in bytes; 0: not measured yet, since it is older than this column."""
    sent_at: Mapped[datetime] = mapped_column(index=True)
    """When it was sent last: what nobody uses for a day after that goes."""


class Sending(Base):
    """Somebody of ours sent a picture, for a day: so long they see it before it is anywhere."""

    __tablename__ = "picture_sending"
    __table_args__ = (Index("ix_picture_sending_account_id", "account_id", "sent_at"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    account_id: Mapped[str] = mapped_column(String(26))
    sent_at: Mapped[datetime] = mapped_column(index=True)


picture_table = table_of(Picture)
sending_table = table_of(Sending)
