"""The life of an entry, and what can be noted. All pure."""

from collections.abc import Collection
from datetime import date, timedelta
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from node import content, limits
from node.errors import InvalidInput
from node.i18n import Text, _
from node.machine import Machine

A_DAY = 24 * 60
"""In minutes."""
_A_DAY_AHEAD = timedelta(days=1)
"""East of Greenwich a day begins before ours ends."""


class State(StrEnum):
    """Where an entry stands."""

    NOTED = "noted"
    CONFIRMED = "confirmed"
    SENT_BACK = "sent-back"


class Event(StrEnum):
    """What can happen to it; as long as it can be changed, it can be taken back, too."""

    CHANGE = "change"
    CONFIRM = "confirm"
    SEND_BACK = "send-back"


LIFE = Machine(
    "hours",
    State.NOTED,
    {
        (State.NOTED, Event.CHANGE): State.NOTED,
        (State.NOTED, Event.CONFIRM): State.CONFIRMED,
        (State.NOTED, Event.SEND_BACK): State.SENT_BACK,
        (State.SENT_BACK, Event.CHANGE): State.NOTED,
        (State.CONFIRMED, Event.SEND_BACK): State.SENT_BACK,
    },
    words={
        State.NOTED: _("to be confirmed"),
        State.CONFIRMED: _("confirmed"),
        State.SENT_BACK: _("sent back"),
        Event.CHANGE: _("Change it"),
        Event.CONFIRM: _("Confirm"),
        Event.SEND_BACK: _("Send back"),
    },
)


class Work(Struct, frozen=True):
    """What somebody did. committee: the name of the one that it was for, if it was for one."""

    worked_on: date
    minutes: int
    activity: str
    committee: str = ""


def checked(work: Work, committees: Collection[str], today: date) -> Work:
    """As it is stored. committees: that it can be for. Raises InvalidInput by field."""
    work = replace(
        work,
        activity=content.name(work.activity, limits.WORK_ACTIVITY_LONGEST + 1),
        committee=" ".join(work.committee.split()),
    )
    faults: dict[str, list[Text]] = {}
    if work.worked_on > today + _A_DAY_AHEAD:
        faults["worked_on"] = [_("Note work when it is done: this day is still to come.")]
    elif work.worked_on < today - limits.WORK_NOTED_LATE:
        faults["worked_on"] = [_("Work is noted within a year.")]
    if not 0 < work.minutes <= A_DAY:
        faults["minutes"] = [_("Say how long: more than nothing, and 24 hours at most.")]
    if not work.activity:
        faults["activity"] = [_("Say in a few words what you did.")]
    elif len(work.activity) > limits.WORK_ACTIVITY_LONGEST:
        faults["activity"] = [_("This is too long.")]
    named = {one.casefold(): one for one in committees}
    if work.committee and work.committee.casefold() not in named:
        faults["committee"] = [_("There is no such committee.")]
    if faults:
        raise InvalidInput(faults)
    return replace(work, committee=named.get(work.committee.casefold(), ""))


def check_reason(reason: str) -> str:
    """As it is stored. Raises InvalidInput for the field `reason`."""
    reason = content.name(reason, limits.WORK_REASON_LONGEST + 1)
    if not reason:
        raise InvalidInput({"reason": [_("Say why, so that they can put it right.")]})
    if len(reason) > limits.WORK_REASON_LONGEST:
        raise InvalidInput({"reason": [_("This is too long.")]})
    return reason
