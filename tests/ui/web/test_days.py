"""Days as the reader's language joins them, never the order of English words."""

from datetime import UTC, datetime

import pytest

from node import i18n
from ui.web.days import full_day, weekday_and_day


@pytest.mark.parametrize(
    ("tag", "day", "year"),
    [
        ("en", "Friday 5 March", "5 March 2027"),
        ("ar", "الجمعة 5 مارس", "5 مارس 2027"),
        ("es", "viernes 5 de marzo", "5 de marzo de 2027"),
    ],
)
def test_a_day_is_joined_as_the_reader_joins_it(tag: str, day: str, year: str) -> None:
    with i18n.speaking(tag):
        moment = datetime(2027, 3, 5, 23, 30, tzinfo=UTC)
        assert (weekday_and_day(moment), full_day(moment)) == (day, year)
