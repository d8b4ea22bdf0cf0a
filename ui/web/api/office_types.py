"""Offices, as the API sends and takes them."""

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from node import limits

OfficeName = Literal[
    "chair",
    "secretary",
    "treasurer",
    "moderator",
    "admin",
    "delegate",
    "alternate",
    "committee",
    "other",
]
OfficeWords = Annotated[str, Meta(max_length=limits.OFFICE_WORDS_LONGEST)]


class Office(Struct, frozen=True):
    """One term. name: which committee or other office. until: the first day on which it no longer
    holds. state: coming, held or over. reason: why it ended, for whoever looks after members.
    gives: the roles that it lends."""

    id: str
    office: str
    name: str
    member: str
    member_name: str
    starts_on: date
    until: date
    state: str
    decision: str
    given_at: datetime
    reason: str
    gives: list[str]


class OfficeList(Struct, frozen=True):
    items: list[Office]
    next: str | None = None


class OfficeSearch(Struct, frozen=True, kw_only=True):
    """over: those whose term is over, too."""

    member: Annotated[str, Meta(max_length=26)] | None = None
    over: bool = False


class OfficeNew(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """member: the id of an active member. starts_on: today if it is left out. ends_on: the first
    day on which it no longer holds. decision: who decided so, and when. name: needed for committee
    and other."""

    member: str
    office: OfficeName
    ends_on: date
    decision: OfficeWords
    starts_on: date | None = None
    name: OfficeWords = ""


class OfficeEnd(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    reason: OfficeWords


class Committee(Struct, frozen=True):
    """id, and purpose and decision: null and empty while nobody said what it is for. ends_on: the
    first day on which it is over. seats: the offices of its name, the latest first."""

    id: str | None
    name: str
    purpose: str
    decision: str
    ends_on: date | None
    is_over: bool
    seats: list[Office]


class CommitteeList(Struct, frozen=True):
    items: list[Committee]
    next: str | None = None


class CommitteeNew(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """name: as that of its seats, in any case. purpose: what it decides. decision: who set it up,
    and when."""

    name: OfficeWords
    purpose: Annotated[str, Meta(max_length=limits.COMMITTEE_PURPOSE_LONGEST)]
    decision: OfficeWords
    ends_on: date | None = None
