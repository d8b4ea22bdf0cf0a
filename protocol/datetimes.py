"""Moments on the wire: RFC 3339 / xsd:dateTime in documents, IMF-fixdate in HTTP headers.

All moments here are aware and in UTC.
"""

import re
from datetime import UTC, datetime

from protocol.errors import MalformedDocument, quoted

_RFC3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HTTP_DATE = re.compile(
    rf"(?:{'|'.join(_DAYS)}), (\d\d) ({'|'.join(_MONTHS)}) (\d{{4}}) (\d\d):(\d\d):(\d\d) GMT",
    re.ASCII,
)


def parse(text: str) -> datetime:
    """Read an xsd:dateTime with a zone; up to nine decimals, cut to microseconds.

    Raises MalformedDocument, also for a moment without a zone: guessing one would move deadlines.
    """
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise _not_a_moment(text)
    day, clock, decimals, zone = match.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}.{(decimals or '0')[:6]:0<6}{zone.upper()}")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _not_a_moment(text) from None


def format(moment: datetime) -> str:  # noqa: A001 - read as `datetimes.format`
    """Write a moment as "2027-01-05T10:00:00Z"; microseconds only if there are any."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def parse_http_date(text: str) -> datetime:
    """Read an IMF-fixdate (RFC 9110 §5.6.7), the only form that senders may generate.

    Raises MalformedDocument.
    """
    match = _HTTP_DATE.fullmatch(text)
    if match is None:
        raise _not_an_http_date(text)
    day, month, year, hour, minute, second = match.groups()
    try:
        return datetime(
            int(year),
            _MONTHS.index(month) + 1,
            int(day),
            int(hour),
            int(minute),
            int(second),
            tzinfo=UTC,
        )
    except ValueError:
        raise _not_an_http_date(text) from None


def format_http_date(moment: datetime) -> str:
    """Write a moment as "Tue, 05 Jan 2027 10:00:00 GMT"; strftime would follow the locale."""
    utc = moment.astimezone(UTC)
    day, month = _DAYS[utc.weekday()], _MONTHS[utc.month - 1]
    return f"{day}, {utc:%d} {month} {utc.year:04} {utc:%H:%M:%S} GMT"


def _not_a_moment(text: str) -> MalformedDocument:
    return MalformedDocument(
        f"{quoted(text)} is not a date and time with a zone; write 2027-01-05T10:00:00Z.",
        code="bad-datetime",
    )


def _not_an_http_date(text: str) -> MalformedDocument:
    return MalformedDocument(
        f"{quoted(text)} is not an HTTP date; write Tue, 05 Jan 2027 10:00:00 GMT.",
        code="bad-http-date",
    )
