"""Calendars of strangers: what counts as busy, and what a hostile one cannot do."""

import asyncio
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from node import confined, limits
from node.calendars import CalendarUnreadable, Entry, busy_spans, reading, written

FIRST = datetime(2027, 1, 1, tzinfo=UTC)
LAST = datetime(2028, 1, 1, tzinfo=UTC)
ROME = "Europe/Rome"


def calendar(*events: str, head: str = "") -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//y//EN", *head.split()]
    for number, event in enumerate(events):
        lines += ["BEGIN:VEVENT", f"UID:{number}", "DTSTAMP:20270101T000000Z"]
        lines += [*event.strip().replace(" ", "\n").split("\n"), "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def busy(*events: str, head: str = "") -> list[str]:
    """The busy spans as "MM-DD HH:MM/HH:MM" in UTC."""
    spans = reading.busy(calendar(*events, head=head), FIRST, LAST, ZoneInfo(ROME))
    return [f"{start:%m-%d %H:%M}/{end:%H:%M}" for start, end in spans]


async def told(content: bytes) -> str:
    with pytest.raises(CalendarUnreadable) as refusal:
        await busy_spans(content, FIRST, LAST, ROME)
    return refusal.value.code


@pytest.mark.parametrize(
    ("event", "spans"),
    [
        ("DTSTART:20270111T090000Z DTEND:20270111T100000Z", ["01-11 09:00/10:00"]),
        ("DTSTART:20270111T090000Z DURATION:PT90M", ["01-11 09:00/10:30"]),
        ("DTSTART;TZID=America/New_York:20270311T090000 DURATION:PT1H", ["03-11 14:00/15:00"]),
        ("DTSTART;TZID=America/New_York:20270315T090000 DURATION:PT1H", ["03-15 13:00/14:00"]),
        # Without a zone: where the listing is.
        ("DTSTART:20270711T090000 DURATION:PT1H", ["07-11 07:00/08:00"]),
        ("DTSTART;VALUE=DATE:20270111", ["01-10 23:00/23:00"]),
        ("DTSTART;VALUE=DATE:20270111 DTEND;VALUE=DATE:20270113", ["01-10 23:00/23:00"]),
        ("DTSTART:20270111T090000Z DURATION:PT1H TRANSP:TRANSPARENT", []),
        ("DTSTART:20270111T090000Z DURATION:PT1H STATUS:CANCELLED", []),
        ("DTSTART:20270111T090000Z", []),
        (
            "DTSTART:20270111T090000Z DURATION:PT1H RRULE:FREQ=WEEKLY;COUNT=4 "
            "EXDATE:20270118T090000Z,20270201T090000Z",
            ["01-11 09:00/10:00", "01-25 09:00/10:00"],
        ),
        # Nine in the morning stays nine in the morning when clocks change.
        (
            "DTSTART;TZID=Europe/Rome:20270322T090000 DURATION:PT1H RRULE:FREQ=WEEKLY;COUNT=2",
            ["03-22 08:00/09:00", "03-29 07:00/08:00"],
        ),
        # Only what lies in the time asked for, of a rule without an end.
        (
            "DTSTART:19990105T090000Z DURATION:PT1H RRULE:FREQ=YEARLY",
            ["01-05 09:00/10:00"],
        ),
    ],
)
def test_what_counts_as_busy(event: str, spans: list[str]) -> None:
    assert busy(event) == spans


def test_a_moved_occurrence_is_where_it_was_moved_to() -> None:
    weekly = "DTSTART:20270111T090000Z DURATION:PT1H RRULE:FREQ=WEEKLY;COUNT=2"
    moved = "RECURRENCE-ID:20270118T090000Z DTSTART:20270119T150000Z DURATION:PT1H"
    content = calendar(weekly, moved).replace(b"UID:1", b"UID:0")
    spans = reading.busy(content, FIRST, LAST, ZoneInfo(ROME))
    assert [f"{start:%d %H}" for start, _end in spans] == ["11 09", "19 15"]


def test_events_that_overlap_or_touch_are_one_span() -> None:
    assert busy(
        "DTSTART:20270111T090000Z DURATION:PT1H",
        "DTSTART:20270111T093000Z DURATION:PT1H",
        "DTSTART:20270111T103000Z DURATION:PT1H",
    ) == ["01-11 09:00/11:30"]


async def test_the_process_says_what_the_function_says() -> None:
    content = calendar("DTSTART:20270111T090000Z DURATION:PT1H RRULE:FREQ=DAILY;COUNT=3")
    spans = reading.busy(content, FIRST, LAST, ZoneInfo(ROME))
    assert await busy_spans(content, FIRST, LAST, ROME) == spans
    assert len(spans) == 3


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<!doctype html><title>Sign in</title>",
        b"BEGIN:VCARD\r\nVERSION:4.0\r\nEND:VCARD\r\n",
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n",
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nTZID:Mars/Base\r\nEND:VTIMEZONE\r\nEND:VCALENDAR\r\n",
        b"\xff\xfe\x00\x01" * 100,
    ],
)
async def test_what_is_no_calendar_is_told_to_be_none(content: bytes) -> None:
    assert await told(content) == "calendar-not-a-calendar"


@pytest.mark.parametrize(
    "event",
    [
        "DTSTART:20271399T090000Z DURATION:PT1H",
        "DTSTART:20270111T090000Z DURATION:PT1H RRULE:FREQ=NEVER",
        "DTSTART:20270111T090000Z DURATION:PT1H RRULE:FREQ=DAILY;COUNT=x",
    ],
)
async def test_dates_and_rules_that_cannot_be_are_told(event: str) -> None:
    assert await told(calendar(event)) == "calendar-bad-event"


async def test_a_calendar_of_too_many_bytes_or_events_is_not_even_opened() -> None:
    assert await told(b" " * (limits.CALENDAR_BYTES + 1)) == "calendar-too-large"
    many = b"BEGIN:VEVENT\r\n" * (limits.CALENDAR_EVENTS + 1)
    assert await told(many) == "calendar-too-many-events"


@pytest.mark.parametrize("frequency", ["SECONDLY", "MINUTELY"])
async def test_a_rule_that_repeats_all_the_time_is_refused_by_name(frequency: str) -> None:
    event = f"DTSTART:20270111T090000Z DURATION:PT1S RRULE:FREQ={frequency}"
    assert await told(calendar(event)) == "calendar-too-often"


@pytest.mark.parametrize(
    "rule",
    [
        # There is no 30 February: a search that goes on to the year 9999, a thousand times.
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=HOURLY;INTERVAL=7",
    ],
)
async def test_a_rule_that_never_ends_does_not_hang_the_node(rule: str) -> None:
    event = f"DTSTART:19700101T090000Z DURATION:PT1S RRULE:{rule}"
    with pytest.raises(CalendarUnreadable) as refusal:
        await busy_spans(calendar(*[event] * 1_000), FIRST, LAST, ROME, seconds=1)
    assert refusal.value.code == "calendar-too-slow"


def test_what_we_write_can_be_read() -> None:
    start, end = datetime(2027, 1, 11, 9, tzinfo=UTC), datetime(2027, 1, 11, 10, tzinfo=UTC)
    content = written([Entry("a", start, end, "Busy")], FIRST)
    assert reading.busy(content, FIRST, LAST, ZoneInfo(ROME)) == [(start, end)]
    assert b"SUMMARY:Busy" in content
    assert b"STATUS:CONFIRMED" in content


async def test_only_so_many_are_read_at_once_and_the_others_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reading_now, most, go_on = 0, 0, asyncio.Event()

    async def answer(_self: object, _content: bytes, _words: list[str], _seconds: int) -> bytes:
        nonlocal reading_now, most
        reading_now += 1
        most = max(most, reading_now)
        await go_on.wait()
        reading_now -= 1
        return b"[]"

    monkeypatch.setattr(confined.Workshop, "_run", answer)
    waiting = [asyncio.create_task(busy_spans(calendar(), FIRST, LAST, ROME)) for _ in range(5)]
    for _turn in range(10):
        await asyncio.sleep(0)
    assert reading_now == limits.CALENDARS_AT_ONCE
    go_on.set()
    assert await asyncio.gather(*waiting) == [[]] * 5
    assert most == limits.CALENDARS_AT_ONCE
