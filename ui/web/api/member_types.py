"""What the API sends and takes about members."""

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from node import limits
from ui.web.api.types import Limit, ShortText


class Member(Struct, frozen=True):
    """until: the day on which a probation is to be decided, a pause is over, or who leaves has
    left."""

    id: str
    number: int | None
    name: str
    kind: str
    membership_class: str
    status: str
    joined_on: date | None
    has_account: bool
    representative: str | None = None
    email: str | None = None
    phone: str | None = None
    address: str | None = None
    until: date | None = None


class MemberInvitation(Struct, frozen=True):
    """link: works once, until then, and is not shown again."""

    link: str
    expires_at: datetime


class MemberAccount(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """handle: by which somebody signs in here already."""

    handle: Annotated[str, Meta(min_length=1, max_length=limits.NAME_LONGEST)]


class MemberList(Struct, frozen=True):
    items: list[Member]
    next: str | None = None


class ContactChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a member is reached; what is left out stays as it is, an empty text takes it away."""

    email: ShortText | UnsetType = UNSET
    phone: ShortText | UnsetType = UNSET
    address: ShortText | UnsetType = UNSET


class MemberSearch(Struct, frozen=True, kw_only=True):
    """q: a number, or parts of a name. status: those who are members today, unless one is said."""

    q: Annotated[str, Meta(max_length=200)] = ""
    membership_class: (
        Literal["worker", "user", "producer", "community", "investor", "supporter"] | None
    ) = None
    status: Literal["probation", "active", "paused", "leaving", "suspended", "ended"] | None = None
    limit: Limit = 100
    cursor: Annotated[str, Meta(max_length=26)] | None = None


class MemberChange(ContactChange, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays as it is. membership_class: from today on; the rest was wrong until
    now. reason: it stands in the register for good."""

    membership_class: (
        Literal["worker", "user", "producer", "community", "investor", "supporter"] | UnsetType
    ) = UNSET
    name: Annotated[str, Meta(min_length=1, max_length=limits.NAME_LONGEST)] | UnsetType = UNSET
    representative: ShortText | UnsetType = UNSET
    reason: Annotated[str, Meta(min_length=1, max_length=limits.OFFICE_WORDS_LONGEST)]


class MemberStep(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """until: the first day on which a pause, a notice or a probation is over. why: where it
    ends. reason: it stands in the register for good."""

    event: Literal[
        "confirm",
        "pause",
        "return",
        "suspend",
        "reinstate",
        "give-notice",
        "stay",
        "extend",
        "end",
    ]
    until: date | None = None
    why: Literal["resigned", "expelled", "deceased", "lapsed", "dissolved"] | None = None
    reason: Annotated[str, Meta(min_length=1, max_length=limits.APPLICATION_TEXT_LONGEST)]


class MemberNew(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    membership_class: Literal[
        "worker", "user", "producer", "community", "investor", "supporter"
    ] = "user"
    kind: Literal["person", "firm"] = "person"
    representative: str | None = None
    email: ShortText | None = None
    phone: ShortText | None = None
    address: ShortText | None = None
