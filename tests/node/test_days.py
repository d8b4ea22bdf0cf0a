"""Days as the reader's language joins them, never the order of English words."""

import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from node import i18n
from node.days import Said, by_clocks_of, from_to, full_day, here, weekday_and_day
from ui.web.dealings import deadline


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


def test_french_says_an_ordinal_for_the_first_of_a_month_alone() -> None:
    with i18n.speaking("fr"):
        assert full_day(datetime(2027, 12, 1, tzinfo=UTC)) == "1er décembre 2027"
        assert weekday_and_day(datetime(2027, 12, 1, tzinfo=UTC)) == "mercredi 1er décembre"
        assert full_day(datetime(2027, 12, 11, tzinfo=UTC)) == "11 décembre 2027"


@pytest.mark.parametrize(
    ("tag", "of_one_year", "of_each"),
    [
        ("en", "1 Jul – 31 Aug 2027", "1 Jul – 31 Aug"),
        ("fr", "1er juil. – 31 août 2027", "1er juil. – 31 août"),
        ("ar", "1 يوليو – 31 أغسطس 2027", "1 يوليو – 31 أغسطس"),
    ],
)
def test_a_season_is_told_shortly(tag: str, of_one_year: str, of_each: str) -> None:
    first, last = date(2027, 7, 1), date(2027, 8, 31)
    with i18n.speaking(tag):
        told = (from_to(first, last), from_to(first, last, yearly=True))
    assert tuple(re.sub(r"\s", " ", one) for one in told) == (of_one_year, of_each)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("2027-03-05", "5 de marzo de 2027"),
        ("2027-03-05T18:30:00Z", "5 de marzo de 2027, 18:30 UTC"),
        ("", ""),
    ],
)
def test_what_a_notice_keeps_is_told_in_the_language_of_its_reader(written: str, told: str) -> None:
    kept = Said(written)
    with i18n.speaking("es"):
        assert str(kept) == told


def test_moments_are_told_by_the_coops_clocks_and_days_stay_days() -> None:
    kept, late = Said("2027-03-05T23:30:00Z"), datetime(2027, 7, 5, 23, 30, tzinfo=UTC)
    with by_clocks_of("Europe/Rome"):
        assert str(kept) == "6 March 2027, 00:30"
        assert str(Said("2027-03-05")) == "5 March 2027"
        assert full_day(here(late)) == "6 July 2027"
        elsewhere = late.astimezone(ZoneInfo("Asia/Tokyo"))
        assert here(elsewhere) is elsewhere
    assert str(kept) == "5 March 2027, 23:30 UTC"


@pytest.mark.parametrize(
    ("moment", "place", "told"),
    [
        (datetime(1, 1, 1, tzinfo=UTC), "America/Bogota", "1 January 1"),
        (datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), "Europe/Rome", "31 December 9999"),
    ],
)
def test_a_moment_at_either_end_of_the_calendar_is_told_all_the_same(
    moment: datetime, place: str, told: str
) -> None:
    """Another coop may write any into what it says; a page that shows it must not fail."""
    with by_clocks_of(place):
        assert full_day(here(moment)) == told


def test_a_day_in_another_year_says_its_year_and_other_clocks_say_whose_they_are() -> None:
    soon, later = datetime(2027, 7, 5, 23, 30, tzinfo=UTC), datetime(2028, 1, 3, 9, tzinfo=UTC)
    with by_clocks_of("Europe/Rome", soon):
        assert weekday_and_day(soon) == "Monday 5 July"
        assert weekday_and_day(later) == "Monday 3 January 2028"
        assert deadline(soon, "Europe/Rome") == "Tuesday 6 July, 01:30"
        assert deadline(soon, "Asia/Tokyo") == "Tuesday 6 July, 08:30 (Asia/Tokyo)"
