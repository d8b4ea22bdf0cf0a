"""Several decisions about one key, and the one value that holds."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from node import policies
from node.policies import Decision, Origin, faults_in
from node.policies.merging import in_force_at

DAY = timedelta(days=1)
NOW = datetime(2027, 3, 1, tzinfo=UTC)
TOAD, MARE = "zToadLane", "zMare"


def said(value, by=None, since=NOW - DAY, until=None, **more):
    version = "own-1" if by is None else "1"
    policy = "" if by is None else f"rule-of-{by}"
    return Decision(value, version, "minutes", since, until, by, policy, **more)


def holds(key, *decisions, at=NOW, ours=True):
    return in_force_at(key, decisions, at, ours=ours)


def test_without_a_decision_the_default_holds():
    found = holds(policies.LISTINGS_MAX_AGE_DAYS)
    assert (found.value, found.origin, found.version) == (180, Origin.DEFAULT, "default")


@pytest.mark.parametrize(
    ("key", "decisions", "value", "origin"),
    [
        # A ceiling: the lowest of all; ours counts where it is lower.
        (policies.REFERRALS_ANSWER_DAYS, [said(9, TOAD), said(5, MARE)], 5, "federation"),
        (policies.REFERRALS_ANSWER_DAYS, [said(9, TOAD), said(4)], 4, "ours"),
        (policies.REFERRALS_ANSWER_DAYS, [said(9, TOAD), said(20)], 9, "federation"),
        # Once a federation has decided, the default is no longer a limit.
        (policies.REFERRALS_FEE_CEILING_PERCENT, [said(Decimal(7), TOAD)], 7, "federation"),
        # 0 is no limit at all, so any number is stricter.
        (policies.LISTINGS_MAX_AGE_DAYS, [said(90, TOAD), said(0)], 90, "federation"),
        # A floor: the highest; of lists everything together.
        (policies.RETENTION_MIN_DAYS, [said(30, TOAD), said(60, MARE)], 60, "federation"),
        (
            policies.LISTINGS_REQUIRED_FIELDS,
            [said(("place",), TOAD), said(("price", "place"))],
            ("place", "price"),
            "federation",
        ),
        # An order of words: less is stricter.
        (policies.MEMBER_DATA_SHARE, [said("roster", TOAD), said("counts", MARE)], "counts", None),
        # A default: ours first.
        (policies.RANKING_TEXT, [said(10, TOAD), said(80)], 80, "ours"),
        (policies.RANKING_TEXT, [said(10, TOAD)], 10, "federation"),
        # To be ratified: nothing binds before our own yes, then before our own choice.
        (policies.DUES_PER_MEMBER, [said(500, TOAD, binding=False)], 0, "default"),
        (policies.DUES_PER_MEMBER, [said(500, TOAD), said(100)], 500, "federation"),
        # Advice is only shown.
        (policies.SURPLUS_COMMON_FUND_PERCENT, [said(20, TOAD)], 0, "default"),
    ],
)
def test_decisions_become_one_value(key, decisions, value, origin):
    found = holds(key, *decisions)
    assert found.value == value
    assert origin is None or found.origin == origin
    assert not found.is_open
    assert set(found.decisions) == set(decisions)


def test_where_neither_of_two_federations_is_stricter_somebody_has_to_choose():
    differing = said(10, TOAD), said(30, MARE)
    found = holds(policies.RANKING_TEXT, *differing)
    assert (found.is_open, found.value) == (True, policies.RANKING_TEXT.default)
    assert holds(policies.RANKING_TEXT, said(10, TOAD), said(10, MARE)).value == 10
    assert not holds(policies.RANKING_TEXT, *differing, said(30)).is_open


def test_what_held_at_a_moment_is_asked_by_its_day_and_never_before():
    old, new = said(9, TOAD, NOW - 9 * DAY, NOW), said(2, TOAD, NOW)
    values = [
        holds(policies.REFERRALS_ANSWER_DAYS, old, new, at=NOW + step).value
        for step in (-10 * DAY, -DAY, -timedelta.resolution, DAY * 0, DAY)
    ]
    assert values == [3, 9, 9, 2, 2]


def test_others_are_judged_by_our_own_choice_only_where_the_key_says_so():
    book = policies.Rulebook(
        NOW,
        {
            "listings.required_fields": [said(("price",))],
            "listings.banned_categories": [said(("arms",))],
        },
    )
    assert book.for_others(policies.LISTINGS_REQUIRED_FIELDS, NOW).value == ()
    assert book.for_others(policies.LISTINGS_BANNED_CATEGORIES, NOW).value == ("arms",)
    # A message that bears a day to come is judged by today.
    coming = said(("casino",), TOAD, NOW + DAY)
    book.decisions["listings.banned_categories"].append(coming)
    ahead = book.for_others(policies.LISTINGS_BANNED_CATEGORIES, NOW + 9 * DAY)
    assert ahead.value == ("arms",)


@pytest.mark.parametrize(
    ("keys", "codes"),
    [
        ({"listings.max_age_days": 90}, []),
        ({}, ["policy-size"]),
        ({"listings.nonsense": 1}, ["policy-unknown"]),
        ({"fees.rules": []}, ["policy-of-coops"]),
        ({"listings.max_age_days": "90"}, ["policy-value"]),
        ({"listings.max_age_days": -1, "listings.required_fields": ["x"]}, ["policy-value"] * 2),
        ({"referrals.answer_days": 2}, ["policy-outside-competence"]),
        ({"listings_of_mine": 2}, ["policy-unknown"]),
        ({"retention.min_days": 90, "retention.max_days": 30}, ["policy-contradiction"]),
    ],
)
def test_a_draft_is_read_by_a_machine_before_anybody_votes(keys, codes):
    faults = faults_in(keys, ["listings", "retention.*", "fees"])
    assert [fault.code for fault in faults] == codes
    assert all(str(fault.why) for fault in faults)
