"""What is remembered about being in touch, beside federation's own relations."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from federation.storage.base import Base
from federation.storage.pauses import planned

LONGEST_WAIT = timedelta(hours=6)
"""Before a coop that is looked for is tried again."""


class StoredProfile(Base):
    """What our coop says of itself; one row."""

    __tablename__ = "coop_profile"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    summary: Mapped[str]
    place: Mapped[str | None]
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    languages: Mapped[list[str]]
    also_known_as: Mapped[list[str]]
    moved_to: Mapped[str | None]
    policy_heads: Mapped[dict[str, Any]]
    """By the digest of a federation's charter, the digest of the policies that we go by."""
    telling: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """A `telling.Telling`: what else it tells of itself."""
    figures: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """As they were counted last, by their names."""
    takes_applications: Mapped[bool] = mapped_column(default=False)
    """Whether there is a form here by which people ask to become members."""
    updated_at: Mapped[datetime]


class Wish(Base):
    """A coop that somebody here wants to ask, not found yet; tried again until it is."""

    __tablename__ = "peer_wish"

    address: Mapped[str] = mapped_column(primary_key=True)
    """As it was typed, without spaces around it."""
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime | None] = mapped_column(info=planned(LONGEST_WAIT))
    """None: given up; the reason stays to be seen."""
    last_error: Mapped[str | None]
    created_at: Mapped[datetime]


class Succession(Base):
    """That our coop goes on from a lost address, in the words of that address's recovery key."""

    __tablename__ = "coop_succession"

    old_uri: Mapped[str] = mapped_column(primary_key=True)
    statement: Mapped[dict[str, Any]]
    """A Move of the old coop to ours with the recovery key's proof, as it is told to peers."""
    created_at: Mapped[datetime]


class Claim(Base):
    """A coop that says it is one we know, under a new address; a person here decides."""

    __tablename__ = "peer_claim"

    old_uri: Mapped[str] = mapped_column(primary_key=True)
    new_uri: Mapped[str] = mapped_column(primary_key=True)
    received_at: Mapped[datetime]


class Welcome(Base):
    """A host whose coop was said yes to before it was seen: who that is, its host must say."""

    __tablename__ = "peer_welcome"

    address: Mapped[str] = mapped_column(String(300), primary_key=True)
    """As somebody would type it: a host, a handle, or a host with a path."""
    authority: Mapped[str] = mapped_column(String(300))
    created_at: Mapped[datetime]
