"""When something is to be: moments that can be computed with, and a zone that exists. Pure."""

from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from node.errors import InvalidInput
from node.i18n import _

_YEARS = range(2000, 2200)


def days_of(start: datetime, end: datetime, time_zone: str | None) -> tuple[date, date]:
    """The first and the last day, by the clocks of the place."""
    place = ZoneInfo(time_zone or "UTC")
    return start.astimezone(place).date(), end.astimezone(place).date()


def nights_of(start: datetime, end: datetime, time_zone: str | None) -> int:
    """How many nights, or days, lie between: one at least."""
    first, last = days_of(start, end, time_zone)
    return max((last - first).days, 1)


def check_times(start: datetime | None, end: datetime | None, time_zone: str | None) -> None:
    """Raises InvalidInput for the fields `start`, `end` or `time_zone`."""
    for field, moment in (("start", start), ("end", end)):
        if moment is None:
            continue
        if moment.tzinfo is None:
            raise InvalidInput(
                {field: [_("Say the time with its zone, such as 2027-03-01T09:00:00Z.")]}
            )
        if moment.year not in _YEARS:
            raise InvalidInput({field: [_("Choose a day of this century.")]})
    if time_zone is None:
        return
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput(
            {"time_zone": [_("Name a time zone such as Europe/Rome or Africa/Nairobi.")]}
        ) from None
