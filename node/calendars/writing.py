"""A calendar as a file that calendar programs read again and again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

REFRESH = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """One event. uid: the same for the same event, each time; is_firm: not only asked for. Whole
    days are dates, the end the day after the last. place: where it is."""

    uid: str
    start: date
    end: date
    summary: str
    is_firm: bool = True
    place: str | None = None


def written(entries: Sequence[Entry], now: datetime) -> bytes:
    """The file. Not for the event loop: a thousand events take a while."""
    from icalendar import Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", "-//Rochdale//Rochdale//EN")
    calendar.add("version", "2.0")
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for entry in entries:
        event = Event()
        event.add("uid", entry.uid)
        event.add("dtstamp", now)
        event.add("dtstart", entry.start)
        event.add("dtend", entry.end)
        event.add("summary", entry.summary)
        if entry.place:
            event.add("location", entry.place)
        event.add("status", "CONFIRMED" if entry.is_firm else "TENTATIVE")
        calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content
