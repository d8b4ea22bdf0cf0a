"""Votes by membership: caps that are exact, and what a weight is worth."""

from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as some

from node import voting
from node.voting import power
from node.voting.weights import capped


@given(
    some.lists(some.integers(1, 500), min_size=1, max_size=8),
    some.fractions(Fraction(1, 8), 1, max_denominator=12),
)
def test_under_a_cap_nobody_has_more_and_nobody_could_have_been_left_more(
    given_votes: list[int], cap: Fraction
) -> None:
    before = {str(place): votes for place, votes in enumerate(given_votes)}
    assume(cap * len(before) >= 1)
    after = capped(before, cap)
    assert max(after.values()) <= cap * sum(after.values())
    level = max(after.values())
    assert all(after[name] == min(votes, level) for name, votes in before.items())
    if after != before:
        higher = [min(votes, level + 1) for votes in before.values()]
        assert level + 1 > cap * sum(higher)


def test_a_cap_that_cannot_make_a_whole_is_refused() -> None:
    rule = voting.WeightRule(voting.Scheme.PROPORTIONAL, Fraction(1, 4))
    with pytest.raises(voting.UnusableRule, match="cap-infeasible"):
        voting.weights(rule, {"a": 10, "b": 20, "c": 30})
    with pytest.raises(voting.UnusableRule, match="cap-infeasible"):
        voting.weights(voting.WeightRule(rule.scheme, Fraction(1, 3)), {"a": 9, "b": 0, "c": 0})


def test_default_schemes() -> None:
    members = {"bakery": 16, "housing": 2500, "new": 0}
    assert voting.weights(voting.WeightRule(), members) == dict.fromkeys(members, 1)
    rule = voting.WeightRule(voting.Scheme.ISQRT, Fraction(1, 2))
    assert voting.weights(rule, members) == {"bakery": 4, "housing": 5, "new": 1}


@given(some.lists(some.integers(0, 9), min_size=1, max_size=7), some.data())
def test_both_ways_of_counting_power_agree_with_listing_every_coalition(
    weights: list[int], data: some.DataObject
) -> None:
    assume(any(weights))
    quota = data.draw(some.integers(1, sum(weights)))
    expected = []
    for place, weight in enumerate(weights):
        others = weights[:place] + weights[place + 1 :]
        sums = [sum(some) for size in range(len(weights)) for some in combinations(others, size)]
        expected.append(sum(quota - weight <= each < quota for each in sums))
    assert power._by_listing(weights, quota) == expected
    assert power._by_sum(weights, quota) == expected


def test_above_twenty_members_power_is_counted_by_sum() -> None:
    """One of thirty equal members decides when exactly fifteen of the others agree."""
    found = voting.banzhaf({f"coop-{number}": 7 for number in range(30)}, 7 * 15 + 1)
    assert set(found.swings.values()) == {77_558_760}
    assert found.shares["coop-3"] == Fraction(1, 30)
    assert found.dummies == ()


def test_half_the_members_of_nassau_county_had_votes_and_no_power() -> None:
    """J. F. Banzhaf (1965): the board of supervisors of 1964, 31, 31, 28, 21, 2 and 2 of 115."""
    votes = {"hempstead-1": 31, "hempstead-2": 31, "oyster-bay": 28, "north-hempstead": 21}
    found = voting.banzhaf({**votes, "long-beach": 2, "glen-cove": 2}, 58)
    assert found.dummies == ("glen-cove", "long-beach", "north-hempstead")
    assert set(found.swings.values()) == {0, 16}


@pytest.mark.parametrize("quota", [0, -1, 10])
def test_a_quota_that_nobody_or_nothing_reaches_is_refused(quota: int) -> None:
    with pytest.raises(voting.UnusableRule, match="quota"):
        voting.banzhaf({"a": 4, "b": 5}, quota)
