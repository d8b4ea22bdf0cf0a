"""Two tables: the keys there are, and the subjects whose key was destroyed."""

from datetime import datetime

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from federation.storage import Base
from federation.storage.base import table_of

_Id = String(60)


class VaultKey(Base):
    """The key of one subject."""

    __tablename__ = "vault_key"

    subject: Mapped[str] = mapped_column(_Id, primary_key=True)
    key: Mapped[bytes] = mapped_column(LargeBinary(32))


class Erasure(Base):
    """A subject whose key was destroyed; it never gets another one."""

    __tablename__ = "vault_erasure"

    subject: Mapped[str] = mapped_column(_Id, primary_key=True)
    at: Mapped[datetime]
    logged_at: Mapped[datetime | None] = mapped_column(index=True)
    """When it was safely in the erasure log."""


key_table = table_of(VaultKey)
erasure_table = table_of(Erasure)
