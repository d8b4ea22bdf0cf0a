"""Starting the process that reads a calendar, and what its answer means for people."""

import json
from datetime import datetime

from node import limits
from node.confined import Overworked, Workshop
from node.errors import NodeError
from node.i18n import Text, _

_workshop = Workshop("node.calendars.reading", at_once=limits.CALENDARS_AT_ONCE)


class CalendarUnreadable(NodeError):
    """The file, or what an address gave, cannot be read as a calendar; the message says why."""


async def busy_spans(
    content: bytes,
    first: datetime,
    last: datetime,
    zone: str,
    *,
    seconds: int = limits.CALENDAR_SECONDS,
) -> list[tuple[datetime, datetime]]:
    """When a calendar is busy between two moments, merged, in order, in UTC.

    Repetitions and their exceptions are worked out; what is marked as free, or cancelled, does not
    count. zone: where times without a zone, and whole days, are meant. seconds: of work that it may
    cost. So many are read at once and no more; the others wait. Raises CalendarUnreadable.
    """
    if len(content) > limits.CALENDAR_BYTES:
        raise unreadable("too-large")
    if content.upper().count(b"BEGIN:VEVENT") > limits.CALENDAR_EVENTS:
        raise unreadable("too-many-events")
    words = [first.isoformat(), last.isoformat(), zone, str(seconds)]
    try:
        answer = await _workshop.work(content, words, seconds)
    except Overworked:
        raise unreadable("too-slow") from None
    read = json.loads(answer)
    if isinstance(read, dict):
        raise unreadable(read["fault"])
    return [(datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in read]


def unreadable(code: str) -> CalendarUnreadable:
    """The refusal for a code."""
    return CalendarUnreadable(_WORDS[code], f"calendar-{code}")


def told(kept: str) -> Text:
    """The words for a refusal that was noted as "code: sentence"; empty for any other."""
    return _WORDS.get(kept.partition(": ")[0].removeprefix("calendar-"), "")


_WORDS: dict[str, Text] = {
    "not-a-calendar": _(
        "This is no calendar (.ics). Save the calendar as iCalendar, or copy its iCal address."
    ),
    "bad-event": _("An event in this calendar has dates that cannot be. Save it anew and try it."),
    "too-large": _(
        "This calendar is larger than %(size)s KiB. Leave old events out, or share fewer.",
        size=limits.CALENDAR_BYTES // 1024,
    ),
    "too-many-events": _(
        "There are more than %(most)s events in this calendar. Leave old ones out.",
        most=limits.CALENDAR_EVENTS,
    ),
    "too-often": _(
        "An event in this calendar repeats every minute or second. Take it out, then try again."
    ),
    "too-many-spans": _(
        "This calendar is busy more than %(most)s times. Share a calendar with fewer events.",
        most=limits.CALENDAR_SPANS,
    ),
    "too-slow": _(
        "This calendar takes too long to read: an event repeats in a way that never ends. "
        "Take it out, then try again."
    ),
}
