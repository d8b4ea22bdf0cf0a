from decimal import Decimal

import pytest
from multidict import MultiDict

from ui.web.forms import PlainForm
from ui.web.numbers import NumberField, whole, with_point


class Priced(PlainForm):
    price = NumberField()


@pytest.mark.parametrize("typed", ["12.5", "12,5", " 12,50 "])
def test_a_number_is_typed_with_a_point_or_a_comma(typed: str) -> None:
    form = Priced(MultiDict(price=typed))
    assert form.validate()
    assert form.price.data == Decimal("12.5")


@pytest.mark.parametrize("typed", ["1,200", "1.200,50", "1,2,3", ",5", "12,"])
def test_what_two_countries_read_differently_is_not_guessed(typed: str) -> None:
    assert not Priced(MultiDict(price=typed)).validate()


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("0", 0),
        ("20", 20),
        ("007", 7),
        ("21", None),
        ("", None),
        ("-1", None),
        ("٣", None),
        ("²", None),
        ("0100000", None),
        ("9" * 5_000, None),
        ("0001" + "9" * 4_400, None),
    ],
)
def test_a_whole_number_is_read_up_to_its_most(typed: str, read: int | None) -> None:
    assert whole(typed, 20) == read


@pytest.mark.parametrize(
    ("typed", "read"),
    [("١٢٫٥٠", "12.50"), ("١٬٢٠٠", "1200"), ("१२", "12"), ("12,5", "12.5"), ("²", "²"), ("Ⅻ", "Ⅻ")],
)
def test_numbers_are_typed_in_the_digits_of_ones_own_script(typed: str, read: str) -> None:
    assert with_point(typed) == read


def test_what_is_no_number_stays_as_it_is() -> None:
    assert with_point("Mugs, 12") == "Mugs, 12"
