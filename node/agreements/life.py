"""The life of an agreement as data: its states, what may happen in each, and who may do it. Pure.

One table is read by commands, buttons, the API, the messages from peers and the tests. A row says
where an event leads and whose it is (`sides`). How it is paid has tables of its own (`paying`).
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from node.agreements.sides import Side, Who, check_side
from node.i18n import _
from node.machine import Machine


class State(StrEnum):
    """Where an agreement is in its life."""

    DRAFTED = "drafted"
    REQUESTED = "requested"
    WAITING = "waiting"
    COUNTERED = "countered"
    ACCEPTED = "accepted"
    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    DELIVERED = "delivered"
    CONFIRMED = "confirmed"
    SETTLED = "settled"
    DECLINED = "declined"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"
    DISPUTED = "disputed"
    RESOLVED = "resolved"


class Event(StrEnum):
    """What can happen to an agreement."""

    REQUEST = "request"
    ACCEPT = "accept"
    COUNTER = "counter"
    WAIT = "wait"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    SCHEDULE = "schedule"
    CHANGE = "change"
    AGREE_CHANGE = "agree_change"
    REFUSE_CHANGE = "refuse_change"
    START = "start"
    DELIVER_PART = "deliver_part"
    DELIVER = "deliver"
    CONFIRM = "confirm"
    AUTO_CONFIRM = "auto_confirm"
    SETTLE = "settle"
    CANCEL = "cancel"
    REPORT_NO_SHOW = "report_no_show"
    DISPUTE = "dispute"
    UPHOLD = "uphold"
    OFFER_PARTIAL = "offer_partial"
    AGREE_PARTIAL = "agree_partial"
    REFUND_ALL = "refund_all"


_ROWS: tuple[tuple[State, Event, State, Who], ...] = (
    (State.DRAFTED, Event.REQUEST, State.REQUESTED, Who.ASKER),
    (State.DRAFTED, Event.WITHDRAW, State.CANCELLED, Who.ASKER),
    (State.REQUESTED, Event.ACCEPT, State.ACCEPTED, Who.ANSWERER),
    (State.REQUESTED, Event.COUNTER, State.COUNTERED, Who.ANSWERER),
    (State.REQUESTED, Event.WAIT, State.WAITING, Who.ANSWERER),
    (State.REQUESTED, Event.DECLINE, State.DECLINED, Who.ANSWERER),
    (State.REQUESTED, Event.WITHDRAW, State.CANCELLED, Who.ASKER),
    (State.REQUESTED, Event.EXPIRE, State.EXPIRED, Who.CLOCK),
    (State.WAITING, Event.ACCEPT, State.ACCEPTED, Who.ANSWERER),
    (State.WAITING, Event.COUNTER, State.COUNTERED, Who.ANSWERER),
    (State.WAITING, Event.DECLINE, State.DECLINED, Who.ANSWERER),
    (State.WAITING, Event.WITHDRAW, State.CANCELLED, Who.ASKER),
    (State.WAITING, Event.EXPIRE, State.EXPIRED, Who.CLOCK),
    (State.COUNTERED, Event.ACCEPT, State.ACCEPTED, Who.ASKER),
    (State.COUNTERED, Event.COUNTER, State.REQUESTED, Who.ASKER),
    (State.COUNTERED, Event.DECLINE, State.DECLINED, Who.ASKER),
    # Either side's: the asker may take the request back while the counter-offer is on its way.
    (State.COUNTERED, Event.WITHDRAW, State.CANCELLED, Who.EITHER),
    (State.COUNTERED, Event.EXPIRE, State.EXPIRED, Who.CLOCK),
    (State.ACCEPTED, Event.SCHEDULE, State.SCHEDULED, Who.CLOCK),
    (State.ACCEPTED, Event.START, State.IN_PROGRESS, Who.PROVIDER),
    (State.ACCEPTED, Event.DELIVER_PART, State.IN_PROGRESS, Who.PROVIDER),
    (State.ACCEPTED, Event.DELIVER, State.DELIVERED, Who.PROVIDER),
    (State.ACCEPTED, Event.CHANGE, State.ACCEPTED, Who.EITHER),
    (State.ACCEPTED, Event.AGREE_CHANGE, State.ACCEPTED, Who.EITHER),
    (State.ACCEPTED, Event.REFUSE_CHANGE, State.ACCEPTED, Who.EITHER),
    (State.ACCEPTED, Event.CANCEL, State.CANCELLED, Who.EITHER),
    (State.ACCEPTED, Event.DISPUTE, State.DISPUTED, Who.EITHER),
    (State.SCHEDULED, Event.START, State.IN_PROGRESS, Who.PROVIDER),
    (State.SCHEDULED, Event.DELIVER_PART, State.IN_PROGRESS, Who.PROVIDER),
    (State.SCHEDULED, Event.DELIVER, State.DELIVERED, Who.PROVIDER),
    (State.SCHEDULED, Event.CHANGE, State.SCHEDULED, Who.EITHER),
    (State.SCHEDULED, Event.AGREE_CHANGE, State.SCHEDULED, Who.EITHER),
    (State.SCHEDULED, Event.REFUSE_CHANGE, State.SCHEDULED, Who.EITHER),
    (State.SCHEDULED, Event.CANCEL, State.CANCELLED, Who.EITHER),
    (State.SCHEDULED, Event.REPORT_NO_SHOW, State.NO_SHOW, Who.EITHER),
    (State.SCHEDULED, Event.DISPUTE, State.DISPUTED, Who.EITHER),
    (State.IN_PROGRESS, Event.DELIVER_PART, State.IN_PROGRESS, Who.PROVIDER),
    (State.IN_PROGRESS, Event.DELIVER, State.DELIVERED, Who.PROVIDER),
    (State.IN_PROGRESS, Event.CHANGE, State.IN_PROGRESS, Who.EITHER),
    (State.IN_PROGRESS, Event.AGREE_CHANGE, State.IN_PROGRESS, Who.EITHER),
    (State.IN_PROGRESS, Event.REFUSE_CHANGE, State.IN_PROGRESS, Who.EITHER),
    (State.IN_PROGRESS, Event.DISPUTE, State.DISPUTED, Who.EITHER),
    (State.DELIVERED, Event.CONFIRM, State.CONFIRMED, Who.CUSTOMER),
    (State.DELIVERED, Event.AUTO_CONFIRM, State.CONFIRMED, Who.CLOCK),
    (State.DELIVERED, Event.DISPUTE, State.DISPUTED, Who.EITHER),
    (State.CONFIRMED, Event.SETTLE, State.SETTLED, Who.CLOCK),
    (State.CONFIRMED, Event.DISPUTE, State.DISPUTED, Who.EITHER),
    # A dispute may be on its way while the other node's clock confirms and settles.
    (State.SETTLED, Event.DISPUTE, State.DISPUTED, Who.EITHER),
    (State.NO_SHOW, Event.DISPUTE, State.DISPUTED, Who.EITHER),
    # Whoever would lose by an end may decide it alone; the middle takes both.
    (State.DISPUTED, Event.UPHOLD, State.RESOLVED, Who.CUSTOMER),
    (State.DISPUTED, Event.REFUND_ALL, State.RESOLVED, Who.PROVIDER),
    (State.DISPUTED, Event.OFFER_PARTIAL, State.DISPUTED, Who.PROVIDER),
    (State.DISPUTED, Event.AGREE_PARTIAL, State.RESOLVED, Who.CUSTOMER),
)

LIFE = Machine(
    "agreement",
    State.DRAFTED,
    {(before, event): after for before, event, after, _who in _ROWS},
    {
        State.DRAFTED: _("a draft"),
        State.REQUESTED: _("asked for"),
        State.WAITING: _("on the waiting list"),
        State.COUNTERED: _("answered with another offer"),
        State.ACCEPTED: _("agreed"),
        State.SCHEDULED: _("agreed, with a time"),
        State.IN_PROGRESS: _("under way"),
        State.DELIVERED: _("delivered"),
        State.CONFIRMED: _("confirmed by both"),
        State.SETTLED: _("settled"),
        State.DECLINED: _("declined"),
        State.EXPIRED: _("not answered in time"),
        State.CANCELLED: _("cancelled"),
        State.NO_SHOW: _("missed"),
        State.DISPUTED: _("disputed"),
        State.RESOLVED: _("resolved"),
        Event.REQUEST: _("Ask for it"),
        Event.ACCEPT: _("Accept"),
        Event.COUNTER: _("Make another offer"),
        Event.WAIT: _("Put on the waiting list"),
        Event.DECLINE: _("Decline"),
        Event.WITHDRAW: _("Take it back"),
        Event.EXPIRE: _("Let it run out"),
        Event.SCHEDULE: _("Put in the calendar"),
        Event.CHANGE: _("Ask for a change"),
        Event.AGREE_CHANGE: _("Agree to the change"),
        Event.REFUSE_CHANGE: _("Keep it as it was"),
        Event.START: _("Begin"),
        Event.DELIVER_PART: _("Mark a part as delivered"),
        Event.DELIVER: _("Mark as delivered"),
        Event.CONFIRM: _("Confirm that it was delivered"),
        Event.AUTO_CONFIRM: _("Let it count as confirmed"),
        Event.SETTLE: _("Settle"),
        Event.CANCEL: _("Cancel"),
        Event.REPORT_NO_SHOW: _("Report that nobody came"),
        Event.DISPUTE: _("Say that something is wrong"),
        Event.UPHOLD: _("Let it stand"),
        Event.OFFER_PARTIAL: _("Offer a part back"),
        Event.AGREE_PARTIAL: _("Take the part offered"),
        Event.REFUND_ALL: _("Give everything back"),
    },
)

WHO: Mapping[tuple[State, Event], Who] = {(s, e): who for s, e, _after, who in _ROWS}

OPEN = frozenset({State.REQUESTED, State.WAITING, State.COUNTERED})
"""Somebody has to answer, by a deadline."""
RUNNING = frozenset({State.ACCEPTED, State.SCHEDULED, State.IN_PROGRESS})
"""Agreed, and not delivered yet: its times and pieces are taken, its terms can be changed."""
OVER = frozenset({State.DECLINED, State.EXPIRED, State.CANCELLED, State.NO_SHOW, State.RESOLVED})

_AT_WORK = frozenset(
    {State.IN_PROGRESS, State.DELIVERED, State.CONFIRMED, State.SETTLED, State.DISPUTED}
)
_CROSSED: Mapping[tuple[State, Event], State] = {
    (State.EXPIRED, Event.DECLINE): State.DECLINED,
    (State.EXPIRED, Event.WITHDRAW): State.CANCELLED,
    (State.DECLINED, Event.WITHDRAW): State.CANCELLED,
    (State.DELIVERED, Event.AGREE_CHANGE): State.DELIVERED,
    (State.IN_PROGRESS, Event.CANCEL): State.CANCELLED,
    (State.DISPUTED, Event.CANCEL): State.CANCELLED,
    (State.NO_SHOW, Event.CANCEL): State.CANCELLED,
    (State.CANCELLED, Event.CANCEL): State.CANCELLED,
    (State.CANCELLED, Event.DELIVER_PART): State.DISPUTED,
    (State.CANCELLED, Event.DELIVER): State.DISPUTED,
    (State.NO_SHOW, Event.REPORT_NO_SHOW): State.DISPUTED,
    (State.DISPUTED, Event.REPORT_NO_SHOW): State.DISPUTED,
    (State.RESOLVED, Event.REFUND_ALL): State.RESOLVED,
}


def crossed(state: State, event: Event, *, is_delivered: bool = False) -> State | None:
    """Where it ends when something else was said here while the other side's word was on its way,
    so that both nodes come to the same: see `crossing`, which says when it is so.

    Of a request nothing came: what somebody said goes before the clock, and taking it back before
    declining. A change that was agreed holds though it was delivered meanwhile. Cancelling goes
    before what the other side said, or began, without knowing of it; where they delivered
    (is_delivered: any of it), people have to talk. Two who each say that the other did not come
    disagree. Giving everything back goes before taking less. None: this is no such crossing.
    """
    if event is Event.CANCEL and is_delivered and state in _AT_WORK:
        return State.DISPUTED
    return _CROSSED.get((state, event))


def next_state(state: State, event: Event, sides: Iterable[Side] | None) -> State:
    """Where an event leads. sides: whom somebody speaks for; None: the clock.

    Raises Conflict when the state rules it out, NotAllowed when it is the other side's.
    """
    after = LIFE.next_state(state, event)
    check_side(WHO[state, event], sides, LIFE.word(event))
    return after


def comes_later(state: State, event: Event) -> bool:
    """Whether an event that is not possible now can be so later: it came before another."""
    seen, frontier = {state}, [state]
    while frontier:
        now = frontier.pop()
        for (before, _event), after in LIFE.table.items():
            if before == now and after not in seen:
                seen.add(after)
                frontier.append(after)
    return any((later, event) in LIFE.table for later in seen - {state})
