"""Every cell of the tables: each state, each event, each party."""

import itertools

import pytest

from node.agreements.life import (
    LIFE,
    OPEN,
    PAYABLE,
    PAYING,
    WHO,
    WHO_PAYS,
    Event,
    Payment,
    PaymentEvent,
    Role,
    Side,
    State,
    Who,
    comes_later,
    next_payment,
    next_state,
    possible,
)
from node.errors import Conflict, NotAllowed

SIDES = {
    "asking customer": [Side(Role.CUSTOMER, asked=True)],
    "answering provider": [Side(Role.PROVIDER, asked=False)],
    "asking provider": [Side(Role.PROVIDER, asked=True)],
    "answering customer": [Side(Role.CUSTOMER, asked=False)],
}
PARTIES = SIDES | {"clock": None}
THEIRS = {
    Who.ASKER: {"asking customer", "asking provider"},
    Who.ANSWERER: {"answering provider", "answering customer"},
    Who.PROVIDER: {"answering provider", "asking provider"},
    Who.CUSTOMER: {"asking customer", "answering customer"},
    Who.EITHER: set(SIDES),
    Who.CLOCK: {"clock"},
}


@pytest.mark.parametrize("state", State)
def test_each_step_is_taken_only_where_the_table_has_it_and_by_whom_it_names(state):
    for event, party in itertools.product(Event, PARTIES):
        if (state, event) not in LIFE.table:
            with pytest.raises(Conflict) as refused:
                next_state(state, event, PARTIES[party])
            assert refused.value.code == "agreement-state"
        elif party in THEIRS[WHO[state, event]]:
            assert next_state(state, event, PARTIES[party]) is LIFE.table[state, event]
        else:
            with pytest.raises(NotAllowed):
                next_state(state, event, PARTIES[party])


@pytest.mark.parametrize("payment", Payment)
def test_each_step_of_paying_is_taken_only_where_the_table_has_it(payment):
    for event, party in itertools.product(PaymentEvent, PARTIES):
        if (payment, event) not in PAYING.table:
            with pytest.raises(Conflict):
                next_payment(State.CONFIRMED, payment, event, PARTIES[party])
        elif party in THEIRS[WHO_PAYS[payment, event]]:
            after = next_payment(State.CONFIRMED, payment, event, PARTIES[party])
            assert after is PAYING.table[payment, event]
        else:
            with pytest.raises(NotAllowed):
                next_payment(State.CONFIRMED, payment, event, PARTIES[party])


@pytest.mark.parametrize("state", sorted(set(State) - PAYABLE))
def test_nothing_is_paid_before_something_is_agreed(state):
    with pytest.raises(Conflict):
        next_payment(state, Payment.NONE, PaymentEvent.RECEIVE, SIDES["answering provider"])


@pytest.mark.parametrize("state", State)
def test_the_buttons_are_what_would_be_taken(state):
    for payment, party, step in itertools.product(Payment, SIDES, (*Event, *PaymentEvent)):
        taken = True
        try:
            if isinstance(step, Event):
                next_state(state, step, SIDES[party])
            else:
                next_payment(state, payment, step, SIDES[party])
        except (Conflict, NotAllowed):
            taken = False
        assert (step in possible(state, payment, SIDES[party])) is taken


def test_exactly_one_side_has_to_answer_what_is_open():
    for state in OPEN:
        assert len({WHO[state, event] for event in (Event.ACCEPT, Event.DECLINE)}) == 1


def test_whoever_speaks_for_both_sides_may_do_what_either_may():
    both = [*SIDES["asking customer"], *SIDES["answering provider"]]
    assert next_state(State.REQUESTED, Event.ACCEPT, both) is State.ACCEPTED
    assert next_state(State.REQUESTED, Event.WITHDRAW, both) is State.CANCELLED


def test_what_came_too_early_is_told_from_what_is_too_late():
    assert comes_later(State.REQUESTED, Event.CONFIRM)
    assert not comes_later(State.CONFIRMED, Event.DELIVER)
    assert not comes_later(State.CANCELLED, Event.ACCEPT)
