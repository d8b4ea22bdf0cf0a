from datetime import UTC, datetime, timedelta, timezone

import pytest

from protocol import datetimes
from protocol.errors import MalformedDocument

MOMENT = datetime(2027, 1, 5, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2027-01-05T10:00:00Z", MOMENT),
        ("2027-01-05t10:00:00z", MOMENT),
        ("2027-01-05T12:30:00+02:30", MOMENT),
        ("2027-01-05T10:00:00.5Z", MOMENT.replace(microsecond=500_000)),
        ("2027-01-05T10:00:00.123456Z", MOMENT.replace(microsecond=123_456)),
        ("2027-01-05T10:00:00.123456789Z", MOMENT.replace(microsecond=123_456)),
    ],
)
def test_a_moment_is_read_into_utc(text, expected):
    moment = datetimes.parse(text)
    assert moment == expected
    assert moment.tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "2027-01-05T10:00:00",  # no zone
        "2027-01-05",
        "20270105T100000Z",
        "2027-W01-2T10:00:00Z",
        "2027-02-30T10:00:00Z",
        "2027-01-05T25:00:00Z",
        "2027-01-05T10:00:00.1234567890Z",
        "2027-01-05 10:00:00Z",
        "2027-01-05T10:00:00Z\n",
        "٢٠٢٧-01-05T10:00:00Z",
        "0001-01-01T00:00:00+23:59",  # before the first year there is
        "",
    ],
)
def test_what_is_not_a_moment_with_a_zone_is_refused(text):
    with pytest.raises(MalformedDocument) as caught:
        datetimes.parse(text)
    assert caught.value.code == "bad-datetime"


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (MOMENT, "2027-01-05T10:00:00Z"),
        (MOMENT.replace(microsecond=1200), "2027-01-05T10:00:00.001200Z"),
        (MOMENT.astimezone(timezone(timedelta(hours=9))), "2027-01-05T10:00:00Z"),
    ],
)
def test_a_moment_is_written_in_utc(moment, text):
    assert datetimes.format(moment) == text


def test_an_http_date_goes_both_ways():
    assert datetimes.format_http_date(MOMENT) == "Tue, 05 Jan 2027 10:00:00 GMT"
    assert datetimes.parse_http_date("Tue, 05 Jan 2027 10:00:00 GMT") == MOMENT


@pytest.mark.parametrize(
    "text",
    [
        "Tue, 05 Jan 2027 10:00:00 +0000",
        "Tue, 5 Jan 2027 10:00:00 GMT",
        "Tue, 31 Feb 2027 10:00:00 GMT",
        "Tue, 05 Jan 2027 10:00:60 GMT",
        "Tuesday, 05-Jan-27 10:00:00 GMT",
        "2027-01-05T10:00:00Z",
        "",
    ],
)
def test_another_form_of_http_date_is_refused(text):
    with pytest.raises(MalformedDocument) as caught:
        datetimes.parse_http_date(text)
    assert caught.value.code == "bad-http-date"
