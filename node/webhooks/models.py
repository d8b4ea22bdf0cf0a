"""Whom to tell, what was told, and what came of it."""

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from federation.storage import Base
from federation.storage.base import table_of
from federation.storage.pauses import planned
from node import limits

LEASE = timedelta(minutes=1)
_Id = String(26)


class Webhook(Base):
    """A program's address, and what it wants to hear."""

    __tablename__ = "webhook"

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    url: Mapped[str]
    """Often a secret itself: shown to admins alone, and written in no log of the system."""
    secret: Mapped[bytes] = mapped_column(LargeBinary(32))
    """Shared with the program there, so it is kept as it is; a signature needs it."""
    description: Mapped[str]
    kinds: Mapped[list[str]]
    created_at: Mapped[datetime]
    failing_since: Mapped[datetime | None]
    """The first failure after the last message that arrived."""
    off_at: Mapped[datetime | None]
    off_reason: Mapped[str | None]


class WebhookMessage(Base):
    """Something that happened, in the words that every webhook gets. Its id is `webhook-id`."""

    __tablename__ = "webhook_message"

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    kind: Mapped[str]
    body: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(index=True)


class WebhookDelivery(Base):
    """One message on its way to one webhook, and how that ended."""

    __tablename__ = "webhook_delivery"

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    webhook_id: Mapped[str] = mapped_column(
        _Id, ForeignKey("webhook.id", ondelete="CASCADE"), index=True
    )
    message_id: Mapped[str] = mapped_column(
        _Id, ForeignKey("webhook_message.id", ondelete="CASCADE"), index=True
    )
    state: Mapped[str]
    tries: Mapped[int]
    """Since it was told, or sent again by hand."""
    next_attempt_at: Mapped[datetime | None] = mapped_column(
        index=True, info=planned(limits.WEBHOOK_LONGEST_WAIT, back_to=LEASE)
    )
    """While it is being sent, when its sender counts as dead. None: nothing is to be done."""
    give_up_at: Mapped[datetime]


class WebhookAttempt(Base):
    """One attempt to hand a message over: a line of its webhook's log."""

    __tablename__ = "webhook_attempt"

    delivery_id: Mapped[str] = mapped_column(
        _Id, ForeignKey("webhook_delivery.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    status: Mapped[int | None]
    error: Mapped[str | None]
    next_attempt_at: Mapped[datetime | None]


webhook_table = table_of(Webhook)
message_table = table_of(WebhookMessage)
delivery_table = table_of(WebhookDelivery)
attempt_table = table_of(WebhookAttempt)
