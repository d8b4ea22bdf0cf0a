"""Hours of work, as the API sends and takes them."""

from datetime import date, datetime
from typing import Annotated

from msgspec import Meta, Struct

from node import limits

Year = Annotated[int, Meta(ge=1, le=9998)]
Minutes = Annotated[int, Meta(ge=1, le=24 * 60)]


class Hours(Struct, frozen=True):
    """What a member did on a day. committee: empty for the coop as a whole. state: noted, confirmed
    or sent-back. version: goes up with every change; a decision names it. reason: why it was sent
    back."""

    id: str
    member: str
    member_name: str
    worked_on: date
    minutes: int
    activity: str
    committee: str
    state: str
    version: int
    noted_at: datetime
    decided_at: datetime | None
    reason: str


class HoursList(Struct, frozen=True):
    items: list[Hours]
    next: str | None = None


class HoursSearch(Struct, frozen=True, kw_only=True):
    """year: only work of that year."""

    year: Year | None = None
    cursor: Annotated[str, Meta(max_length=26)] | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 100


class HoursYear(Struct, frozen=True, kw_only=True):
    year: Year


class HoursNew(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """activity: in a few words, the same for the same work. committee: the name of one there is."""

    worked_on: date
    minutes: Minutes
    activity: Annotated[str, Meta(max_length=limits.WORK_ACTIVITY_LONGEST)]
    committee: Annotated[str, Meta(max_length=limits.OFFICE_WORDS_LONGEST)] = ""


class HoursDecision(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """version: of the entry as it was read. reason: needed where it is sent back."""

    counts: bool
    version: Annotated[int, Meta(ge=1, le=10**9)]
    reason: Annotated[str, Meta(max_length=limits.WORK_REASON_LONGEST)] = ""


class HoursSum(Struct, frozen=True):
    """Minutes of one member at one activity."""

    member: str
    member_name: str
    activity: str
    confirmed: int
    waiting: int


class HoursSums(Struct, frozen=True):
    items: list[HoursSum]
    next: str | None = None
