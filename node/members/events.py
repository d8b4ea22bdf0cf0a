"""What other slices, and webhooks, may want to know about the register."""

from datetime import date

from msgspec import Struct

from node.members.rules import Status


class MemberAdmitted(Struct, frozen=True):
    """Somebody was taken in, perhaps on probation."""

    member_id: str


class ClassEntered(Struct, frozen=True):
    """Somebody is one more of each of these. left: the class that they come from, if another.

    Whoever raises Conflict keeps them out.
    """

    classes: frozenset[str]
    left: str | None = None


class MembersForgotten(Struct, frozen=True):
    """What is personal about these is destroyed; what other slices say of them is to go, too."""

    member_ids: tuple[str, ...]


class ColleagueEnded(Struct, frozen=True):
    """Somebody acts for a firm no longer. heir: the account that goes on with what they did."""

    account_id: str
    heir: str


class MembershipChanged(Struct, frozen=True):
    """Somebody's status, class or account is another now. account_before: the account that was
    theirs until now, if it is theirs no more."""

    member_id: str
    status: Status
    on: date
    by: str
    account_before: str | None = None
