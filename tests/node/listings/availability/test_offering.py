"""The hours of a listing as a calendar program repeats them: the same as we do."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events

from node import calendars
from node.listings.availability import rules
from node.listings.availability.models import Way
from node.listings.availability.offering import offered
from node.listings.availability.rules import Availability, OtherDay, Shift, Weekly
from tests.node.listings.availability.test_rules import hours

TODAY = date(2027, 3, 1)


def repeated(file: bytes, first: date, last: date) -> list[tuple[datetime, datetime]]:
    """What another program makes of it: AVAILABLE repeats as an event does."""
    calendar = icalendar.Calendar.from_ical(file)
    events = icalendar.Calendar()
    for zone in calendar.walk("VTIMEZONE"):
        events.add_component(zone)
    for part in calendar.walk("AVAILABLE"):
        event = icalendar.Event()
        for name, value in part.property_items(recursive=False):
            if name not in ("BEGIN", "END"):
                event.add(name, value, encode=False)
        events.add_component(event)
    found = recurring_ical_events.of(events).between(first, last + timedelta(days=1))
    return sorted((one.start.astimezone(UTC), one.end.astimezone(UTC)) for one in found)


@pytest.mark.parametrize("zone", ["Europe/Rome", "America/New_York", "Asia/Kathmandu"])
def test_another_program_repeats_them_on_the_same_days_across_a_change_of_clocks(zone: str) -> None:
    said = Availability(
        Way.SLOTS,
        zone,
        (Weekly(2, hours("09:00-12:00")), Weekly(4, hours("22:00-00:00"))),
        (
            OtherDay(date(2027, 3, 22)),
            OtherDay(date(2027, 3, 31), (hours("15:00-16:00"),)),
        ),
        shifts=(
            Shift(date(2027, 1, 4), 2, (hours("06:00-14:00"), hours("15:00-16:00"))),
            Shift(date(2027, 3, 28), 3, (hours("09:00-10:00"),)),
        ),
        slot=60,
        ahead_days=365,
    )
    file = calendars.written(offered(said, "l1", TODAY), datetime(2027, 3, 1, tzinfo=UTC))
    assert b"RRULE:FREQ=WEEKLY;INTERVAL=2" in file
    last = date(2027, 11, 30)
    days = [TODAY + timedelta(days=number) for number in range((last - TODAY).days + 1)]
    ours = sorted(
        (run.start, run.end) for day in days for run in rules._runs(said, day) if day >= TODAY
    )
    assert repeated(file, TODAY, last) == ours
    assert {one.start.astimezone(ZoneInfo(zone)).hour for one in map(rules.Span._make, ours)} == {
        6, 9, 15, 22,
    }  # fmt: skip


def uids(said: Availability, today: date) -> list[str]:
    """Of the whole and of each part of it."""
    file = calendars.written(offered(said, "l1", today), datetime(2027, 3, 1, tzinfo=UTC))
    read = icalendar.Calendar.from_ical(file)
    return [str(part["uid"]) for name in ("VAVAILABILITY", "AVAILABLE") for part in read.walk(name)]


def test_another_program_finds_the_same_hours_again_week_after_week() -> None:
    said = Availability(
        Way.SLOTS,
        "Europe/Rome",
        (Weekly(2, hours("09:00-12:00")), Weekly(2, hours("14:00-16:00"))),
        (OtherDay(date(2027, 3, 31), (hours("15:00-16:00"),)),),
        shifts=(
            Shift(date(2027, 1, 4), 2, (hours("06:00-14:00"),)),
            Shift(date(2027, 1, 7), 1, (hours("09:00-12:00"),)),
        ),
    )
    this_week = uids(said, TODAY)
    assert len(set(this_week)) == 6
    for later in (TODAY + timedelta(days=2), TODAY + timedelta(days=27)):
        assert uids(said, later) == this_week
    assert uids(said, date(2027, 4, 6)) == [one for one in this_week if "20270331" not in one]


def test_what_is_had_by_nights_or_pieces_has_no_hours() -> None:
    assert offered(Availability(Way.NIGHTS), "l1", TODAY) == []
