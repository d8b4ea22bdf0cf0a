"""The life of a case about a listing that somebody reported, as a table."""

from enum import StrEnum

from node.i18n import Text, _
from node.machine import Machine


class State(StrEnum):
    REPORTED = "reported"
    LEFT = "left"
    WITHHELD = "withheld"
    APPEALED = "appealed"
    UPHELD = "upheld"
    RESTORED = "restored"


class Act(StrEnum):
    """What is done about it: appeal is the owner's, the others are the desk's."""

    LEAVE = "leave"
    WITHHOLD = "withhold"
    APPEAL = "appeal"
    UPHOLD = "uphold"
    RESTORE = "restore"


class Reason(StrEnum):
    """What is said to be wrong with a listing."""

    ILLEGAL = "illegal"
    FRAUD = "fraud"
    UNSAFE = "unsafe"
    HATEFUL = "hateful"
    PRIVATE = "private"
    WRONG = "wrong"
    OTHER = "other"


LIFE = Machine(
    name="case",
    initial=State.REPORTED,
    table={
        (State.REPORTED, Act.LEAVE): State.LEFT,
        (State.REPORTED, Act.WITHHOLD): State.WITHHELD,
        (State.WITHHELD, Act.APPEAL): State.APPEALED,
        (State.WITHHELD, Act.RESTORE): State.RESTORED,
        (State.APPEALED, Act.UPHOLD): State.UPHELD,
        (State.APPEALED, Act.RESTORE): State.RESTORED,
        (State.UPHELD, Act.RESTORE): State.RESTORED,
    },
    words={
        State.REPORTED: _("reported"),
        State.LEFT: _("looked at, and left as it is"),
        State.WITHHELD: _("withheld"),
        State.APPEALED: _("withheld, to be looked at again"),
        State.UPHELD: _("withheld, looked at twice"),
        State.RESTORED: _("shown again"),
        Act.LEAVE: _("Leave it as it is"),
        Act.WITHHOLD: _("Withhold it"),
        Act.APPEAL: _("Ask for it to be looked at again"),
        Act.UPHOLD: _("It stays withheld"),
        Act.RESTORE: _("Show it again"),
    },
)

REASONS: dict[Reason, Text] = {
    Reason.ILLEGAL: _("Against the law"),
    Reason.FRAUD: _("A fraud, or somebody else’s"),
    Reason.UNSAFE: _("A danger to people or animals"),
    Reason.HATEFUL: _("Against people for what they are"),
    Reason.PRIVATE: _("Shows what is private"),
    Reason.WRONG: _("Not true, or not to be had any more"),
    Reason.OTHER: _("Something else"),
}
