"""What of a peer's Offer may stand by our own rules, and what may be written down here."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from node.errors import InvalidInput
from node.referrals import rules
from node.referrals.rules import Draft
from protocol.errors import MalformedDocument
from protocol.vocabulary.referrals import parse_referral
from tests.node.referrals.samples import CEILINGS, NEED

NOW = datetime(2027, 1, 5, 10, tzinfo=UTC)
PERSON = {"name": "Olumide Olatunji", "phone": "01632 960088"}


def need_in(**changed):
    """Our answer to a need with something changed: a Need, a Refusal, or why it cannot be read."""
    try:
        read = parse_referral(NEED | changed)
    except MalformedDocument as error:
        return error.code
    return rules.need_in(read, CEILINGS, answer_due=NOW + timedelta(days=3), now=NOW)


@pytest.mark.parametrize(
    "fee",
    [
        {"feeKind": "flat", "feeAmount": "-5.00"},
        {"feeKind": "flat", "feeAmount": "0"},
        {"feeKind": "flat", "feeAmount": "-0"},
        {"feeKind": "flat"},
        {"feeKind": "flat", "feeAmount": "9007199254740992"},
        {"feeKind": "flat", "feeAmount": "1000000000000000000000000000000"},
        {"feeKind": "flat", "feeAmount": "26.00"},
        {"feeKind": "flat", "feeAmount": "20.00", "budget": "10.00"},
        {"feeKind": "flat", "feeAmount": 10.1},
        {"feeKind": "flat", "feeAmount": 10},
        {"feeKind": "flat", "feeAmount": "10,00"},
        {"feeKind": "flat", "feeAmount": "1e3"},
        {"feeKind": "flat", "feeAmount": "10.001"},
        {"feeKind": "flat", "feeAmount": "10.5", "currency": "JPY"},
        {"feeKind": "flat", "feeAmount": "10.00", "currency": "QQQ"},
        {"feeKind": "percent", "feePercent": "-1"},
        {"feeKind": "percent", "feePercent": "101"},
        {"feeKind": "percent"},
        {"feeKind": "percent", "feePercent": "5", "category": "care"},
        {"feeKind": "tithe", "feePercent": "1"},
        {"budget": "-1.00"},
    ],
    ids=str,
)
def test_no_amount_that_cannot_be_or_is_too_high_stands(fee):
    answer = need_in(**fee)
    assert answer == "bad-amount" or isinstance(answer, rules.Refusal)


def test_a_plain_need_stands_and_its_markup_is_gone():
    answer = need_in(content="<p>A <b>boiler</b></p><script>x</script>")
    assert isinstance(answer, rules.Need)
    assert answer.summary.startswith("A boiler")
    assert "<" not in answer.summary


@pytest.mark.parametrize("hours", [-1, 0, 24 * 61])
def test_an_offer_must_leave_time_to_answer_and_not_for_ever(hours):
    due = NOW + timedelta(hours=hours)
    answer = rules.need_in(parse_referral(NEED), CEILINGS, answer_due=due, now=NOW)
    assert isinstance(answer, rules.Refusal)
    assert answer.code == "offer-expired"


def test_a_need_whose_consent_is_over_does_not_stand():
    answer = need_in(consentUntil="2027-01-05T10:00:00Z")
    assert isinstance(answer, rules.Refusal)
    assert answer.code == "consent-expired"


@pytest.mark.parametrize("word", ["Olumide Olatunji", "olatunji", "01632 960088"])
def test_the_summary_may_not_say_who_it_is(word):
    with pytest.raises(InvalidInput, match="may not name"):
        rules.checked(Draft(f"A boiler for {word}"), CEILINGS, PERSON)


def test_a_person_has_a_name_and_a_way_to_be_reached():
    assert rules.checked_person({}) == {}
    assert rules.checked_person(PERSON) == PERSON
    for half in ({"name": "Olumide"}, {"phone": "01632 960088"}):
        with pytest.raises(InvalidInput):
            rules.checked_person(half)


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-1", "0", "1e30", "1.005"])
def test_no_strange_amount_is_written_down(amount):
    with pytest.raises(InvalidInput):
        rules.checked(Draft("A boiler", currency="GBP", budget=Decimal(amount)), CEILINGS, {})
