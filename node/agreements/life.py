"""The life of an agreement as data: its states, what may happen in each, and who may do it. Pure.

One table is read by commands, buttons, the API, the messages from peers and the tests. A row says
where an event leads and whose it is. There are two sides, and two ways to look at them: one asked
and the other answers; one provides and the other is the customer. Whoever asked for a listing that
is offered is the customer; whoever answers a request is the provider. What the clock brings about
is nobody's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from node.errors import NotAllowed
from node.i18n import Text, _
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


class Payment(StrEnum):
    """How far paying is; the node only notes what people say."""

    NONE = "none"
    REQUESTED = "requested"
    MARKED_PAID = "marked_paid"
    RECEIVED = "received"
    REFUNDED_PART = "refunded_part"
    REFUNDED = "refunded"


class PaymentEvent(StrEnum):
    """What can happen to the payment."""

    REQUEST_PAYMENT = "request_payment"
    MARK_PAID = "mark_paid"
    RECEIVE = "receive"
    REFUND_PART = "refund_part"
    REFUND = "refund"


class Who(StrEnum):
    """Whose an event is."""

    ASKER = "asker"
    ANSWERER = "answerer"
    PROVIDER = "provider"
    CUSTOMER = "customer"
    EITHER = "either"
    CLOCK = "clock"


class Role(StrEnum):
    """What a side is to the agreement."""

    PROVIDER = "provider"
    CUSTOMER = "customer"

    @property
    def other(self) -> "Role":
        """The side across the table."""
        return Role.CUSTOMER if self is Role.PROVIDER else Role.PROVIDER


Step = Event | PaymentEvent

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

_PAYMENT_ROWS: tuple[tuple[Payment, PaymentEvent, Payment, Who], ...] = (
    (Payment.NONE, PaymentEvent.REQUEST_PAYMENT, Payment.REQUESTED, Who.PROVIDER),
    (Payment.NONE, PaymentEvent.MARK_PAID, Payment.MARKED_PAID, Who.CUSTOMER),
    (Payment.NONE, PaymentEvent.RECEIVE, Payment.RECEIVED, Who.PROVIDER),
    (Payment.REQUESTED, PaymentEvent.MARK_PAID, Payment.MARKED_PAID, Who.CUSTOMER),
    (Payment.REQUESTED, PaymentEvent.RECEIVE, Payment.RECEIVED, Who.PROVIDER),
    (Payment.MARKED_PAID, PaymentEvent.RECEIVE, Payment.RECEIVED, Who.PROVIDER),
    (Payment.RECEIVED, PaymentEvent.REFUND_PART, Payment.REFUNDED_PART, Who.PROVIDER),
    (Payment.RECEIVED, PaymentEvent.REFUND, Payment.REFUNDED, Who.PROVIDER),
    (Payment.REFUNDED_PART, PaymentEvent.REFUND_PART, Payment.REFUNDED_PART, Who.PROVIDER),
    (Payment.REFUNDED_PART, PaymentEvent.REFUND, Payment.REFUNDED, Who.PROVIDER),
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

PAYING = Machine(
    "payment",
    Payment.NONE,
    {(before, event): after for before, event, after, _who in _PAYMENT_ROWS},
    {
        Payment.NONE: _("not asked for yet"),
        Payment.REQUESTED: _("asked for"),
        Payment.MARKED_PAID: _("said to be paid"),
        Payment.RECEIVED: _("received"),
        Payment.REFUNDED_PART: _("partly given back"),
        Payment.REFUNDED: _("given back"),
        PaymentEvent.REQUEST_PAYMENT: _("Ask for the payment"),
        PaymentEvent.MARK_PAID: _("Mark as paid"),
        PaymentEvent.RECEIVE: _("Mark as received"),
        PaymentEvent.REFUND_PART: _("Give a part back"),
        PaymentEvent.REFUND: _("Give the payment back"),
    },
)

WHO: Mapping[tuple[State, Event], Who] = {(s, e): who for s, e, _after, who in _ROWS}
WHO_PAYS: Mapping[tuple[Payment, PaymentEvent], Who] = {
    (s, e): who for s, e, _after, who in _PAYMENT_ROWS
}

OPEN = frozenset({State.REQUESTED, State.WAITING, State.COUNTERED})
"""Somebody has to answer, by a deadline."""
RUNNING = frozenset({State.ACCEPTED, State.SCHEDULED, State.IN_PROGRESS})
"""Agreed, and not delivered yet: its times and pieces are taken, its terms can be changed."""
OVER = frozenset({State.DECLINED, State.EXPIRED, State.CANCELLED, State.NO_SHOW, State.RESOLVED})
PAYABLE = frozenset(State) - OPEN - {State.DRAFTED, State.DECLINED, State.EXPIRED}
"""Money may have to change hands: a late cancellation costs something, a refund comes after all."""


class Method(StrEnum):
    """How it is paid."""

    BANK = "bank"
    CASH = "cash"
    MOBILE = "mobile"
    CREDIT = "credit"
    NETTING = "netting"
    PROCESSOR = "processor"


METHOD_WORDS: Mapping[Method, Text] = {
    Method.BANK: _("bank transfer"),
    Method.CASH: _("cash"),
    Method.MOBILE: _("mobile money"),
    Method.CREDIT: _("time credit"),
    Method.NETTING: _("set off between our coops"),
    Method.PROCESSOR: _("card or payment service"),
}


@dataclass(frozen=True, slots=True)
class Side:
    """One side of an agreement."""

    role: Role
    asked: bool

    def may(self, who: Who) -> bool:
        """Whether an event of theirs is this side's."""
        match who:
            case Who.EITHER:
                return True
            case Who.ASKER | Who.ANSWERER:
                return self.asked is (who is Who.ASKER)
            case Who.PROVIDER | Who.CUSTOMER:
                return self.role == who.value
            case _:
                return False


def next_state(state: State, event: Event, sides: Iterable[Side] | None) -> State:
    """Where an event leads. sides: whom somebody speaks for; None: the clock.

    Raises Conflict when the state rules it out, NotAllowed when it is the other side's.
    """
    after = LIFE.next_state(state, event)
    _check_side(WHO[state, event], sides, LIFE.word(event))
    return after


def next_payment(
    state: State, payment: Payment, event: PaymentEvent, sides: Iterable[Side] | None
) -> Payment:
    """`next_state` for the payment; it begins when something is agreed."""
    if state not in PAYABLE:
        LIFE.next_state(state, Event.SETTLE)  # says what is possible instead
    after = PAYING.next_state(payment, event)
    _check_side(WHO_PAYS[payment, event], sides, PAYING.word(event))
    return after


def possible(state: State, payment: Payment, sides: Iterable[Side]) -> tuple[Step, ...]:
    """What somebody who speaks for these sides may do now, in the order of the table."""
    ours = list(sides)
    steps: list[Step] = [
        event for event in LIFE.events_from(state) if _is_of(WHO[state, event], ours)
    ]
    if state in PAYABLE:
        steps += [
            event for event in PAYING.events_from(payment) if _is_of(WHO_PAYS[payment, event], ours)
        ]
    return tuple(steps)


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


def _is_of(who: Who, sides: Iterable[Side]) -> bool:
    return any(side.may(who) for side in sides)


def _check_side(who: Who, sides: Iterable[Side] | None, word: Text) -> None:
    if who is Who.CLOCK:
        if sides is None:
            return
        raise NotAllowed(_("“%(event)s” happens by itself.", event=word), "not-yours")
    if sides is None or not _is_of(who, sides):
        raise NotAllowed(_("“%(event)s” is for the other side to do.", event=word), "not-yours")
