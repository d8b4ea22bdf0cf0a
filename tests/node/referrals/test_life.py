"""Every state, with everything that anybody could want to do in it."""

from itertools import product

import pytest

from node.errors import Conflict, NotAllowed
from node.referrals.life import LIFE, WHOSE, Event, Party, State, comes_later, open_to, step

CELLS = list(product(State, Event, Party))


@pytest.mark.parametrize(("state", "event", "party"), CELLS)
def test_every_cell_leads_where_the_table_says_or_nowhere(state, event, party):
    if party not in WHOSE[event]:
        with pytest.raises(NotAllowed):
            step(state, event, party)
        assert event not in open_to(state, party)
    elif (state, event) in LIFE.table:
        assert step(state, event, party) is LIFE.table[state, event]
        assert event in open_to(state, party)
    else:
        with pytest.raises(Conflict):
            step(state, event, party)
        assert event not in open_to(state, party)


def test_every_event_is_somebodys():
    assert set(WHOSE) == set(Event)
    assert all(WHOSE.values())


@pytest.mark.parametrize("end", [State.CLOSED, State.DECLINED, State.FAILED, State.EXPIRED])
def test_from_an_end_nothing_leads_on(end):
    assert LIFE.events_from(end) == ()
    assert not any(comes_later(end, event) for event in Event)


def test_nobody_gets_to_the_work_without_a_yes():
    without = {pair: after for pair, after in LIFE.table.items() if pair[1] is not Event.ACCEPT}
    reached = {State.DRAFT}
    for _round in State:
        reached |= {after for (before, _event), after in without.items() if before in reached}
    assert not reached & {State.ACCEPTED, State.CONTACTED, State.IN_PROGRESS, State.COMPLETED}


def test_what_comes_too_early_is_told_from_what_comes_too_late():
    assert comes_later(State.SENT, Event.COMPLETE)
    assert comes_later(State.ACCEPTED, Event.START)
    assert not comes_later(State.COMPLETED, Event.START)
    assert not comes_later(State.DECLINED, Event.ACCEPT)
