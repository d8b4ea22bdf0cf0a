"""One table: what was done."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from federation.storage import Base


class AuditEntry(Base):
    """One thing that somebody did. Rows stay; of an account that is gone
    they forget which it was."""

    __tablename__ = "audit_entry"

    id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str]
    """An account's id, "operator" (the command line), "node" (it happened by itself), or "left"."""
    what: Mapped[str]
    """slice.verb, such as "peers.suspend"."""
    subject: Mapped[str] = mapped_column(index=True)
    detail: Mapped[dict[str, Any]]
