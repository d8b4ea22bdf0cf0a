"""What other slices, and webhooks, may want to know about the register."""

from dataclasses import dataclass
from datetime import date

from node.members.rules import Status


@dataclass(frozen=True, slots=True)
class MemberAdmitted:
    """Somebody was taken in, perhaps on probation."""

    member_id: str


@dataclass(frozen=True, slots=True)
class ClassEntered:
    """Somebody is one more of each of these. left: the class that they come from, if another.

    Whoever raises Conflict keeps them out.
    """

    classes: frozenset[str]
    left: str | None = None


@dataclass(frozen=True, slots=True)
class MembersForgotten:
    """What is personal about these is destroyed; what other slices say of them is to go, too."""

    member_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ColleagueEnded:
    """Somebody acts for a firm no longer. heir: the account that goes on with what they did."""

    account_id: str
    heir: str


@dataclass(frozen=True, slots=True)
class MembershipChanged:
    """Somebody's status, class or account is another now. account_before: the account that was
    theirs until now, if it is theirs no more."""

    member_id: str
    status: Status
    on: date
    by: str
    account_before: str | None = None
