"""Prices, days and distances as the reader's language writes them."""

import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from msgspec.structs import replace

from node import i18n
from node.listings import PriceView
from ui.web.price_words import price_text
from ui.web.templating import environment, short_moment

ENGLISH_COMMA = re.compile(r"(?:\}\}|</\w+>|%\}), (?=\{\{|<|\{%)|join\(', '\)")
FOR_PROGRAMS = "columns | join(', ')"
"""The names of columns, which are words of no language."""

WHOLE = PriceView(Decimal(36), currency="GBP", unit="visit")
EXACT = PriceView(Decimal("12.60"), currency="GBP", unit="hour")
SPAN = PriceView(Decimal(140), Decimal(260), "GBP", text="by number of rooms")
EUROS = PriceView(Decimal(1200), currency="EUR")
HOURS = PriceView(Decimal(2), currency="HOUR")


@pytest.mark.parametrize(
    ("tag", "price", "text"),
    [
        ("en", WHOLE, "£36 a visit"),
        ("en", EXACT, "£12.60 an hour"),
        ("en", SPAN, "£140 to £260, by number of rooms"),
        ("en", EUROS, "€1,200"),
        ("en", HOURS, "2 hours of yours"),
        ("en", replace(HOURS, amount=Decimal("1.00")), "1 hour of yours"),
        ("en", replace(HOURS, amount=Decimal("1.5")), "1.5 hours of yours"),
        ("ar", replace(HOURS, amount=Decimal("2.5")), "2.5 ساعة من وقتك"),
        ("ar", WHOLE, "\u200f36 جنيه إسترليني للزيارة"),
        ("ar", EXACT, "\u200f12.60 جنيه إسترليني للساعة"),
        ("ar", SPAN, "من 140 إلى 260 جنيه إسترليني، \u2068by number of rooms\u2069"),
        (
            "ar",
            replace(SPAN, amount=Decimal("10.5"), maximum=Decimal("13.2"), text=None),
            "من 10.50 إلى 13.20 جنيه إسترليني",
        ),
        ("ar", EUROS, "1,200 يورو"),
        ("ar", HOURS, "ساعتان من وقتك"),
        ("es", WHOLE, "36\xa0GBP por visita"),
        ("es", SPAN, "de 140\xa0GBP a 260\xa0GBP, by number of rooms"),
        ("es", EUROS, "1.200\xa0€"),
        ("fr", SPAN, "de 140\xa0£GB à 260\xa0£GB, by number of rooms"),
        ("fr", EUROS, "1\u202f200\xa0€"),
        ("de", WHOLE, "36\xa0£ a visit"),
        ("de", EUROS, "1.200\xa0€"),
    ],
)
def test_a_price_is_written_as_the_reader_writes_it(tag: str, price: PriceView, text: str) -> None:
    with i18n.speaking(tag):
        assert price_text(price) == text


@pytest.mark.parametrize(("tag", "text"), [("en", "5 Mar, 14:07"), ("ar", "5 مارس، 14:07")])
def test_between_day_and_hour_stands_the_readers_comma(tag: str, text: str) -> None:
    with i18n.speaking(tag):
        assert short_moment(datetime(2027, 3, 5, 14, 7, tzinfo=UTC)) == text


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("en", "As &lt;Portici&gt; told us"),
        ("ar", "كما أخبرتنا \u2068&lt;Portici&gt;\u2069"),
    ],
)
def test_a_name_in_a_sentence_from_the_right_stands_apart(tag: str, text: str) -> None:
    page = environment().from_string("{{ _('As %(name)s told us', name=name) }}")
    with i18n.speaking(tag):
        assert page.render(name="<Portici>") == text


def test_no_page_sets_an_english_comma_between_two_words_of_the_reader() -> None:
    templates = environment().loader
    assert templates is not None
    for name in templates.list_templates():
        source, _path, _uptodate = templates.get_source(environment(), name)
        assert not ENGLISH_COMMA.search(source.replace(FOR_PROGRAMS, "")), name
