"""What the coop asks of applicants, and their applications."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from federation.storage import Base, JsonColumn

_Id = String(26)


class JoiningForm(Base):
    """The form as it was from a moment on: rows are only added, applications name theirs."""

    __tablename__ = "joining_form"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    is_open: Mapped[bool]
    intro: Mapped[str]
    classes: Mapped[list[str]]
    questions: Mapped[list[dict[str, Any]]] = mapped_column(JsonColumn)
    consents: Mapped[list[dict[str, Any]]] = mapped_column(JsonColumn)
    language: Mapped[str] = mapped_column(server_default="")
    """In which it is written; empty: in the coop's main one."""
    sponsors: Mapped[int] = mapped_column(server_default=text("0"))
    """How many members have to vouch for an applicant; 0: none."""
    others: Mapped[dict[str, Any]] = mapped_column(JsonColumn, server_default="{}")
    """The introduction in other languages. Those of all else stand with it."""
    eligibility: Mapped[dict[str, Any]] = mapped_column(JsonColumn, server_default="{}")
    """Who may join in a class, by class."""
    made_at: Mapped[datetime]


class Application(Base):
    """One wish to join. What the applicant wrote is sealed in the vault under its id."""

    __tablename__ = "application"

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    secret_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    """Of the code in the applicant's link."""
    sponsor_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    """Of the code in the link for those who vouch for them."""
    form_version: Mapped[int] = mapped_column(ForeignKey("joining_form.version"))
    kind: Mapped[str]
    membership_class: Mapped[str]
    language: Mapped[str | None]
    """In which they applied, and are written to."""
    status: Mapped[str] = mapped_column(index=True)
    particulars: Mapped[bytes]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    """Until when the applicant can answer, or ask for another look."""
    decided_by: Mapped[str | None]
    """Who decided last: another person looks again."""
    member_id: Mapped[str | None] = mapped_column(_Id, ForeignKey("member.id"))


class ApplicationStep(Base):
    """One thing that happened to an application; rows are only added."""

    __tablename__ = "application_step"

    application_id: Mapped[str] = mapped_column(_Id, ForeignKey("application.id"), primary_key=True)
    nr: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event: Mapped[str]
    by: Mapped[str]
    """An account's id, "operator", "node", or "applicant"."""
    at: Mapped[datetime]
    message: Mapped[bytes | None]
    """Sealed like the particulars."""


class ApplicationConsent(Base):
    """What an applicant agreed to: which document, in which version and language, when."""

    __tablename__ = "application_consent"

    application_id: Mapped[str] = mapped_column(_Id, ForeignKey("application.id"), primary_key=True)
    nr: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    title: Mapped[str]
    version: Mapped[str]
    language: Mapped[str | None]
    """In which it stood before them; None where that was not noted yet."""
    at: Mapped[datetime]


class ApplicationSponsor(Base):
    """A member whom an applicant named, or who came by their link, and what they said."""

    __tablename__ = "application_sponsor"
    __table_args__ = (UniqueConstraint("application_id", "member_id"),)

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    application_id: Mapped[str] = mapped_column(_Id, ForeignKey("application.id"), index=True)
    member_id: Mapped[str | None] = mapped_column(_Id, ForeignKey("member.id"), index=True)
    """None while it is not known whom of us the applicant means."""
    named: Mapped[bytes | None]
    """What the applicant wrote, sealed like the particulars."""
    vouches: Mapped[bool | None]
    by: Mapped[str | None]
    said_at: Mapped[datetime | None]


class InvitationConsent(Base):
    """What somebody agreed to who was invited as a member; rows are only added."""

    __tablename__ = "invitation_consent"

    member_id: Mapped[str] = mapped_column(_Id, ForeignKey("member.id"), primary_key=True)
    nr: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    title: Mapped[str]
    version: Mapped[str]
    at: Mapped[datetime]
    language: Mapped[str | None]
