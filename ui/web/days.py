"""Days and months, as the reader's language joins them: 5 March, 5 de marzo."""

from datetime import UTC, date, datetime

from babel import Locale
from babel.dates import format_date, format_skeleton

from node import i18n


def locale() -> Locale:
    """What numbers and dates are written in."""
    return Locale.parse(i18n.language.get(), sep="-")


def weekday_and_day(moment: date | datetime) -> str:
    """Thursday 11 June."""
    weekday = format_date(moment, "EEEE", locale=locale())
    return f"{weekday} {_by_skeleton('MMMMd', moment)}"


def full_day(moment: date | datetime) -> str:
    """11 June 2027."""
    return format_date(moment, "long", locale=_day_first())


def month_of_year(moment: date) -> str:
    """June 2027."""
    return _by_skeleton("yMMMM", moment)


def _by_skeleton(skeleton: str, moment: date | datetime) -> str:
    at = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    return str(format_skeleton(skeleton, at, locale=_day_first()))


def _day_first() -> Locale:
    """Our English is British; CLDR's, unless told, puts the month first."""
    found = locale()
    return Locale("en", "GB") if str(found) == i18n.SOURCE_LANGUAGE else found
