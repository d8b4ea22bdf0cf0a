"""`python -m node.calendars.reading FROM TO ZONE SECONDS`: a calendar to its busy spans.

Started by `process`, which gives the file on stdin and takes from stdout one JSON document:
[[start, end], …] in UTC, merged and in order, or {"fault": code}. ZONE is where times without a
zone, and whole days, are meant.
"""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from node import limits
from node.confined import limit_ourselves

# Nobody is busy every minute; such rules are mistakes or traps, and cost the most to expand.
_TOO_OFTEN = {"SECONDLY", "MINUTELY"}
_STUMBLES = (ValueError, OverflowError, LookupError, TypeError, AttributeError)
"""What the libraries raise over a file that is none, or has events that cannot be."""


class Fault(Exception):
    """Why the calendar cannot be read; the only argument is a code that `process` has words for."""


def main() -> None:
    first, last, zone, seconds = sys.argv[1:]
    limit_ourselves(int(seconds), limits.CALENDAR_MEMORY_MIB)
    try:
        spans = busy(
            sys.stdin.buffer.read(),
            datetime.fromisoformat(first),
            datetime.fromisoformat(last),
            ZoneInfo(zone),
        )
    except Fault as fault:
        answer: Any = {"fault": fault.args[0]}
    else:
        answer = [[start.isoformat(), end.isoformat()] for start, end in spans]
    sys.stdout.write(json.dumps(answer))


def busy(
    content: bytes, first: datetime, last: datetime, zone: ZoneInfo
) -> list[tuple[datetime, datetime]]:
    """The merged spans that count as busy. Raises Fault."""
    import recurring_ical_events
    from icalendar import Calendar

    try:
        calendar = Calendar.from_ical(content)
    except _STUMBLES:
        raise Fault("not-a-calendar") from None
    if calendar.name != "VCALENDAR":
        raise Fault("not-a-calendar")
    try:
        _check_rules(calendar)
        occurrences = recurring_ical_events.of(calendar).between(first, last)
        spans = sorted(_spans(occurrences, zone))
    except _STUMBLES:
        raise Fault("bad-event") from None
    merged = _merged(spans)
    if len(merged) > limits.CALENDAR_SPANS:
        raise Fault("too-many-spans")
    return merged


def _check_rules(calendar: Any) -> None:
    for event in calendar.walk("VEVENT"):
        rules = event.get("RRULE", [])
        for rule in rules if isinstance(rules, list) else [rules]:
            if {str(one).upper() for one in rule.get("FREQ", [])} & _TOO_OFTEN:
                raise Fault("too-often")


def _spans(occurrences: Any, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    for event in occurrences:
        if event.get("TRANSP") == "TRANSPARENT" or event.get("STATUS") == "CANCELLED":
            continue
        start, end = _moment(event.start, zone), _moment(event.end, zone)
        if start < end:
            yield start, end


def _moment(when: date | datetime, zone: ZoneInfo) -> datetime:
    if not isinstance(when, datetime):
        when = datetime.combine(when, time())
    if when.tzinfo is None:
        when = when.replace(tzinfo=zone)
    return when.astimezone(UTC)


def _merged(spans: list[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    found: list[tuple[datetime, datetime]] = []
    for start, end in spans:
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


if __name__ == "__main__":
    main()
