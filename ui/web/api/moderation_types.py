"""What the API says and takes of offers that were reported."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from node import limits

ReasonName = Literal["illegal", "fraud", "unsafe", "hateful", "private", "wrong", "other"]


class ListingReportNew(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """words: needed for "other". tell_them: also the coop whose listing it is, without a name."""

    reason: ReasonName
    words: Annotated[str, Meta(max_length=limits.REPORT_LONGEST)] = ""
    tell_them: bool = False


class ReportItem(Struct, frozen=True):
    """coop: which coop complained; null for one of ours, or a guest."""

    reason: str
    words: str
    coop: str | None
    reported_at: datetime


class CaseItem(Struct, frozen=True):
    id: str
    uri: str
    title: str
    state: str
    ground: str | None
    statement: str
    appeal: str
    answer: str
    opened_at: datetime
    appeal_by: datetime | None
    reports: list[ReportItem]
    can: list[str]


class CaseList(Struct, frozen=True):
    items: list[CaseItem]
    next: str | None = None


class CaseDecision(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """words: what the owner is told, needed to withhold and to uphold. ground: to withhold."""

    do: Literal["leave", "withhold", "uphold", "restore"]
    words: Annotated[str, Meta(max_length=limits.REPORT_LONGEST)] = ""
    ground: ReasonName | Literal[""] = ""
