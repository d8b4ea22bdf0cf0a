"""How an agreement is paid, as data: the payment and the deposit. Pure.

The node only notes what people say: it holds nobody's money. Rows are read as those of `life`.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from node.agreements.life import LIFE, OPEN, RUNNING, Event, State
from node.agreements.sides import Side, Who, check_side
from node.i18n import Text, _
from node.machine import Machine


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


class Deposit(StrEnum):
    """Where a deposit is."""

    NONE = "none"
    HELD = "held"
    RETURNED = "returned"
    KEPT = "kept"


class DepositEvent(StrEnum):
    """What can happen to a deposit. It is taken with the payment that it comes in."""

    TAKE_DEPOSIT = "take_deposit"
    RETURN_DEPOSIT = "return_deposit"
    KEEP_DEPOSIT = "keep_deposit"


class Method(StrEnum):
    """How it is paid."""

    BANK = "bank"
    CASH = "cash"
    MOBILE = "mobile"
    CREDIT = "credit"
    NETTING = "netting"
    PROCESSOR = "processor"


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

_DEPOSIT_ROWS: tuple[tuple[Deposit, DepositEvent, Deposit, Who], ...] = (
    (Deposit.NONE, DepositEvent.TAKE_DEPOSIT, Deposit.HELD, Who.CLOCK),
    (Deposit.HELD, DepositEvent.RETURN_DEPOSIT, Deposit.RETURNED, Who.PROVIDER),
    (Deposit.HELD, DepositEvent.KEEP_DEPOSIT, Deposit.KEPT, Who.PROVIDER),
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

DEPOSITS = Machine(
    "deposit",
    Deposit.NONE,
    {(before, event): after for before, event, after, _who in _DEPOSIT_ROWS},
    {
        Deposit.NONE: _("not left yet"),
        Deposit.HELD: _("left with who provides"),
        Deposit.RETURNED: _("given back"),
        Deposit.KEPT: _("kept, all or a part"),
        DepositEvent.TAKE_DEPOSIT: _("Take the deposit"),
        DepositEvent.RETURN_DEPOSIT: _("Give the deposit back"),
        DepositEvent.KEEP_DEPOSIT: _("Keep some of the deposit"),
    },
)

WHO_PAYS: Mapping[tuple[Payment, PaymentEvent], Who] = {
    (s, e): who for s, e, _after, who in _PAYMENT_ROWS
}
WHO_RETURNS: Mapping[tuple[Deposit, DepositEvent], Who] = {
    (s, e): who for s, e, _after, who in _DEPOSIT_ROWS
}
PAID = frozenset({Payment.RECEIVED, Payment.REFUNDED_PART, Payment.REFUNDED})
"""Once a payment was received, none is received again."""
PAYABLE = frozenset(State) - OPEN - {State.DRAFTED, State.DECLINED, State.EXPIRED}
"""Money may have to change hands: a late cancellation costs something, a refund comes after all."""
RETURNABLE = PAYABLE - RUNNING
"""It is done, or has come to nothing: what was left as a deposit can go back."""

METHOD_WORDS: Mapping[Method, Text] = {
    Method.BANK: _("bank transfer"),
    Method.CASH: _("cash"),
    Method.MOBILE: _("mobile money"),
    Method.CREDIT: _("time credit"),
    Method.NETTING: _("set off between our coops"),
    Method.PROCESSOR: _("card or payment service"),
}


def next_payment(
    state: State, payment: Payment, event: PaymentEvent, sides: Iterable[Side] | None
) -> Payment:
    """`next_state` for the payment; it begins when something is agreed."""
    if state not in PAYABLE:
        LIFE.next_state(state, Event.SETTLE)  # says what is possible instead
    after = PAYING.next_state(payment, event)
    check_side(WHO_PAYS[payment, event], sides, PAYING.word(event))
    return after


def next_deposit(
    state: State, deposit: Deposit, event: DepositEvent, sides: Iterable[Side] | None
) -> Deposit:
    """`next_state` for the deposit; it goes back when nothing more is to be delivered."""
    after = DEPOSITS.next_state(deposit, event)
    if state not in RETURNABLE:
        LIFE.next_state(state, Event.SETTLE)  # says what is possible instead
    check_side(WHO_RETURNS[deposit, event], sides, DEPOSITS.word(event))
    return after
