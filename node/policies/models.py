"""What was decided and is in force; earlier versions stay with the council's decisions."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from federation.storage import Base


class PolicyValue(Base):
    """The value of one key in force. A key without a row has its default."""

    __tablename__ = "policy_value"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[dict[str, Any]]
    """{"value": …} as the key's kind writes it."""
    version: Mapped[str]
    """Names this value for ever; every number computed with it keeps this name."""
    decided_by: Mapped[str]
    """The address of the decision: a proposal's certificate, or the minutes."""
    since: Mapped[datetime]
