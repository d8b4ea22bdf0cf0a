"""Classes of members, and the life of a membership as a table. Pure."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from node import content, limits
from node.accounts.rules import check_name
from node.errors import InvalidInput
from node.i18n import LazyString, Text, _
from node.machine import Machine


class MembershipClass(StrEnum):
    """What somebody is in the coop."""

    WORKER = "worker"
    USER = "user"
    PRODUCER = "producer"
    COMMUNITY = "community"
    INVESTOR = "investor"
    SUPPORTER = "supporter"


class Kind(StrEnum):
    """A member is a person, or a firm (a legal person) for which somebody speaks."""

    PERSON = "person"
    FIRM = "firm"


class Status(StrEnum):
    """Where a membership stands."""

    APPLIED = "applied"
    PROBATION = "probation"
    ACTIVE = "active"
    PAUSED = "paused"
    SUSPENDED = "suspended"
    LEAVING = "leaving"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"


class Event(StrEnum):
    """What can happen to a membership."""

    ADMIT = "admit"
    ADMIT_ON_PROBATION = "admit-on-probation"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    CONFIRM = "confirm"
    PAUSE = "pause"
    RETURN = "return"
    SUSPEND = "suspend"
    REINSTATE = "reinstate"
    END = "end"
    GIVE_NOTICE = "give-notice"
    STAY = "stay"
    EXTEND = "extend"


class EndReason(StrEnum):
    """Why a membership ends."""

    RESIGNED = "resigned"
    EXPELLED = "expelled"
    DECEASED = "deceased"
    LAPSED = "lapsed"
    DISSOLVED = "dissolved"


KIND_WORDS: Mapping[Kind, Text] = {Kind.PERSON: _("person"), Kind.FIRM: _("firm")}

CLASS_WORDS: Mapping[MembershipClass, LazyString] = {
    MembershipClass.WORKER: _("worker"),
    MembershipClass.USER: _("user"),
    MembershipClass.PRODUCER: _("producer"),
    MembershipClass.COMMUNITY: _("community"),
    MembershipClass.INVESTOR: _("investor"),
    MembershipClass.SUPPORTER: _("supporter"),
}

END_WORDS: Mapping[EndReason, Text] = {
    EndReason.RESIGNED: _("resigned"),
    EndReason.EXPELLED: _("expelled"),
    EndReason.DECEASED: _("died"),
    EndReason.LAPSED: _("lapsed"),
    EndReason.DISSOLVED: _("the firm was dissolved"),
}

membership = Machine[Status, Event](
    "membership",
    Status.APPLIED,
    {
        (Status.APPLIED, Event.ADMIT): Status.ACTIVE,
        (Status.APPLIED, Event.ADMIT_ON_PROBATION): Status.PROBATION,
        (Status.APPLIED, Event.DECLINE): Status.DECLINED,
        (Status.APPLIED, Event.WITHDRAW): Status.WITHDRAWN,
        (Status.PROBATION, Event.CONFIRM): Status.ACTIVE,
        (Status.PROBATION, Event.END): Status.ENDED,
        (Status.ACTIVE, Event.PAUSE): Status.PAUSED,
        (Status.ACTIVE, Event.SUSPEND): Status.SUSPENDED,
        (Status.ACTIVE, Event.END): Status.ENDED,
        (Status.PAUSED, Event.RETURN): Status.ACTIVE,
        (Status.PAUSED, Event.SUSPEND): Status.SUSPENDED,
        (Status.PAUSED, Event.END): Status.ENDED,
        (Status.SUSPENDED, Event.REINSTATE): Status.ACTIVE,
        (Status.SUSPENDED, Event.END): Status.ENDED,
        (Status.ACTIVE, Event.GIVE_NOTICE): Status.LEAVING,
        (Status.PAUSED, Event.GIVE_NOTICE): Status.LEAVING,
        (Status.LEAVING, Event.STAY): Status.ACTIVE,
        (Status.LEAVING, Event.END): Status.ENDED,
        (Status.PROBATION, Event.EXTEND): Status.PROBATION,
        (Status.PAUSED, Event.EXTEND): Status.PAUSED,
        (Status.LEAVING, Event.EXTEND): Status.LEAVING,
    },
    words={
        Status.APPLIED: _("applied for"),
        Status.PROBATION: _("on probation"),
        Status.ACTIVE: _("active"),
        Status.PAUSED: _("paused"),
        Status.SUSPENDED: _("suspended"),
        Status.LEAVING: _("leaving"),
        Status.DECLINED: _("declined"),
        Status.WITHDRAWN: _("withdrawn"),
        Status.ENDED: _("ended"),
        Event.ADMIT: _("admit"),
        Event.ADMIT_ON_PROBATION: _("admit on probation"),
        Event.DECLINE: _("decline"),
        Event.WITHDRAW: _("withdraw"),
        Event.CONFIRM: _("confirm"),
        Event.PAUSE: _("pause"),
        Event.RETURN: _("return"),
        Event.SUSPEND: _("suspend"),
        Event.REINSTATE: _("reinstate"),
        Event.END: _("end"),
        Event.GIVE_NOTICE: _("end with notice"),
        Event.STAY: _("take the notice back"),
        Event.EXTEND: _("set another day"),
    },
)

# A member with one of these belongs to the coop and has a number.
PRESENT = (
    Status.PROBATION,
    Status.ACTIVE,
    Status.PAUSED,
    Status.LEAVING,
    Status.SUSPENDED,
)
# With one of these they take part, or may any day.
HERE = (Status.PROBATION, Status.ACTIVE, Status.PAUSED, Status.LEAVING)
# With one of these they hold offices: until its last day a membership is whole.
FULL = (Status.ACTIVE, Status.LEAVING)
# After one of these nothing more happens, and what is personal may be forgotten.
OVER = (Status.DECLINED, Status.WITHDRAWN, Status.ENDED)
FORGOTTEN = "—"
"""What the register calls somebody whom it has forgotten."""
NUMBER_LONGEST = 9
"""Digits of a number that a member can have."""
ADMITTING = (Event.ADMIT, Event.ADMIT_ON_PROBATION)
DECIDING = frozenset({*ADMITTING, Event.CONFIRM, Event.REINSTATE})
"""Somebody else decides these about whoever keeps the register."""
AGAINST = frozenset({Event.PAUSE, Event.SUSPEND, Event.GIVE_NOTICE, Event.END})
"""These take something away: of whoever looks after the node nobody else does so who does not."""
# A day goes with these, on which what begins is over or to be decided; with the last two always.
WITH_DAY = (Event.ADMIT_ON_PROBATION, Event.PAUSE, Event.GIVE_NOTICE, Event.EXTEND)
NEEDS_DAY = (Event.GIVE_NOTICE, Event.EXTEND)
ENDING = (Event.GIVE_NOTICE, Event.END)


def check_line(text: str | None, field: str) -> str | None:
    """What is noted of somebody beside their name, as stored. Raises InvalidInput for the field."""
    text = (text or "").strip()
    if len(text) > limits.MEMBER_CELL_LONGEST:
        raise InvalidInput({field: [_("This is too long.")]})
    return content.paragraphs(text, limits.MEMBER_CELL_LONGEST) or None


def check_day(event: Event, until: date | None, today: date) -> date | None:
    """The day that goes with an event. Raises InvalidInput for the field `until`."""
    if event not in WITH_DAY:
        return None
    if until is None and event in NEEDS_DAY:
        raise InvalidInput({"until": [_("Say from which day on.")]})
    if until is not None and until <= today:
        raise InvalidInput({"until": [_("Choose a day that is to come.")]})
    return until


def check_why(event: Event, why: str | None) -> EndReason | None:
    """Why a membership ends, if it does. Raises InvalidInput for the field `why`."""
    if event not in ENDING:
        return None
    if not why:
        raise InvalidInput({"why": [_("Say how it ends.")]})
    try:
        return EndReason(why)
    except ValueError:
        names = ", ".join(EndReason)
        raise InvalidInput({"why": [_("Choose from: %(names)s.", names=names)]}) from None


def check_representative(kind: Kind, name: str | None) -> str | None:
    """Who speaks for a firm, as stored. Raises InvalidInput for the field `representative`."""
    if kind is Kind.PERSON:
        return None
    if not (name or "").strip():
        raise InvalidInput({"representative": [_("Say who speaks for the firm.")]})
    try:
        return check_name(name or "")
    except InvalidInput as error:
        raise InvalidInput({"representative": error.fields["name"]}) from None
