"""Hours and dates as people write them in one line, and back. Pure.

"09:00–12:00, 14–18" are hours; "2027-12-24 09:00–12:00" is a date with other hours, "2027-12-25"
one without any; "2027-01-04 06:00–14:00 /2" a date and every second week after it. "30, 60, 90" are
lengths in minutes.
"""

import re
from collections.abc import Iterable
from datetime import date

from node.i18n import Text, _
from node.listings.availability.clocks import DAY
from node.listings.availability.rules import Hours, OtherDay, Shift

_CLOCK = r"(\d{1,2})(?:[:.h](\d{2}))?"
_SHIFT = re.compile(r"(\S+)\s+(.+?)\s*/\s*(\d{1,2})", re.ASCII)
_HOURS = re.compile(rf"{_CLOCK}\s*(?:-|–|—|to)\s*{_CLOCK}")


class Unclear(ValueError):
    """What was written cannot be read; `told` says what could be."""

    def __init__(self, told: Text) -> None:
        super().__init__(str(told))
        self.told = told


def read_hours(text: str) -> tuple[Hours, ...]:
    """Hours with commas between them. An end before its beginning is on the next day.

    Raises Unclear.
    """
    parts = [part.strip() for part in re.split(r"[,;،]", text) if part.strip()]
    return tuple(map(_hours, parts))


def read_clock(text: str) -> int:
    """ "15:00", "15" or "15.00" as minutes of the day. Raises Unclear."""
    found = re.fullmatch(_CLOCK, text.strip())
    if found is None:
        raise Unclear(_("Write a time such as 15:00."))
    return _minutes(found[1], found[2])


def read_other_days(text: str) -> tuple[OtherDay, ...]:
    """One date a line, with its hours, or alone: closed. Raises Unclear."""
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        day, _space, hours = line.partition(" ")
        try:
            found.append(OtherDay(date.fromisoformat(day), read_hours(hours)))
        except ValueError as error:
            if isinstance(error, Unclear):
                raise
            raise Unclear(
                _("“%(day)s” is not a date: write it like 2027-12-25.", day=day[:30])
            ) from None
    return tuple(found)


def read_shifts(text: str) -> tuple[Shift, ...]:
    """One a line: its first date, its hours, and after how many weeks they come again. Raises
    Unclear."""
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        parts = _SHIFT.fullmatch(line)
        try:
            first = date.fromisoformat(parts[1]) if parts else None
        except ValueError:
            first = None
        if parts is None or first is None:
            raise Unclear(
                _("Write it like 2027-01-04 06:00–14:00 /2: every second week from then.")
            )
        found.append(Shift(first, int(parts[3]), read_hours(parts[2])))
    return tuple(found)


def read_lengths(text: str) -> tuple[int, ...]:
    """Minutes with commas between them. Raises Unclear."""
    parts = [part.strip() for part in re.split(r"[,;،]", text) if part.strip()]
    if not all(re.fullmatch(r"[0-9]{1,4}", part, re.ASCII) for part in parts):
        raise Unclear(_("Write minutes such as 30, 60, 90."))
    return tuple(sorted(map(int, parts)))


def write_shifts(shifts: Iterable[Shift]) -> str:
    """One a line, in order."""
    ordered = sorted(shifts, key=lambda one: (one.first, one.hours))
    return "\n".join(
        f"{one.first.isoformat()} {write_hours(one.hours)} /{one.weeks}" for one in ordered
    )


def write_hours(hours: Iterable[Hours]) -> str:
    """ "09:00–12:00, 14:00–18:00"."""
    return ", ".join(f"{clock(one.start)}–{_end(one.end)}" for one in hours)


def write_other_days(days: Iterable[OtherDay]) -> str:
    """One date a line, in order."""
    ordered = sorted(days, key=lambda other: other.day)
    return "\n".join(f"{one.day.isoformat()} {write_hours(one.hours)}".strip() for one in ordered)


def clock(minute: int) -> str:
    """Minutes of the day as "09:00"; the end of the day is 24:00."""
    return f"{minute // 60:02}:{minute % 60:02}"


def _end(minute: int) -> str:
    return clock(minute if minute <= DAY else minute - DAY)


def _hours(text: str) -> Hours:
    found = _HOURS.fullmatch(text)
    if found is None:
        raise Unclear(_("Write hours such as 09:00–12:00, 14:00–18:00."))
    start, end = _minutes(found[1], found[2]), _minutes(found[3], found[4])
    return Hours(start, end if end > start else end + DAY)


def _minutes(hour: str, minute: str | None) -> int:
    minutes = int(hour) * 60 + int(minute or 0)
    if minutes > DAY or int(minute or 0) > 59:
        raise Unclear(_("Write a time such as 15:00."))
    return minutes
