from enum import StrEnum

import pytest

from node.errors import Conflict
from node.machine import Machine


class Door(StrEnum):
    OPEN = "open"
    SHUT = "shut"
    BRICKED_UP = "bricked-up"


class Act(StrEnum):
    OPEN = "open it"
    SHUT = "shut it"
    BRICK_UP = "brick it up"


TABLE = {
    (Door.OPEN, Act.SHUT): Door.SHUT,
    (Door.SHUT, Act.OPEN): Door.OPEN,
    (Door.SHUT, Act.BRICK_UP): Door.BRICKED_UP,
}
door = Machine("door", Door.OPEN, TABLE)


@pytest.mark.parametrize(("before", "act", "after"), [(*pair, TABLE[pair]) for pair in TABLE])
def test_every_row_of_the_table_leads_where_it_says(before, act, after):
    assert door.next_state(before, act) is after


def test_a_step_that_is_not_possible_names_those_that_are():
    with pytest.raises(Conflict) as refused:
        door.next_state(Door.SHUT, Act.SHUT)
    assert "open it, brick it up" in str(refused.value)
    assert refused.value.code == "door-state"


def test_an_end_says_that_it_is_final():
    with pytest.raises(Conflict, match="final"):
        door.next_state(Door.BRICKED_UP, Act.OPEN)


def test_the_buttons_come_from_the_table():
    assert door.events_from(Door.SHUT) == (Act.OPEN, Act.BRICK_UP)
    assert door.events_from(Door.BRICKED_UP) == ()


def test_a_table_with_a_state_nobody_can_reach_stops_the_program():
    with pytest.raises(ValueError, match="bricked-up"):
        Machine("door", Door.OPEN, {(Door.OPEN, Act.SHUT): Door.SHUT})
