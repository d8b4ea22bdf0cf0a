"""Accounts and what opens them. No secret is stored, only SHA-256 of it (or argon2id)."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, MappedColumn, mapped_column

from federation.storage import Base
from federation.storage.pauses import planned, planned_each
from node.accounts.allowances import COUNTED

_Id = String(26)
_Digest = LargeBinary(32)


def _account_id(*, nullable: bool = False) -> MappedColumn[Any]:
    return mapped_column(
        _Id, ForeignKey("account.id", ondelete="CASCADE"), index=True, nullable=nullable
    )


class Account(Base):
    """Somebody who can sign in here. Being a member of the coop is another matter (members/)."""

    __tablename__ = "account"

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    handle: Mapped[str] = mapped_column(unique=True)
    """Lower case; what people type to sign in."""
    handle_key: Mapped[str] = mapped_column(server_default="", index=True, unique=True)
    """What it is compared by, see `handles.handle_key`."""
    name: Mapped[str]
    roles: Mapped[list[str]]
    office_roles: Mapped[list[str]]
    """Those that offices lend, for as long as these are held."""
    teams: Mapped[list[str]] = mapped_column(server_default="[]")
    """Committees in which they have a seat now, by their names."""
    language: Mapped[str | None]
    """A BCP 47 tag, or None: what the browser asks for."""
    password_hash: Mapped[str | None]
    """argon2id in its own format, or None: this account signs in by link only."""
    created_at: Mapped[datetime]
    office_since: Mapped[datetime | None]
    """Since when they hold an office without a break; None: they hold none."""
    disabled_at: Mapped[datetime | None]


class AccountSession(Base):
    """One signed-in device."""

    __tablename__ = "account_session"

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    account_id: Mapped[str] = _account_id()
    secret_digest: Mapped[bytes] = mapped_column(_Digest, unique=True)
    device: Mapped[str]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    """The absolute end; the idle end moves with last_seen_at."""
    proven_at: Mapped[datetime] = mapped_column(info=planned(timedelta(0)))
    """When whoever uses it last showed that the account is theirs."""


class OneTimeLink(Base):
    """A link that signs in once: for the first owner, for a new member, for a lost password."""

    __tablename__ = "one_time_link"

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    code_digest: Mapped[bytes] = mapped_column(_Digest, unique=True)
    purpose: Mapped[str]
    account_id: Mapped[str | None] = _account_id(nullable=True)
    """Whom it signs in; None: it makes a new account."""
    name: Mapped[str | None]
    roles: Mapped[list[str]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    made_by: Mapped[str | None] = mapped_column(_Id)
    """The account that made it, or who else did, as the audit says it; None: not known."""


class AccessToken(Base):
    """A secret that lets a program act for an account, within its scopes."""

    __tablename__ = "access_token"

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    account_id: Mapped[str] = _account_id()
    label: Mapped[str]
    secret_digest: Mapped[bytes] = mapped_column(_Digest, unique=True)
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """One of the ten codes on paper with which somebody comes in who has lost everything else."""

    __tablename__ = "recovery_code"

    account_id: Mapped[str] = mapped_column(
        _Id, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """With which digit it begins: so one hash is compared, not ten."""
    code_hash: Mapped[str]
    """argon2id: a code is short enough to be copied by hand."""
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Passkey(Base):
    """A key on somebody's device; here lies only its public half."""

    __tablename__ = "passkey"

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    account_id: Mapped[str] = _account_id()
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1023), unique=True)
    data: Mapped[bytes]
    """Maker, id and public key, as the device wrote them (attested credential data)."""
    sign_count: Mapped[int]
    name: Mapped[str]
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    doubted_at: Mapped[datetime | None]
    """Since when it opens nothing, because another device may have the same key."""


class PasskeyChallenge(Base):
    """What a passkey is to sign; it is used up by the first that does."""

    __tablename__ = "passkey_challenge"

    digest: Mapped[bytes] = mapped_column(_Digest, primary_key=True)
    account_id: Mapped[str | None] = _account_id(nullable=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class SignInTries(Base):
    """How often somebody may still try to come in, by a digest of their name, their address, or
    both; and how much a guest may still begin, by one of what it is and their address."""

    __tablename__ = "sign_in_tries"

    digest: Mapped[bytes] = mapped_column(_Digest, primary_key=True)
    counts: Mapped[str] = mapped_column(server_default="")
    """What it counts, so that many of one sort push out none of another."""
    full_at: Mapped[datetime] = mapped_column(
        index=True,
        info=planned_each(
            planned(max(one.regained_in for one in COUNTED)),
            *(
                # So little too far that it counts all the same, and is regained from now on.
                planned(one.regained_in, back_to=one.regained_in, where=f"counts = '{one.name}'")
                for one in COUNTED
            ),
        ),
    )
    """When all tries that were counted are regained."""
    account_id: Mapped[str | None] = _account_id(nullable=True)
    """Who came in at that address; None: nobody yet."""
    known_until: Mapped[datetime | None]
