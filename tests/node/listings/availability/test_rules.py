"""Free times against a slow reference that looks at the wall clock once a minute."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import combinations, pairwise, product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from node.listings import Kind
from node.listings.availability import clocks, rules
from node.listings.availability.checking import check
from node.listings.availability.clocks import Span
from node.listings.availability.models import Way
from node.listings.availability.rules import (
    Availability,
    FreeTime,
    Hours,
    OtherDay,
    Shift,
    Taken,
    Weekly,
    free_times,
    occupied,
    refusal,
    room,
    stay,
)

MINUTE = timedelta(minutes=1)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
EVERY_DAY = tuple(range(7))

# A zone and a date near a change of its clocks: in spring, in autumn, by half an hour, at midnight.
CHANGES = [
    ("Europe/Berlin", date(2027, 3, 28)),
    ("Europe/Berlin", date(2027, 10, 31)),
    ("America/St_Johns", date(2027, 3, 14)),
    ("Australia/Lord_Howe", date(2027, 4, 4)),
    ("Australia/Lord_Howe", date(2027, 10, 3)),
    ("Africa/Cairo", date(2027, 4, 30)),
    ("Asia/Kathmandu", date(2027, 2, 28)),
    ("America/New_York", date(2027, 11, 7)),
]


def at(text: str, zone: str = "UTC", fold: int = 0) -> datetime:
    """ "2027-03-28 09:00" on the wall there, as a moment in UTC."""
    local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return local.astimezone(UTC)


def hours(text: str) -> Hours:
    """ "09:00-12:30"."""
    start, end = (int(part[:2]) * 60 + int(part[3:]) for part in text.split("-"))
    return Hours(start, end if end > start else end + clocks.DAY)


def every_day(*spans: str, **fields: object) -> Availability:
    weekly = tuple(Weekly(day, hours(one)) for day in EVERY_DAY for one in spans)
    return Availability(Way.SLOTS, **{"weekly": weekly, "ahead_days": 730, **fields})  # type: ignore[arg-type]


def starts(said: Availability, day: date, zone: str) -> list[str]:
    """When one can begin on a day, as a clock there shows it."""
    found = free_times(said, day, day, [], LONG_AGO.replace(year=2026, month=12))
    return [one.start.astimezone(ZoneInfo(zone)).strftime("%H:%M") for one in found]


def test_a_night_that_skips_an_hour_has_one_slot_less() -> None:
    said = every_day("00:00-05:00", zone="Europe/Berlin")
    assert starts(said, date(2027, 3, 28), "Europe/Berlin") == ["00:00", "01:00", "03:00", "04:00"]


def test_a_night_that_repeats_an_hour_has_one_slot_more() -> None:
    said = every_day("00:00-05:00", zone="Europe/Berlin")
    assert starts(said, date(2027, 10, 31), "Europe/Berlin") == [
        "00:00", "01:00", "02:00", "02:00", "03:00", "04:00",
    ]  # fmt: skip


def test_hours_that_lie_wholly_in_the_skipped_hour_do_not_take_place() -> None:
    said = every_day("02:00-03:00", zone="Europe/Berlin")
    assert starts(said, date(2027, 3, 28), "Europe/Berlin") == []
    assert starts(said, date(2027, 3, 29), "Europe/Berlin") == ["02:00"]


def test_nine_oclock_stays_nine_oclock_when_clocks_change() -> None:
    said = every_day("09:00-10:00", zone="Europe/Berlin")
    found = free_times(said, date(2027, 3, 27), date(2027, 3, 28), [], at("2027-03-01 00:00"))
    assert [one.start for one in found] == [at("2027-03-27 08:00"), at("2027-03-28 07:00")]


def test_slots_end_at_midnight_and_go_on_after_it() -> None:
    assert starts(every_day("22:00-00:00"), date(2027, 1, 4), "UTC") == ["22:00", "23:00"]
    assert starts(every_day("23:00-01:00"), date(2027, 1, 4), "UTC") == ["23:00", "00:00"]


def test_a_slot_begun_yesterday_can_be_had() -> None:
    said = every_day("23:00-01:00")
    span = Span(at("2027-01-05 00:00"), at("2027-01-05 01:00"))
    assert refusal(said, span, at("2027-01-01 00:00")) is None


def test_a_date_overrules_its_weekday() -> None:
    christmas, fair = date(2027, 12, 25), date(2027, 12, 27)
    other = (OtherDay(christmas), OtherDay(fair, (hours("12:00-13:00"),)))
    said = every_day("09:00-11:00", other_days=other)
    found = free_times(said, christmas, fair, [], at("2027-12-01 00:00"))
    assert [f"{one.start:%d %H}" for one in found] == ["26 09", "26 10", "27 12"]


def test_nights_go_over_the_end_of_a_month() -> None:
    said = Availability(Way.NIGHTS, "Europe/Rome", least=2, most=7)
    span = stay(said, date(2027, 1, 30), date(2027, 2, 2))
    assert span == (at("2027-01-30 15:00", "Europe/Rome"), at("2027-02-02 11:00", "Europe/Rome"))
    now = at("2027-01-05 00:00")
    assert refusal(said, span, now) is None
    assert refusal(said, stay(said, date(2027, 1, 31), date(2027, 2, 1)), now) is not None
    found = free_times(said, date(2027, 1, 31), date(2027, 2, 1), [Taken(*span)], now)
    assert [one.start for one in found] == []


def test_guests_come_on_the_day_on_which_others_leave() -> None:
    said = Availability(Way.NIGHTS, "Europe/Rome", most=7)
    first = stay(said, date(2027, 3, 27), date(2027, 3, 29))  # clocks change in between
    next_ = stay(said, date(2027, 3, 29), date(2027, 3, 30))
    assert room(said, next_, [Taken(*first)]) == 1
    assert room(said, stay(said, date(2027, 3, 28), date(2027, 3, 30)), [Taken(*first)]) == 0


def test_a_closed_night_cannot_be_part_of_a_stay() -> None:
    closed = (OtherDay(date(2027, 2, 1)),)
    said = Availability(Way.NIGHTS, "Europe/Rome", most=7, other_days=closed)
    now = at("2027-01-05 00:00")
    assert refusal(said, stay(said, date(2027, 1, 31), date(2027, 2, 2)), now) is not None
    assert refusal(said, stay(said, date(2027, 1, 31), date(2027, 2, 1)), now) is None


def test_days_begin_at_midnight_where_there_is_one() -> None:
    said = Availability(Way.DAYS, "Africa/Cairo", most=3)
    # Cairo's clocks go from 00:00 to 01:00: that day is an hour shorter.
    span = stay(said, date(2027, 4, 30), date(2027, 5, 1))
    assert span.end - span.start == timedelta(hours=23)
    assert refusal(said, span, at("2027-04-01 00:00")) is None


@pytest.mark.parametrize(
    ("text", "is_offered"),
    [
        ("2027-01-05 11:59", False),  # an hour and 59 minutes from now
        ("2027-01-05 12:00", True),
        ("2027-01-07 10:00", True),
        ("2027-01-07 11:00", False),  # two days and an hour
    ],
)
def test_neither_too_soon_nor_too_far_ahead(text: str, is_offered: bool) -> None:
    said = every_day("00:00-24:00", lead=120, ahead_days=2, slot=60)
    now, start = at("2027-01-05 10:00"), at(text)
    span = Span(start.replace(minute=0), start.replace(minute=0) + timedelta(hours=1))
    told = refusal(said, span if start.minute == 0 else Span(start, start + 60 * MINUTE), now)
    assert (told is None) is is_offered


def test_several_slots_must_lie_side_by_side() -> None:
    said = every_day("09:00-12:00", "14:00-16:00", most=3)
    now, day = at("2027-01-01 00:00"), "2027-01-04"
    assert refusal(said, Span(at(f"{day} 09:00"), at(f"{day} 12:00")), now) is None
    assert refusal(said, Span(at(f"{day} 11:00"), at(f"{day} 14:00")), now) is not None
    assert refusal(said, Span(at(f"{day} 09:30"), at(f"{day} 10:30")), now) is not None


def test_the_time_around_a_slot_keeps_the_next_one_away() -> None:
    said = every_day("09:00-13:00", before=30, after=15)
    taken = occupied(said, [Taken(at("2027-01-04 10:00"), at("2027-01-04 11:00"))], [])
    found = free_times(said, date(2027, 1, 4), date(2027, 1, 4), taken, at("2027-01-01 00:00"))
    assert [f"{one.start:%H}" for one in found] == ["12"]


def test_a_calendar_takes_one_place_however_much_overlaps_in_it() -> None:
    said = every_day("09:00-10:00", capacity=2)
    span = Span(at("2027-01-04 09:15"), at("2027-01-04 09:45"))
    taken = occupied(said, [], [[span, span]])
    [free] = free_times(said, date(2027, 1, 4), date(2027, 1, 4), taken, at("2027-01-01 00:00"))
    assert free.left == 1


def test_shifts_of_two_weeks_take_turns() -> None:
    early = Shift(date(2027, 1, 4), 2, (hours("06:00-08:00"),))
    late = Shift(date(2027, 1, 11), 2, (hours("14:00-16:00"),))
    said = Availability(Way.SLOTS, shifts=(early, late), slot=120, ahead_days=60)
    assert check(said, Kind.SERVICE) == {}
    found = free_times(said, date(2026, 12, 20), date(2027, 2, 1), [], at("2026-12-20 00:00"))
    assert [f"{one.start:%d %H}" for one in found] == ["04 06", "11 14", "18 06", "25 14", "01 06"]


def test_one_chooses_how_long_it_takes() -> None:
    said = every_day("09:00-11:00", slot=30, lengths=(30, 60, 90), after=15)
    assert check(said, Kind.SERVICE) == {}
    now, day = at("2027-01-01 00:00"), date(2027, 1, 4)
    found = free_times(said, day, day, [], now)
    spans = [(f"{one.start:%H:%M}", int((one.end - one.start) / MINUTE)) for one in found]
    assert spans == [
        ("09:00", 30), ("09:00", 60), ("09:00", 90), ("09:30", 30), ("09:30", 60), ("09:30", 90),
        ("10:00", 30), ("10:00", 60), ("10:30", 30),
    ]  # fmt: skip
    taken = occupied(said, [Taken(at("2027-01-04 09:30"), at("2027-01-04 10:00"))], [])
    left = free_times(said, day, day, taken, now)
    assert [(f"{one.start:%H:%M}", f"{one.end:%H:%M}") for one in left] == [("10:30", "11:00")]
    begin = at("2027-01-04 09:00")
    told = refusal(said, Span(begin, begin + 45 * MINUTE), now)
    assert told is not None
    assert "30, 60, 90" in str(told.why)
    assert refusal(said, Span(begin, begin + 20 * MINUTE), now).code == "too-short"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"lengths": (30, 60), "most": 2}, "lengths"),
        ({"lengths": (30, 30)}, "lengths"),
        ({"lengths": (0, 60)}, "lengths"),
        ({"lengths": (30, 60), "slot": 10}, "lengths"),
        ({"shifts": (Shift(date(2027, 1, 4), 0, (hours("10:00-12:00"),)),)}, "shifts"),
        ({"shifts": (Shift(date(2027, 1, 4), 2, ()),)}, "shifts"),
        ({"shifts": (Shift(date(2027, 1, 4), 2, (hours("09:30-12:00"),)),)}, "shifts"),
        ({"shifts": (Shift(date.min, 2, (hours("10:00-12:00"),)),)}, "shifts"),
        (
            {
                "shifts": (
                    Shift(date(2027, 1, 4), 2, (hours("10:00-12:00"),)),
                    Shift(date(2027, 1, 25), 3, (hours("11:00-13:00"),)),
                )
            },
            "shifts",
        ),
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"zone": "../../etc/passwd"}, "zone"),
        ({"slot": 0}, "slot"),
        ({"capacity": 0}, "capacity"),
        ({"weekly": ()}, "weekly"),
        ({"weekly": (Weekly(7, hours("09:00-10:00")),)}, "weekly"),
        ({"weekly": (Weekly(0, Hours(600, 540)),)}, "weekly"),
        ({"weekly": (Weekly(0, hours("09:00-11:00")), Weekly(0, hours("10:00-12:00")))}, "weekly"),
        ({"other_days": (OtherDay(date(2027, 1, 1)), OtherDay(date(2027, 1, 1)))}, "other_days"),
        ({"least": 3, "most": 2}, "most"),
        ({"way": Way.NIGHTS}, "way"),
    ],
)
def test_what_cannot_be_is_told_at_its_field(fields: dict, field: str) -> None:
    said = every_day("09:00-10:00", **fields) if "way" not in fields else Availability(**fields)
    assert list(check(said, Kind.SERVICE)) == [field]


def test_guests_must_leave_before_the_next_ones_come() -> None:
    said = Availability(Way.NIGHTS, check_in=600, check_out=660)
    assert list(check(said, Kind.STAY)) == ["check_out"]


# The reference: every minute by itself.


def open_minutes(said: Availability, day: date) -> Iterator[list[datetime]]:
    """For each of a day's hours the minutes at which the wall clock is within them, as runs."""
    of_day = [one.hours for one in said.weekly if one.weekday == day.weekday()]
    for shift in said.shifts:
        on = shift.first
        while on < day:
            on += timedelta(weeks=shift.weeks)
        of_day += shift.hours if on == day else ()
    for other in said.other_days:
        of_day = list(other.hours) if other.day == day else of_day
    midnight = datetime.combine(day, time())
    for start, end in of_day:
        run: list[datetime] = []
        for minute, shown in wall_clock(said.place, day):
            if midnight + start * MINUTE <= shown < midnight + end * MINUTE:
                if run and run[-1] != minute - MINUTE:
                    yield run
                    run = []
                run.append(minute)
        if run:
            yield run


@cache
def wall_clock(zone: ZoneInfo, day: date) -> list[tuple[datetime, datetime]]:
    """Every minute about a day, and what the clock on the wall shows."""
    midnight = datetime.combine(day, time(), UTC)
    minutes = [midnight + number * MINUTE for number in range(-16 * 60, 64 * 60)]
    return [(minute, minute.astimezone(zone).replace(tzinfo=None)) for minute in minutes]


def slow_free_times(
    said: Availability, first: date, last: date, holds: Sequence[Taken], now: datetime
) -> list[FreeTime]:
    use: dict[datetime, int] = {}
    for one in holds:
        minute = one.start - said.before * MINUTE
        while minute < one.end + said.after * MINUTE:
            use[minute] = use.get(minute, 0) + one.quantity
            minute += MINUTE
    found = set()
    day = first
    while day <= last:
        for run in open_minutes(said, day):
            for begin, length in product(
                range(0, len(run), said.slot), said.lengths or [said.slot]
            ):
                if begin + length > len(run):
                    continue
                start, end = run[begin], run[begin] + length * MINUTE
                soon, late = now + said.lead * MINUTE, now + timedelta(days=said.ahead_days)
                around = range(-said.before, length + said.after)
                left = said.capacity - max(use.get(start + n * MINUTE, 0) for n in around)
                if soon <= start <= late and left > 0:
                    found.add(FreeTime(start, end, left))
        day += timedelta(days=1)
    return sorted(found)


@st.composite
def situations(draw: st.DrawFn) -> tuple[Availability, date, list[Taken], datetime]:
    zone, day = draw(st.sampled_from(CHANGES))
    bounds = draw(st.lists(st.integers(0, 1440), min_size=2, max_size=6, unique=True).map(sorted))
    if len(bounds) % 2:
        bounds.pop()
    day_hours = [Hours(a, b) for a, b in zip(bounds[::2], bounds[1::2], strict=True)]
    if draw(st.booleans()) and day_hours[-1].start:
        day_hours[-1] = Hours(day_hours[-1].start, 1440 + draw(st.integers(0, day_hours[-1].start)))
    if draw(st.booleans()):
        weeks = [draw(st.integers(1, 3)) for _day in range(4)]
        ago = [timedelta(weeks=draw(st.integers(-1, 4)), days=shift) for shift in range(-2, 2)]
        each = zip(ago, weeks, strict=True)
        shifts = tuple(Shift(day - back, often, tuple(day_hours)) for back, often in each)
        weekly: tuple[Weekly, ...] = ()
    else:
        weekly = tuple(Weekly(weekday, one) for weekday in EVERY_DAY for one in day_hours)
        shifts = ()
    said = Availability(
        Way.SLOTS,
        zone,
        weekly,
        draw(st.sampled_from([(), (OtherDay(day),), (OtherDay(day, (Hours(60, 200),)),)])),
        slot=draw(st.integers(20, 180)),
        before=draw(st.sampled_from([0, 7, 30])),
        after=draw(st.sampled_from([0, 11, 60])),
        lead=draw(st.sampled_from([0, 90])),
        capacity=draw(st.integers(1, 3)),
        shifts=shifts,
        lengths=draw(st.sampled_from([(), (30, 60, 90), (45, 200)])),
    )
    middle = datetime.combine(day, time(), UTC)
    holds = []
    for _number in range(draw(st.integers(0, 5))):
        start = middle + draw(st.integers(-1500, 2500)) * MINUTE
        length = draw(st.integers(1, 400)) * MINUTE
        holds.append(Taken(start, start + length, draw(st.integers(1, 2))))
    return said, day, holds, middle - timedelta(days=draw(st.integers(0, 2)))


@given(situations())
@examples(max_examples=40)
def test_free_times_are_those_of_a_clock_looked_at_every_minute(situation: tuple) -> None:
    said, day, holds, now = situation
    first, last = day - timedelta(days=1), day + timedelta(days=1)
    fast = free_times(said, first, last, occupied(said, holds, []), now)
    assert fast == slow_free_times(said, first, last, holds, now)


@given(situations())
@examples(max_examples=20)
def test_two_who_take_turns_with_any_lengths_never_meet(situation: tuple) -> None:
    said, day, _holds, now = situation
    holds: list[Taken] = []
    for take in (-1, 0, -1, 0):
        free = free_times(said, day, day, occupied(said, holds, []), now)
        if not free:
            break
        one = free[take]
        holds.append(Taken(one.start, one.end, one.left))
    for one, two in combinations(sorted(holds), 2):
        shared = one.quantity + two.quantity > said.capacity
        assert not shared or one.end + (said.before + said.after) * MINUTE <= two.start


@given(situations())
@examples(max_examples=40)
def test_what_is_told_to_be_free_can_be_had_and_is_not_free_after(situation: tuple) -> None:
    said, day, holds, now = situation
    taken = occupied(said, holds, [])
    for one in free_times(said, day, day, taken, now):
        span = Span(one.start, one.end)
        assert refusal(said, span, now) is None
        assert room(said, span, taken) == one.left
        full = [*taken, *occupied(said, [Taken(*span, one.left)], [])]
        assert room(said, span, full) <= 0


@given(st.sampled_from(CHANGES), st.integers(-3, 3), st.integers(0, 2 * 1440))
def test_a_moment_is_the_first_at_which_the_wall_clock_is_there(
    change: tuple[str, date], days: int, minute: int
) -> None:
    zone, day = ZoneInfo(change[0]), change[1] + timedelta(days=days)
    wanted = datetime.combine(day, time()) + minute * MINUTE
    probe = wanted.replace(tzinfo=UTC) - timedelta(hours=16)
    while probe.astimezone(zone).replace(tzinfo=None) < wanted:
        probe += MINUTE
    assert clocks.moment(zone, day, minute) == probe


def test_spans_that_touch_are_one() -> None:
    a, b, c, d = (at(f"2027-01-04 0{hour}:00") for hour in range(4))
    merged = rules.merged([Span(c, d), Span(a, b), Span(b, c)])
    assert merged == [Span(a, d)]
    assert all(one.end < two.start for one, two in pairwise(merged))
