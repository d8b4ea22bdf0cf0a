from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.errors import Conflict, InvalidInput
from node.ledger import rules
from node.ledger.rules import PeriodEvent, PeriodState
from node.money import LARGEST_AMOUNT, Money

CURRENCIES = {"GBP": 2, "JPY": 0, "HOUR": 2, "CREDIT": 3}
some_money = st.builds(
    lambda amount, currency: Money(amount, currency, CURRENCIES[currency]),
    st.integers(-(10**9), 10**9).filter(bool),
    st.sampled_from(sorted(CURRENCIES)),
)


@given(st.lists(some_money, min_size=1, max_size=20))
def test_lines_with_their_opposites_balance_and_one_unit_more_does_not(lines):
    even = [*lines, *(-money for money in lines)]
    rules.check_balanced(even)
    assert rules.differences(even) == {}
    first = lines[0]
    extra = Money(1 if first.amount > 0 else -1, first.currency, first.scale)
    with pytest.raises(InvalidInput, match="differ"):
        rules.check_balanced([first + extra, *even[1:]])


@given(st.lists(some_money, max_size=30))
def test_what_differs_is_the_sum_of_each_currency(lines):
    sums = {code: sum(m.amount for m in lines if m.currency == code) for code in CURRENCIES}
    found = {code: money.amount for code, money in rules.differences(lines).items()}
    assert found == {code: amount for code, amount in sums.items() if amount}


def test_pounds_do_not_make_up_for_hours():
    with pytest.raises(InvalidInput) as refused:
        rules.check_balanced([Money(100, "GBP", 2), Money(-100, "HOUR", 2)])
    assert [str(one) for one in refused.value.fields["lines"]] == [
        "Debit and credit differ by 1.00 GBP. They must be the same.",
        "Debit and credit differ by 1.00 HOUR. They must be the same.",
    ]


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [Money(1, "GBP", 2)],
        [Money(0, "GBP", 2), Money(0, "GBP", 2)],
        [Money(1, "GBP", 3), Money(-1, "GBP", 3)],
        [Money(LARGEST_AMOUNT + 1, "GBP", 2), Money(-LARGEST_AMOUNT - 1, "GBP", 2)],
        [Money(1, "GBP", 2), Money(-1, "GBP", 2)] * 51,
    ],
)
def test_an_entry_that_says_nothing_or_too_much_is_refused(lines):
    with pytest.raises(InvalidInput) as refused:
        rules.check_balanced(lines)
    assert list(refused.value.fields) == ["lines"]


def test_a_month_closes_softly_first_and_for_good_at_last():
    closed = rules.periods.next_state(PeriodState.OPEN, PeriodEvent.SOFT_CLOSE)
    assert rules.periods.events_from(closed) == (PeriodEvent.REOPEN, PeriodEvent.CLOSE)
    assert rules.periods.events_from(PeriodState.CLOSED) == ()
    with pytest.raises(Conflict, match="close but for adjustments"):
        rules.periods.next_state(PeriodState.OPEN, PeriodEvent.CLOSE)


def test_a_month_before_one_that_is_closed_is_closed_too():
    decided = {"2027-02": PeriodState.CLOSED, "2027-04": PeriodState.SOFT_CLOSED}
    assert rules.state_of("2027-01", decided) is PeriodState.CLOSED
    assert rules.state_of("2027-03", decided) is PeriodState.OPEN
    assert rules.state_of("2027-04", decided) is PeriodState.SOFT_CLOSED


def test_months_are_closed_for_good_in_order():
    decided = {"2027-01": PeriodState.OPEN, "2027-02": PeriodState.SOFT_CLOSED}
    with pytest.raises(Conflict, match="2027-01"):
        rules.check_closing("2027-02", decided)
    rules.check_closing("2027-01", decided)


@pytest.mark.parametrize("adjusting", [False, True])
def test_nothing_is_written_in_a_closed_month(adjusting):
    with pytest.raises(Conflict, match="reversal today"):
        rules.check_open("2027-01", PeriodState.CLOSED, adjusting=adjusting)
    rules.check_open("2027-01", PeriodState.OPEN, adjusting=adjusting)


def test_only_adjustments_are_written_in_a_month_that_is_softly_closed():
    rules.check_open("2027-01", PeriodState.SOFT_CLOSED, adjusting=True)
    with pytest.raises(Conflict, match="treasurer"):
        rules.check_open("2027-01", PeriodState.SOFT_CLOSED, adjusting=False)


def test_a_month_knows_its_days():
    assert rules.days_of("2028-02") == (date(2028, 2, 1), date(2028, 2, 29))
    assert rules.days_of("2027-12") == (date(2027, 12, 1), date(2027, 12, 31))
    assert rules.period_of(date(2027, 12, 31)) == "2027-12"


@pytest.mark.parametrize(
    "text", ["2027", "2027-13", "2027-1", "january", "2027-01-01", "２０２７-01"]
)
def test_what_is_no_month_is_refused(text):
    with pytest.raises(InvalidInput):
        rules.check_period(text)


@pytest.mark.parametrize("text", ["a\x00b", "x" * 501, "a\ud800"])
def test_words_that_cannot_be_kept_are_refused(text):
    with pytest.raises(InvalidInput):
        rules.check_text(text)


def test_words_become_one_line_in_any_script():
    assert rules.check_text("  دقيق\u200f من \n Łódź ") == "دقيق\u200f من Łódź"


@pytest.mark.parametrize("day", [date(1989, 12, 31), date(2028, 2, 1), date(9999, 1, 1)])
def test_a_day_out_of_all_proportion_is_refused(day):
    with pytest.raises(InvalidInput):
        rules.check_date(day, date(2027, 1, 5))


@pytest.mark.parametrize(
    ("day", "begins", "year", "first", "last"),
    [
        ("2027-04-05", "04-06", 2026, "2026-04-06", "2027-04-05"),
        ("2027-04-06", "04-06", 2027, "2027-04-06", "2028-04-05"),
        ("2028-02-29", "03-01", 2027, "2027-03-01", "2028-02-29"),
        ("2027-12-31", "01-01", 2027, "2027-01-01", "2027-12-31"),
    ],
)
def test_a_financial_year_begins_on_the_coops_own_day(day, begins, year, first, last):
    assert rules.year_of(date.fromisoformat(day), begins) == year
    assert rules.days_of_year(year, begins) == (date.fromisoformat(first), date.fromisoformat(last))


@given(
    st.dates(date(1991, 1, 1), date(2999, 12, 31)), st.dates(date(2023, 1, 1), date(2023, 12, 31))
)
def test_each_day_is_in_one_financial_year(day, begins):
    start = f"{begins:%m-%d}"
    first, last = rules.days_of_year(rules.year_of(day, start), start)
    assert first <= day <= last
