"""Every step that there is, and those that somebody may take now. Pure."""

from collections.abc import Iterable

from node.agreements.life import LIFE, WHO, Event, State
from node.agreements.paying import (
    DEPOSITS,
    PAYABLE,
    PAYING,
    RETURNABLE,
    WHO_PAYS,
    WHO_RETURNS,
    Deposit,
    DepositEvent,
    Payment,
    PaymentEvent,
)
from node.agreements.sides import Side, is_of
from node.i18n import Text

Step = Event | PaymentEvent | DepositEvent


def possible(
    state: State, payment: Payment, deposit: Deposit, sides: Iterable[Side]
) -> tuple[Step, ...]:
    """What somebody who speaks for these sides may do now, in the order of the tables."""
    ours = list(sides)
    steps: list[Step] = [
        event for event in LIFE.events_from(state) if is_of(WHO[state, event], ours)
    ]
    if state in PAYABLE:
        steps += [
            event for event in PAYING.events_from(payment) if is_of(WHO_PAYS[payment, event], ours)
        ]
    if state in RETURNABLE:
        steps += [
            event
            for event in DEPOSITS.events_from(deposit)
            if is_of(WHO_RETURNS[deposit, event], ours)
        ]
    return tuple(steps)


def word(step: Step) -> Text:
    """What the button of a step is called."""
    if isinstance(step, PaymentEvent):
        return PAYING.word(step)
    return DEPOSITS.word(step) if isinstance(step, DepositEvent) else LIFE.word(step)
