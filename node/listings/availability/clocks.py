"""From what a clock on the wall shows to moments, across the nights when clocks are changed.

Hours hold at every moment at which the wall clock shows a time within them. In the night that
skips an hour there are fewer such moments; in the night that repeats one there are more, and hours
that end inside the repeated hour come in two spans. Whatever the zone does, that is the one rule.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAY = 24 * 60
"""Minutes."""
_STEP = timedelta(hours=6)  # no zone changes its clocks twice within it
_WIDEST = timedelta(hours=26)  # no clock is further from UTC than that, with a day's hours on top
_MINUTE = timedelta(minutes=1)


class Span(NamedTuple):
    """From a moment up to, not including, another; in UTC."""

    start: datetime
    end: datetime


class Piece(NamedTuple):
    """A stretch of time in which a zone keeps one offset from UTC."""

    start: datetime
    end: datetime
    offset: timedelta


def is_zone(name: str) -> bool:
    """Whether a name such as Europe/Rome is in the IANA table."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def hours(zone: ZoneInfo, day: date, start: int, end: int) -> Iterator[Span]:
    """The spans of a day's hours, in order. start, end: minutes of the day; end may be past 24:00.

    Each is as long as it can be: where clocks change inside, it goes on.
    """
    found: Span | None = None
    day_begins = midnight(day)
    for piece in pieces(zone, day_begins - _WIDEST, day_begins + timedelta(minutes=end) + _WIDEST):
        begin = max(piece.start, day_begins + timedelta(minutes=start) - piece.offset)
        close = min(piece.end, day_begins + timedelta(minutes=end) - piece.offset)
        if begin >= close:
            continue
        if found is not None and found.end == begin:
            found = Span(found.start, close)
            continue
        if found is not None:
            yield found
        found = Span(begin, close)
    if found is not None:
        yield found


def moment(zone: ZoneInfo, day: date, minute: int) -> datetime:
    """The first moment at which the wall clock shows this time of the day, or a later one."""
    day += timedelta(days=minute // DAY)
    wanted = midnight(day) + timedelta(minutes=minute % DAY)
    for piece in pieces(zone, wanted - _WIDEST, wanted + _WIDEST):
        shown = wanted - piece.offset
        if shown < piece.end:
            return max(shown, piece.start)
    raise AssertionError(f"{zone.key} ends before {wanted}")


def midnight(day: date) -> datetime:
    """The beginning of a day in UTC."""
    return datetime.combine(day, time(), UTC)


def local_day(zone: ZoneInfo, at: datetime) -> date:
    """The date that a calendar on the wall shows."""
    return at.astimezone(zone).date()


def pieces(zone: ZoneInfo, start: datetime, end: datetime) -> tuple[Piece, ...]:
    """The stretches of one offset that cover a stretch of time."""
    found = []
    since, at = start, start
    while at < end:
        then = min(at + _STEP, end)
        if _offset(zone, then) != _offset(zone, at):
            change = _change(zone, at, then)
            found.append(Piece(since, change, _offset(zone, at)))
            since = change
        at = then
    found.append(Piece(since, end, _offset(zone, since)))
    return tuple(found)


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The minute between two moments at which the offset becomes that of the later one."""
    minutes = int((after - before) / _MINUTE)
    low, high, old = 0, minutes, _offset(zone, before)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, before + middle * _MINUTE) == old:
            low = middle
        else:
            high = middle
    return before + high * _MINUTE


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()
