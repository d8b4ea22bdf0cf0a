"""The books: accounts, the journal with its postings, and the months they are closed by.

`ledger_entry` and `ledger_posting` are only added to; see `node.ledger.chain` for what is hashed.
What an entry says in words is sealed; destroying its key takes the words away and leaves the chain
whole.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from federation.storage import Base

_Id = String(26)
_Digest = LargeBinary(32)


class LedgerAccount(Base):
    """One account of the books. Its code says its type; only its name and its end can change."""

    __tablename__ = "ledger_account"

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    template: Mapped[str | None]
    """The line of the chart that it was opened by, which names it; None: added by hand."""
    name: Mapped[str | None]
    """The coop's own name for it; None: as the chart says."""
    fund: Mapped[str]
    party: Mapped[str | None] = mapped_column(index=True)
    """Whose account it is: a member's id or a coop's address. Never a name."""
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class LedgerPeriod(Base):
    """A month that was written in, and whether it is closed."""

    __tablename__ = "ledger_period"

    key: Mapped[str] = mapped_column(String(7), primary_key=True)
    state: Mapped[str]
    changed_at: Mapped[datetime]


class LedgerEntry(Base):
    """One entry of the journal: one link of the chain."""

    __tablename__ = "ledger_entry"
    __table_args__ = (UniqueConstraint("source", "recipe"),)

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(_Id, unique=True)
    day: Mapped[date] = mapped_column(index=True)
    period: Mapped[str] = mapped_column(String(7), ForeignKey("ledger_period.key"), index=True)
    recipe: Mapped[str]
    source: Mapped[str]
    """What happened, named so that it is booked once by one recipe."""
    party: Mapped[str | None] = mapped_column(index=True)
    reverses: Mapped[str | None] = mapped_column(_Id, ForeignKey("ledger_entry.id"), unique=True)
    by: Mapped[str]
    """An account's id, "operator" or "node"."""
    at: Mapped[datetime]
    policy_versions: Mapped[dict[str, Any]]
    """{policy: version} of every rule that an amount was computed by."""
    sealed: Mapped[bytes | None]
    """What it says in words, sealed in the vault under the entry's own id."""
    content_digest: Mapped[bytes] = mapped_column(_Digest)
    previous: Mapped[bytes] = mapped_column(_Digest)
    digest: Mapped[bytes] = mapped_column(_Digest, unique=True)


class LedgerPosting(Base):
    """One line of an entry: an amount on an account, above zero a debit, below zero a credit."""

    __tablename__ = "ledger_posting"

    entry_seq: Mapped[int] = mapped_column(ForeignKey("ledger_entry.seq"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(_Id, ForeignKey("ledger_account.id"), index=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(8))
    scale: Mapped[int]


class LedgerHead(Base):
    """The end of the chain; its one row is locked by whoever adds to it."""

    __tablename__ = "ledger_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int]
    digest: Mapped[bytes] = mapped_column(_Digest)
