"""What each office lends, and how long a term is: all pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest

from node import limits
from node.accounts import DUTIES, Duty, Role
from node.errors import InvalidInput
from node.offices import GIVES, NAMED, OFFICE_WORDS, Office, Standing
from node.offices.rules import (
    check_term,
    check_words,
    is_ending,
    next_moment,
    overlaps,
    standing,
)

A_DAY = timedelta(days=1)
FIRST, LAST = date(2027, 3, 1), date(2028, 3, 1)


@dataclass
class Term:
    starts_on: date = FIRST
    ends_on: date = LAST
    ended_on: date | None = None


def test_every_office_has_a_word_and_says_what_it_lends() -> None:
    assert set(OFFICE_WORDS) == set(GIVES) == set(Office)
    lent = frozenset[Role]().union(*GIVES.values())
    assert lent == set(Role) - {Role.MEMBER}
    assert not any(GIVES[office] for office in NAMED)


def test_every_duty_is_the_admins_and_one_other_role_is_enough_for_most() -> None:
    assert set(DUTIES) == set(Duty)
    assert all(Role.ADMIN in roles for roles in DUTIES.values())
    assert DUTIES[Duty.MODERATION] == {Role.ADMIN, Role.MODERATOR}
    assert Role.MODERATOR not in DUTIES[Duty.VOUCHING]


def test_a_term_comes_is_held_and_is_over_once_that_was_noted() -> None:
    assert standing(Term(), FIRST - A_DAY) is Standing.COMING
    assert standing(Term(), FIRST) is Standing.HELD
    assert standing(Term(), LAST + A_DAY) is Standing.HELD
    assert standing(Term(ended_on=FIRST), FIRST) is Standing.OVER


def test_the_clock_looks_at_its_beginning_a_month_before_its_end_and_at_its_end() -> None:
    reminder = LAST - limits.OFFICE_REMINDER
    today, seen = FIRST - A_DAY, []
    while today < LAST:
        today = next_moment(Term(), today).date()
        seen.append(today)
    assert seen == [FIRST, reminder, LAST]
    assert next_moment(Term(), LAST) == datetime(2028, 3, 2, tzinfo=UTC)
    assert not is_ending(Term(), reminder - A_DAY)
    assert is_ending(Term(), reminder)
    assert not is_ending(Term(starts_on=reminder), LAST - A_DAY)


def test_the_next_term_may_begin_on_the_day_on_which_the_last_is_over() -> None:
    assert overlaps(Term(), LAST - A_DAY, LAST + A_DAY)
    assert not overlaps(Term(), LAST, LAST + A_DAY)
    assert not overlaps(Term(ended_on=FIRST + A_DAY), FIRST + A_DAY, LAST)


@pytest.mark.parametrize(
    ("starts_on", "ends_on"),
    [(LAST, FIRST), (FIRST, FIRST), (FIRST, FIRST + limits.OFFICE_LONGEST + A_DAY)],
)
def test_a_term_that_cannot_be_is_refused(starts_on: date, ends_on: date) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_term(starts_on, ends_on, FIRST)
    assert list(refused.value.fields) == ["ends_on"]


def test_a_committee_needs_its_name_and_each_office_who_decided_so() -> None:
    with pytest.raises(InvalidInput) as refused:
        check_words(Office.COMMITTEE, " ", "")
    assert set(refused.value.fields) == {"name", "decision"}
    with pytest.raises(InvalidInput, match="name"):
        check_words(Office.COMMITTEE, " Coop ", "May meeting")
    assert check_words(Office.OTHER, "Coop", "May meeting") == ("Coop", "May meeting")
    assert check_words(Office.CHAIR, "ignored", " May\nmeeting ") == ("", "May meeting")
