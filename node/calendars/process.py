"""Starting the process that reads a calendar, and what its answer means for people."""

import asyncio
import json
import sys
from datetime import datetime
from weakref import WeakKeyDictionary

from node import limits
from node.errors import NodeError
from node.i18n import Text, _

_GRACE_SECONDS = 5
"""The process ends itself by the seconds it has worked; this is for a machine that is busy."""
_PLACES: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


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
    async with _places():
        answer = await _answer_to(content, words, seconds)
    read = json.loads(answer)
    if isinstance(read, dict):
        raise unreadable(read["fault"])
    return [(datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in read]


def _places() -> asyncio.Semaphore:
    """The places for reading in this process, one semaphore for each event loop."""
    return _PLACES.setdefault(
        asyncio.get_running_loop(), asyncio.Semaphore(limits.CALENDARS_AT_ONCE)
    )


async def _answer_to(content: bytes, words: list[str], seconds: int) -> bytes:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "node.calendars.reading", *words),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(2 * seconds + _GRACE_SECONDS):
            answer, _nothing = await process.communicate(content)
    except TimeoutError:
        raise unreadable("too-slow") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise unreadable("too-slow")
    return answer


def unreadable(code: str) -> CalendarUnreadable:
    """The refusal for a code."""
    return CalendarUnreadable(_WORDS[code], f"calendar-{code}")


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
