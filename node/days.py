"""Days and months, as the reader's language joins them: 5 March, 5 de marzo.

Moments are kept in UTC, and told by the clocks of the coop.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, date, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_interval, format_skeleton
from msgspec import Struct

from node import i18n
from node.i18n import _

zone: ContextVar[ZoneInfo | None] = ContextVar("zone", default=None)
"""By whose clocks moments are told; None: by UTC, which is then said."""


year: ContextVar[int | None] = ContextVar("year", default=None)
"""In which year it is told: days of another one say theirs. None: no day says it."""


@contextmanager
def by_clocks_of(key: str, now: datetime | None = None) -> Iterator[None]:
    """Tell moments by one zone's clocks, such as Europe/Rome, for a stretch of work."""
    before = zone.set(ZoneInfo(key))
    year_before = year.set(now.astimezone(ZoneInfo(key)).year if now else None)
    try:
        yield
    finally:
        year.reset(year_before)
        zone.reset(before)


D = TypeVar("D", bound=date)


def here(moment: D) -> D:
    """A moment in UTC by the coop's clocks; days, and moments by other clocks, stay as they are.

    So does what those clocks show on no day of the calendar: another coop may write any moment.
    """
    place = zone.get()
    if place is None or not isinstance(moment, datetime) or moment.tzinfo is not UTC:
        return moment
    with suppress(OverflowError):
        return moment.astimezone(place)
    return moment


def locale() -> Locale:
    """What numbers and dates are written in: English, where nobody knows how the language does."""
    return i18n.conventions(i18n.language.get()) or Locale(i18n.SOURCE_LANGUAGE)


def weekday_and_day(moment: date | datetime) -> str:
    """Thursday 11 June; Thursday 11 June 2027, if that is another year."""
    weekday = format_date(moment, "EEEE", locale=locale())
    is_far = year.get() not in (None, moment.year)
    return f"{weekday} {full_day(moment) if is_far else day_of_year(moment)}"


def full_day(moment: date | datetime) -> str:
    """11 June 2027."""
    return _first_of_month(format_date(moment, "long", locale=_day_first()), moment)


def day_of_year(moment: date) -> str:
    """11 June."""
    return _by_skeleton("MMMMd", moment)


def month_of_year(moment: date) -> str:
    """June 2027."""
    return _by_skeleton("yMMMM", moment)


def from_to(first: date, last: date, *, yearly: bool = False) -> str:
    """1 Jul – 31 Aug 2027; yearly: without the year."""
    skeleton = "MMMd" if yearly else "yMMMd"
    text = str(format_interval(first, last, skeleton, locale=_day_first()))
    return re.sub(r"\b1(?=[\s–])", "1er", text) if locale().language == "fr" else text


def days_of_month(first: date, last: date) -> str:
    """5–18, of a month that is named beside it."""
    return str(format_interval(first, last, "d", locale=_day_first()))


def _by_skeleton(skeleton: str, moment: date | datetime) -> str:
    at = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    return _first_of_month(str(format_skeleton(skeleton, at, locale=_day_first())), moment)


def _first_of_month(text: str, moment: date | datetime) -> str:
    """French says 1er janvier, and only there an ordinal; CLDR's patterns cannot."""
    is_first = moment.day == 1 and locale().language == "fr"
    return text.replace("1 ", "1er ", 1) if is_first and text.startswith("1 ") else text


def _day_first() -> Locale:
    """Our English is British; CLDR's, unless told, puts the month first."""
    found = locale()
    return Locale("en", "GB") if str(found) == i18n.SOURCE_LANGUAGE else found


class Said(Struct, frozen=True):
    """A day or a moment, kept as the wire writes it, told in its reader's language and clocks."""

    written: str

    def __str__(self) -> str:
        if not self.written:
            return ""
        at = here(datetime.fromisoformat(self.written))
        if len(self.written) == len("2027-03-05"):
            return full_day(at)
        time = f"{at:%H:%M}" if zone.get() else f"{at:%H:%M} UTC"
        return str(_("%(day)s, %(time)s", day=full_day(at), time=time))
