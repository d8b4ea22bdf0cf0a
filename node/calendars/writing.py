"""A calendar as a file that calendar programs read again and again."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from msgspec import Struct

REFRESH = timedelta(hours=1)
_AROUND = timedelta(days=366)
_TOLD_FOR = timedelta(days=3 * 366)
"""For which time a zone's changes of the clock are written."""


class Entry(Struct, frozen=True):
    """One event. uid: the same for the same event, each time; is_firm: not only asked for. Whole
    days are dates, the end the day after the last. place: where it is."""

    uid: str
    start: date
    end: date
    summary: str
    is_firm: bool = True
    place: str | None = None


class Offered(Entry, frozen=True):
    """Hours in which something can be had, by the clock of their zone: AVAILABLE of RFC 7953.

    weeks: after how many they come again, 0: never; but: beginnings at which they do not. whole:
    what all the hours are of, by a name of its own that stays.
    """

    weeks: int = 0
    but: tuple[datetime, ...] = ()
    whole: str = ""


def written(entries: Sequence[Entry], now: datetime) -> bytes:
    """The file. Not for the event loop: a thousand events take a while."""
    from icalendar import Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", "-//Rochdale//Rochdale//EN")
    calendar.add("version", "2.0")
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for entry in entries:
        if isinstance(entry, Offered):
            continue
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
    if offered := [one for one in entries if isinstance(one, Offered)]:
        calendar.add_component(_availability(offered, now))
        around = now.date() - _AROUND, now.date() + _TOLD_FOR
        calendar.add_missing_timezones(first_date=around[0], last_date=around[1])
    content: bytes = calendar.to_ical()
    return content


def _availability(offered: Sequence[Offered], now: datetime) -> Any:
    from icalendar import Availability, Available

    whole = Availability()
    whole.add("uid", f"{offered[0].whole}-availability")
    whole.add("dtstamp", now)
    for one in offered:
        part = Available()
        part.add("uid", one.uid)
        part.add("dtstamp", now)
        part.add("dtstart", one.start)
        part.add("dtend", one.end)
        part.add("summary", one.summary)
        if one.weeks:
            part.add("rrule", {"FREQ": "WEEKLY", "INTERVAL": one.weeks, "WKST": "MO"})
        if one.but:
            part.add("exdate", list(one.but))
        whole.add_component(part)
    return whole
