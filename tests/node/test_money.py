from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.errors import InvalidInput
from node.i18n import _, speaking
from node.money import Figures, Money, scale_of


@pytest.mark.parametrize(
    ("text", "currency", "amount", "shown"),
    [
        ("12.50", "GBP", 1250, "12.50"),
        ("12.5", "GBP", 1250, "12.50"),
        ("-0.05", "EUR", -5, "-0.05"),
        ("800", "JPY", 800, "800"),  # the yen has no smaller unit
        ("0.002", "CREDIT", 2, "0.002"),  # a first play
        ("1.75", "HOUR", 175, "1.75"),
        ("1.234", "TND", 1234, "1.234"),
        ("9.99", "RSD", 999, "9.99"),  # CLDR shows no para, banks still book them
    ],
)
def test_an_amount_is_read_and_shown_in_the_currencys_own_decimals(text, currency, amount, shown):
    money = Money.parse(text, currency)
    assert (money.amount, money.text) == (amount, shown)
    assert money.decimal == Decimal(text)


@pytest.mark.parametrize(
    "text",
    ["", "12,50", "1e5", "NaN", "Infinity", "12.505", "£3", "１２", "9" * 19, "10000000000000.01"],
)
def test_an_amount_that_is_not_exact_money_is_refused(text):
    with pytest.raises(InvalidInput) as refused:
        Money.parse(text, "GBP")
    assert list(refused.value.fields) == ["amount"]


@pytest.mark.parametrize("number", ["1e999999999", "1e-999999999", "NaN", "Infinity", "1e31"])
def test_a_number_that_takes_a_gigabyte_to_write_is_no_money(number):
    with pytest.raises(InvalidInput):
        Money.of(Decimal(number), "GBP")


def test_an_unknown_currency_is_refused_by_name():
    with pytest.raises(InvalidInput) as refused:
        Money.parse("1", "QQQ")
    assert list(refused.value.fields) == ["currency"]


def test_a_remainder_goes_to_the_largest_claim_first():
    # features (c.9): pool 864,198 on 612/1,480/933 hours
    shares = Money(864198, "GBP", 2).split([612, 1480, 933])
    assert [share.amount for share in shares] == [174840, 422814, 266544]


@given(
    st.integers(-(10**12), 10**12),
    st.lists(st.integers(0, 10**6), min_size=1).filter(any),
)
def test_splitting_never_loses_or_makes_a_unit(amount, weights):
    shares = Money(amount, "EUR", 2).split(weights)
    assert sum(share.amount for share in shares) == amount
    assert all(
        share.amount == 0 for share, weight in zip(shares, weights, strict=True) if not weight
    )


def test_different_currencies_do_not_add_up():
    with pytest.raises(ValueError, match="cannot add"):
        Money(1, "GBP", 2) + Money(1, "EUR", scale_of("EUR"))


@pytest.mark.parametrize(
    ("tag", "told"),
    [("en", "1,250.00"), ("fr", "1\u202f250,00"), ("es", "1.250,00"), ("ar", "1,250.00")],
)
def test_a_sum_in_a_sentence_is_written_as_the_reader_writes_it(tag: str, told: str) -> None:
    told_sum = Money(125000, "EUR", 2).told
    sentence = _("A clearing run has set off %(sum)s %(currency)s.", sum=told_sum, currency="EUR")
    with speaking(tag):
        assert told in str(sentence)


def test_figures_keep_every_decimal_and_invent_none() -> None:
    assert [str(Figures(text)) for text in ("0.002", "12.50", "800", "-0.05")] == [
        "0.002",
        "12.50",
        "800",
        "-0.05",
    ]
