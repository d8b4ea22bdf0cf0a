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
