"""What is owed for passing somebody on, to the cent, and what may not be asked."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from node.money import Money
from node.referrals.fees import FeeKind, FeeTerms, fault_in, fee_for
from tests.node.referrals.samples import CEILINGS


def pounds(amount: str) -> Money:
    return Money.of(Decimal(amount), "GBP")


FIVE = FeeTerms(FeeKind.PERCENT, share=500)


@pytest.mark.parametrize(
    ("terms", "value", "fee"),
    [
        (FIVE, "180", "9.00"),
        (FIVE, "0.10", "0.01"),  # half a penny is rounded up
        (FIVE, "0.09", None),
        (FeeTerms(FeeKind.PERCENT, share=500, at_most=pounds("25")), "900", "25.00"),
        (FeeTerms(FeeKind.FUND, share=250), "180", "4.50"),
        (FeeTerms(FeeKind.FLAT, amount=pounds("12")), "180", "12.00"),
        (FeeTerms(FeeKind.FLAT, amount=pounds("12")), "9.50", "9.50"),  # never more than the job
        (FeeTerms(), "180", None),
        (FeeTerms(FeeKind.RECIPROCAL), "180", None),
    ],
)
def test_a_fee_follows_from_terms_and_value(terms, value, fee):
    owed = fee_for(terms, pounds(value), done=True)
    assert (owed.text if owed else None) == fee


def test_what_was_not_done_costs_nothing():
    assert fee_for(FIVE, pounds("180"), done=False) is None
    assert fee_for(FeeTerms(FeeKind.FLAT, amount=pounds("12")), None, done=False) is None


@pytest.mark.parametrize(
    ("terms", "category", "code"),
    [
        (FIVE, "repairs", None),
        (FIVE, "Care", "fee-for-care"),
        (FIVE, "elder care", "fee-for-care"),
        (FIVE, "home-care", "fee-for-care"),
        (FIVE, "\u0441are", "fee-for-care"),  # Cyrillic es
        (FIVE, "C\u00c1RE", "fee-for-care"),
        (FIVE, "Emergency housing", "fee-for-care"),
        (FIVE, "housing", None),
        (FIVE, "", "fee-without-category"),
        (FIVE, "!", "fee-without-category"),
        (FeeTerms(), "", None),
        (FeeTerms(), "care", None),
        (FeeTerms(FeeKind.PERCENT, share=501), "repairs", "fee-above-ceiling"),
        (FeeTerms(FeeKind.FUND, share=501), "repairs", "fee-above-ceiling"),
        (FeeTerms(FeeKind.FLAT, amount=pounds("25")), "repairs", None),
        (FeeTerms(FeeKind.FLAT, amount=pounds("25.01")), "repairs", "fee-above-ceiling"),
        (FeeTerms(FeeKind.FLAT, amount=pounds("0")), "repairs", "bad-fee"),
        (FeeTerms(FeeKind.PERCENT), "repairs", "bad-fee"),
    ],
)
def test_a_fee_stays_under_the_ceilings(terms, category, code):
    fault = fault_in(terms, category, pounds("200"), CEILINGS)
    assert (fault.code if fault else None) == code


def test_the_category_of_the_listing_counts_too():
    fault = fault_in(FIVE, "repairs", None, replace(CEILINGS, listing="Care"))
    assert fault is not None
    assert fault.code == "fee-for-care"


def test_a_fault_names_policy_version_limit_and_value():
    fault = fault_in(FeeTerms(FeeKind.PERCENT, share=700), "repairs", None, CEILINGS)
    assert fault is not None
    said = (
        "(policy referrals, version default, key referrals.fee_ceiling_percent, limit 5, value 7)"
    )
    assert fault.breach is not None
    assert said in fault.breach.for_program
