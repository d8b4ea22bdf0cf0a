"""What is signed: sums, canonical JSON, and what is refused of another coop's."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from node.agreements.drafting import Revision, Wanted
from node.agreements.reading import read_terms
from node.agreements.terms import Addition, Cancellation, Line, Terms, cancel_fee, check
from node.errors import InvalidInput
from node.money import Money

START = datetime(2027, 1, 12, 9, tzinfo=UTC)
CLEAN = Line(
    listing="https://loaf.example/listings/1",
    kind="service",
    title="Home clean",
    quantity=Decimal("2.5"),
    unit="hour",
    prices=(Money(1850, "GBP", 2), Money(25, "HOUR", 2)),
)
TERMS = Terms(
    agreement="https://grocer.example/agreements/1",
    sequence=1,
    provider="https://loaf.example/coop",
    customer="https://grocer.example/coop",
    lines=(CLEAN,),
    start=START,
    end=START + timedelta(hours=3),
    time_zone="Europe/London",
    taxes=(Addition("VAT 20 %", Money(925, "GBP", 2)),),
    fees=(Addition("Community fee", Money(50, "GBP", 2)),),
    deposit=Money(1000, "GBP", 2),
    cancellation=Cancellation(24, 0, 50),
    policies=(("fees.rules", "v3"),),
)


def test_the_total_is_lines_and_taxes_and_fees_in_each_currency():
    assert [money.text for money in CLEAN.amounts] == ["46.25", "0.62"]
    assert [(m.text, m.currency) for m in TERMS.total] == [("56.00", "GBP"), ("0.62", "HOUR")]


def test_terms_come_back_as_they_were_written():
    assert read_terms(TERMS.document) == TERMS


def test_every_word_and_number_is_in_the_digest():
    others = [
        replace(TERMS, sequence=2),
        replace(TERMS, agreement="https://grocer.example/agreements/2"),
        replace(TERMS, start=START + timedelta(minutes=1)),
        replace(TERMS, lines=(replace(CLEAN, title="Home clean!"),)),
        replace(TERMS, lines=(replace(CLEAN, prices=(Money(1851, "GBP", 2),)),)),
        replace(TERMS, cancellation=Cancellation(24, 0, 51)),
        replace(TERMS, policies=()),
        replace(TERMS, deposit=None),
    ]
    assert len({TERMS.digest, *(one.digest for one in others)}) == len(others) + 1


@pytest.mark.parametrize(
    "amount", [10.1, 1850, "10,00", "1e3", "-5.00", "-0.00", "18.5", "18.500", "1" * 30, None, ""]
)
def test_an_amount_that_is_not_written_as_ours_is_refused(amount):
    document = TERMS.document
    document["lines"][0]["prices"][0]["amount"] = amount
    with pytest.raises(InvalidInput):
        read_terms(document)


@pytest.mark.parametrize(
    "change",
    [
        {"total": [{"amount": "1.00", "currency": "GBP"}]},
        {"surprise": "yes"},
        {"lines": []},
        {"sequence": "1"},
        {"end": "2027-01-11T00:00:00Z"},
        {"timeZone": "Europe/Atlantis"},
        {"cancellation": {"hours": 24, "earlyPercent": 0, "latePercent": 101}},
        {"taxes": [{"name": "", "amount": "1.00", "currency": "GBP"}]},
        {"provider": None},
        {"start": "2027-01-12T09:00:00.000Z"},
    ],
)
def test_terms_that_do_not_add_up_or_say_something_unknown_are_refused(change):
    with pytest.raises(InvalidInput):
        read_terms(TERMS.document | change)


@pytest.mark.parametrize("guests", [-3, 0, 100])
def test_a_number_of_guests_that_cannot_be_is_told_at_its_field(guests):
    with pytest.raises(InvalidInput) as refused:
        check(replace(TERMS, guests=guests))
    assert list(refused.value.fields) == ["guests"]


@pytest.mark.parametrize("currency", ["gbp", "XXQ", "JPY", "£"])
def test_a_currency_that_is_unknown_or_does_not_fit_the_decimals_is_refused(currency):
    document = TERMS.document
    document["lines"][0]["prices"][0]["currency"] = currency
    with pytest.raises(InvalidInput):
        read_terms(document)


def test_whoever_cancels_in_time_owes_the_early_part_and_then_the_late_one():
    early, late = START - timedelta(hours=24), START - timedelta(hours=23, minutes=59)
    assert cancel_fee(TERMS, early) == ()
    assert [fee.text for fee in cancel_fee(TERMS, late)] == ["23.12", "0.31"]
    assert cancel_fee(TERMS, early, missed=True) == cancel_fee(TERMS, late)
    assert cancel_fee(replace(TERMS, cancellation=None), late) == ()


@pytest.mark.parametrize(
    ("field", "times"),
    [
        ("start", {"start": datetime(2027, 3, 1, 9)}),  # noqa: DTZ001 - without a zone on purpose
        ("end", {"end": datetime(9999, 12, 31, 23, tzinfo=UTC)}),
        ("start", {"start": datetime(1, 1, 1, tzinfo=UTC)}),
        ("time_zone", {"time_zone": "../../etc/passwd"}),
        ("time_zone", {"time_zone": "Europe"}),
        ("time_zone", {"time_zone": "Nowhere/X"}),
    ],
)
def test_a_time_that_cannot_be_is_named_with_its_field(field, times):
    for kind in (lambda: Wanted((), **times), lambda: Revision(**times)):
        with pytest.raises(InvalidInput) as refused:
            kind()
        assert list(refused.value.fields) == [field]
