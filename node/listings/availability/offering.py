"""The hours of a listing as calendar programs repeat them (RFC 5545, RFC 7953). Pure."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from node.calendars import Offered
from node.listings.availability.models import Way
from node.listings.availability.rules import Availability, Hours, OtherDay, Shift


def offered(said: Availability, uid: str, today: date) -> list[Offered]:
    """Its weekly hours from this week on, its shifts from their first day on, and its other days
    from today on. Closed days are told as busy."""
    if said.way is not Way.SLOTS:
        return []
    monday = today - timedelta(days=today.weekday())
    rules = [
        *(Shift(monday + timedelta(days=one.weekday), 1, (one.hours,)) for one in said.weekly),
        *said.shifts,
    ]
    days = [one for one in said.other_days if one.day >= monday]
    found = [each for rule in rules for each in _repeated(said, uid, rule, days)]
    return [*found, *(each for day in days for each in _once(said, uid, day))]


def _repeated(said: Availability, uid: str, rule: Shift, days: list[OtherDay]) -> Iterator[Offered]:
    overruled = [one.day for one in days if rule.is_on(one.day)]
    for hours in rule.hours:
        but = tuple(_moment(said, day, hours.start) for day in overruled)
        yield _entry(said, uid, rule.first, hours, weeks=rule.weeks, but=but)


def _once(said: Availability, uid: str, other: OtherDay) -> Iterator[Offered]:
    for hours in other.hours:
        yield _entry(said, uid, other.day, hours)


def _entry(
    said: Availability,
    uid: str,
    first: date,
    hours: Hours,
    *,
    weeks: int = 0,
    but: tuple[datetime, ...] = (),
) -> Offered:
    start, end = _moment(said, first, hours.start), _moment(said, first, hours.end)
    # What is had every week begins anew each week: it is the same by its weekday.
    day = f"{start:%u}" if weeks == 1 else f"{start:%Y%m%d}"
    own = f"{uid}-{day}T{start:%H%M}-{weeks}"
    return Offered(own, start, end, "Available", weeks=weeks, but=but, whole=uid)


def _moment(said: Availability, day: date, minute: int) -> datetime:
    """As the clock on the wall shows it."""
    return datetime.combine(day, time(), said.place) + timedelta(minutes=minute)
