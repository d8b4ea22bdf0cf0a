"""Who asks for a new way in, and who has vouched for them."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from federation.storage import Base

_Id = String(26)


class RecoveryRequest(Base):
    """One wish to be let in again. What was written is sealed in the vault under its id."""

    __tablename__ = "recovery_request"

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    handle: Mapped[str] = mapped_column(index=True)
    """As it was typed; also one that nobody has, so that no answer tells the difference."""
    account_id: Mapped[str | None] = mapped_column(
        _Id, ForeignKey("account.id", ondelete="CASCADE"), index=True
    )
    status: Mapped[str] = mapped_column(index=True)
    words: Mapped[bytes]
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    opens_at: Mapped[datetime | None]
    """When the day is over that an admin's account is given to say no."""
    first_by: Mapped[str | None]
    second_by: Mapped[str | None]
    link_id: Mapped[str | None] = mapped_column(_Id, index=True)
