"""Members: the register of who belongs to the coop, in which class, and who speaks for it.

`rules` (classes, and the life of a membership as a table) · `chain` (the history as a chain of
hashes, particulars sealed beside it; `register` adds to it) · `commands`, `invitations`,
`holders` (an account that was here first), `bringing` (from a table) · `queries`.
None of it ever leaves the node.
"""

from node.members import personal  # noqa: F401 - it registers itself
from node.members.bringing import COLUMNS, Refusal, Report, import_members
from node.members.chain import Content
from node.members.colleagues import (
    INVITE_HOURS,
    ColleagueView,
    acting_for,
    close_colleagues,
    colleagues,
    end_colleague,
    forget_colleague,
    invite_colleague,
)
from node.members.commands import (
    add_member,
    admit,
    change_class,
    change_status,
    forget,
    forget_each,
    leave,
    link_account,
    note,
)
from node.members.contacts import contacts
from node.members.events import ColleagueEnded, MemberAdmitted, MembersForgotten, MembershipChanged
from node.members.holders import (
    accounts_of_nobody,
    enter_holder,
    give_account,
    without_account,
)
from node.members.invitations import invite, invite_new, makes_a_member
from node.members.queries import (
    HistoryLine,
    MemberView,
    accounts_away,
    accounts_of,
    by_account,
    by_number,
    count_by_class,
    count_named_still,
    first_fault,
    history,
    left_before,
    member,
    members,
    names,
)
from node.members.rules import (
    CLASS_WORDS,
    HERE,
    KIND_WORDS,
    OVER,
    PRESENT,
    Event,
    Kind,
    MembershipClass,
    Status,
    membership,
)
from node.members.standing import (
    STOPPED,
    Suspension,
    check_takes_part,
    is_suspended,
    suspension,
)

__all__ = [
    "CLASS_WORDS",
    "COLUMNS",
    "HERE",
    "INVITE_HOURS",
    "KIND_WORDS",
    "OVER",
    "PRESENT",
    "STOPPED",
    "ColleagueEnded",
    "ColleagueView",
    "Content",
    "Event",
    "HistoryLine",
    "Kind",
    "MemberAdmitted",
    "MemberView",
    "MembersForgotten",
    "MembershipChanged",
    "MembershipClass",
    "Refusal",
    "Report",
    "Status",
    "Suspension",
    "accounts_away",
    "accounts_of",
    "accounts_of_nobody",
    "acting_for",
    "add_member",
    "admit",
    "by_account",
    "by_number",
    "change_class",
    "change_status",
    "check_takes_part",
    "close_colleagues",
    "colleagues",
    "contacts",
    "count_by_class",
    "count_named_still",
    "end_colleague",
    "enter_holder",
    "first_fault",
    "forget",
    "forget_colleague",
    "forget_each",
    "give_account",
    "history",
    "import_members",
    "invite",
    "invite_colleague",
    "invite_new",
    "is_suspended",
    "leave",
    "left_before",
    "link_account",
    "makes_a_member",
    "member",
    "members",
    "membership",
    "names",
    "note",
    "suspension",
    "without_account",
]
