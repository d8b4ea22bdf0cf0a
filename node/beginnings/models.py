"""Who wants to see no more what is left to do at the beginning."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from federation.storage import Base


class BeginningHidden(Base):
    """One account that put the list away."""

    __tablename__ = "beginning_hidden"

    account_id: Mapped[str] = mapped_column(
        String(26), ForeignKey("account.id", ondelete="CASCADE"), primary_key=True
    )
    at: Mapped[datetime]
