"""Whose turn it is, and how far trust goes."""

from datetime import UTC, datetime, timedelta

import pytest

from node.clearing.rules import Headroom, free_until, held, turn_of
from node.money import Money

COOPS = ["https://a.example/coop", "https://b.example/coop", "https://c.example/coop"]
NEW_YEAR = datetime(2027, 1, 1, tzinfo=UTC)


def eur(cents: int) -> Money:
    return Money(cents, "EUR", 2)


def test_every_node_computes_the_same_turns_two_days_apart():
    turns = sorted(turn_of(coop, COOPS, NEW_YEAR, 5) for coop in COOPS)
    first = datetime(2027, 1, 5, 9, tzinfo=UTC)
    assert turns == [first, first + timedelta(days=2), first + timedelta(days=4)]


def test_another_coop_is_first_next_month():
    month = timedelta(days=31)
    first = min(COOPS, key=lambda coop: turn_of(coop, COOPS, NEW_YEAR, 5))
    after = min(COOPS, key=lambda coop: turn_of(coop, COOPS, NEW_YEAR + month, 5))
    assert first != after


def test_a_turn_that_is_over_comes_again_next_month():
    turn = turn_of(COOPS[0], COOPS, NEW_YEAR + timedelta(days=27), 5)
    assert turn.month == 2


def test_a_line_is_tight_from_eighty_percent_on():
    assert not Headroom(eur(10_000), eur(7_999)).is_tight
    assert Headroom(eur(10_000), eur(8_000)).is_tight
    assert not Headroom(eur(0), eur(0)).is_tight


def test_a_line_that_was_lowered_is_full_and_not_overdrawn():
    lowered = Headroom(eur(5_000), eur(8_000))
    assert lowered.left == eur(0)
    assert not lowered.takes(eur(1))
    assert lowered.percent == 100


@pytest.mark.parametrize(
    ("held", "until"),
    [
        ([], None),
        ([(0, 3), (3, 6), (6, 8.9)], None),  # as often as is tried, with all the time there is
        ([(0, 3), (3, 6), (6, 9)], 18),
        ([(0, 6), (6, 12)], 24),
        ([(0, 6), (6, 12), (24, 30)], None),  # it was free for as long
        ([(0, 6), (6, 12), (23, 29)], 47),
        ([(0, 6), (12, 18), (24, 30)], None),
        # One beside another holds nothing more, and frees nothing.
        ([(0, 8), (0.5, 0.75), (8.25, 16.25)], 32.25),
        ([(0, 8), (1, 8), (2, 7)], None),
        ([(0, 8), (7, 10)], 20),
    ],
)
def test_what_came_to_nothing_leaves_what_is_owed_free_for_as_long_as_it_held_it(held, until):
    def day(number):
        return NEW_YEAR + timedelta(days=number)

    found = free_until((day(called), day(ended)) for called, ended in held)
    assert found == (None if until is None else day(until))


@pytest.mark.parametrize(("answers_by", "ended", "until"), [(3, 2, 2), (3, 17, 17), (3, 40, 17)])
def test_a_silent_run_that_we_do_not_let_go_counts_no_longer_than_we_wait_for_word(
    answers_by, ended, until
):
    called, by, end, counted = (NEW_YEAR + timedelta(days=n) for n in (0, answers_by, ended, until))
    assert held(called, by, end) == (called, counted)
