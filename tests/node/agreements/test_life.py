"""Every cell of the tables: each state, each event, each party."""

import itertools

import pytest

from node.agreements.choices import possible
from node.agreements.life import LIFE, OPEN, RUNNING, WHO, Event, State, comes_later, next_state
from node.agreements.paying import (
    PAYABLE,
    PAYING,
    WHO_PAYS,
    Deposit,
    DepositEvent,
    Payment,
    PaymentEvent,
    next_deposit,
    next_payment,
)
from node.agreements.sides import Role, Side, Who
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
        assert (step in possible(state, payment, Deposit.NONE, SIDES[party])) is taken


def test_a_deposit_goes_back_once_by_whoever_provides_and_only_when_it_is_over():
    ending = {DepositEvent.RETURN_DEPOSIT, DepositEvent.KEEP_DEPOSIT}
    for state, deposit, party in itertools.product(State, Deposit, SIDES):
        may = set(possible(state, Payment.NONE, deposit, SIDES[party])) & set(DepositEvent)
        is_over = state in PAYABLE - RUNNING and deposit is Deposit.HELD
        assert may == (ending if is_over and party in THEIRS[Who.PROVIDER] else set())
        for event in DepositEvent:
            if event not in may:
                with pytest.raises((Conflict, NotAllowed)):
                    next_deposit(state, deposit, event, SIDES[party])


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
