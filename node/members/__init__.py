"""Members: the register of who belongs to the coop, in which class, and who speaks for it.

`rules` (classes, and the life of a membership as a table) · `chain` (the history as a chain of
hashes, particulars sealed beside it; `register` adds to it) · `commands`, `invitations`,
`holders` (an account that was here first), `bringing` (from a table) · `colleagues` (several act
for a firm) · `standing`, `telling` (what a suspension stops, and how a member hears) · `queries`.
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
    heir_of,
    invite_colleague,
    pass_on,
    tell,
    together,
    with_colleagues,
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
from node.members.invitations import invite, invite_new
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
    check_takes_part,
    is_suspended,
    suspension,
)
from node.members.telling import Decision, addresses_of, last_decision

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
    "Decision",
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
    "accounts_away",
    "accounts_of",
    "accounts_of_nobody",
    "acting_for",
    "add_member",
    "addresses_of",
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
    "heir_of",
    "history",
    "import_members",
    "invite",
    "invite_colleague",
    "invite_new",
    "is_suspended",
    "last_decision",
    "leave",
    "left_before",
    "link_account",
    "member",
    "members",
    "membership",
    "names",
    "note",
    "pass_on",
    "suspension",
    "tell",
    "together",
    "with_colleagues",
    "without_account",
]
