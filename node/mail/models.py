"""Where people get mail, and the letters."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from federation.storage import Base
from federation.storage.base import table_of
from federation.storage.pauses import planned
from node import limits

LEASE = timedelta(minutes=5)
_Id = String(26)
_Digest = LargeBinary(32)


class MailAddress(Base):
    """Somebody's address, sealed in the vault under the id of their account."""

    __tablename__ = "mail_address"

    account_id: Mapped[str] = mapped_column(
        _Id, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True
    )
    box: Mapped[bytes | None]
    """The address that was confirmed, and the code that ends letters."""
    wanted: Mapped[bytes | None]
    """An address that is not confirmed yet."""
    code_digest: Mapped[bytes | None] = mapped_column(_Digest, unique=True)
    """Of the link in the letter that went to the wanted address."""
    code_until: Mapped[datetime | None]
    """Until when it can be confirmed; then it is forgotten."""
    stop_digest: Mapped[bytes | None] = mapped_column(_Digest, unique=True)
    how: Mapped[str]
    zone: Mapped[str]
    quiet_from: Mapped[int]
    quiet_until: Mapped[int]
    confirmed_at: Mapped[datetime | None]
    refused_at: Mapped[datetime | None]
    """Since when nobody is reached there, as the mail server said."""
    refused_words: Mapped[str | None]


class MailLetter(Base):
    """One letter. Its id is in its Message-ID; it is handed over once at most."""

    __tablename__ = "mail_letter"

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    account_id: Mapped[str | None] = mapped_column(
        _Id, ForeignKey("account.id", ondelete="CASCADE"), index=True
    )
    """None: it goes to somebody without an account, or nobody knows yet whose it is."""
    kind: Mapped[str]
    about: Mapped[str | None] = mapped_column(index=True)
    """By what it is found again: kind and subject of a notice, the id of an application, the digest
    of a sign-in name."""
    notice_id: Mapped[str | None] = mapped_column(_Id)
    values: Mapped[dict[str, Any]]
    """What it says beside; emptied when it has ended, like the box."""
    box: Mapped[bytes | None]
    """For somebody without an account: the address, sealed under `about`."""
    language: Mapped[str | None]
    state: Mapped[str] = mapped_column(index=True)
    tries: Mapped[int]
    next_attempt_at: Mapped[datetime | None] = mapped_column(
        index=True, info=planned(limits.MAIL_TRIED_FOR, back_to=LEASE)
    )
    """While it is being sent, when its sender counts as dead."""
    give_up_at: Mapped[datetime]
    failing_since: Mapped[datetime | None]
    """The first time that the server said "later", or nothing."""
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    error: Mapped[str | None]


address_table = table_of(MailAddress)
letter_table = table_of(MailLetter)
