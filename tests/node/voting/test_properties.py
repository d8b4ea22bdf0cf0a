"""What holds for every vote: a weight is that many ballots, order is nothing, no ballot raises."""

import json
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as some

from node import voting

OPTIONS = ("a", "b", "c", "d")
LOT = ("c", "a", "d", "b")
RULES: list[dict[str, Any]] = [
    {"method": "approval", "seats": 2},
    {"method": "score", "max": 5, "seats": 2},
    {"method": "star"},
    {"method": "irv"},
    {"method": "stv", "seats": 2},
    {"method": "schulze"},
    {"method": "ranked-pairs"},
    {
        "method": "variants", "threshold": "1/2", "cmp": ">", "base": "cast", "no_change": "d",
        "quorum": {"fraction": "1/3"},
    },
    {
        "method": "motion", "threshold": "2/3", "cmp": ">=", "base": "present",
        "quorum": {"fraction": "1/3"},
    },
]  # fmt: skip
# A null ballot takes part, which is what a quorum and the base `present` are about.
ELECTIONS = [rule for rule in RULES if "quorum" not in rule]
PREFERENCE = {"approval": "names", "score": "scores", "star": "scores", "motion": "words"}
NULL = {"names": [], "scores": {}, "words": "abstain", "ranking": []}

rankings = some.lists(some.sampled_from(OPTIONS), unique=True, max_size=4)
choices: dict[str, some.SearchStrategy[Any]] = {
    "names": rankings,
    "ranking": rankings,
    "scores": some.dictionaries(some.sampled_from(OPTIONS), some.integers(0, 5)),
    "words": some.sampled_from(["yes", "no", "abstain"]),
}
anything = some.recursive(
    some.none()
    | some.booleans()
    | some.integers(-3, 9)
    | some.floats()
    | some.sampled_from("abcdz"),
    lambda inner: some.lists(inner, max_size=5) | some.dictionaries(some.text(max_size=1), inner),
    max_leaves=5,
)


def kind(rule: dict[str, Any]) -> str:
    return PREFERENCE.get(rule["method"], "ranking")


@some.composite
def votes(draw: some.DrawFn, rules: list[dict[str, Any]]) -> tuple[dict[str, Any], list[Any]]:
    rule = draw(some.sampled_from(rules))
    return rule, draw(
        some.lists(some.tuples(choices[kind(rule)], some.integers(0, 4)), min_size=1, max_size=12)
    )


def counted(rule: dict[str, Any], ballots: list[voting.Ballot], lot: voting.Lot = LOT) -> Any:
    electorate = voting.Electorate(40, 40)
    result = voting.count(voting.read_rule(rule), ballots, OPTIONS, lot, electorate=electorate)
    return voting.document(result)


def without_heads(document: dict[str, Any]) -> dict[str, Any]:
    return {**document, "turnout": {**document["turnout"], "ballots": 0}}


@given(votes(RULES))
def test_a_weight_is_that_many_ballots(vote: Any) -> None:
    rule, rows = vote
    weighted = [voting.Ballot(choice, weight) for choice, weight in rows]
    repeated = [voting.Ballot(choice) for choice, weight in rows for _copy in range(weight)]
    assert without_heads(counted(rule, weighted)) == without_heads(counted(rule, repeated))


@given(votes(RULES), some.integers(0, 2**32), some.booleans())
def test_the_order_of_ballots_and_options_is_nothing(vote: Any, seed: int, drawn: bool) -> None:
    rule, rows = vote
    order, lot = Random(seed), LOT if drawn else None
    ballots = [voting.Ballot(choice, weight) for choice, weight in rows]
    shuffled = order.sample(ballots, len(ballots))
    again = voting.count(
        voting.read_rule(rule),
        shuffled,
        order.sample(OPTIONS, len(OPTIONS)),
        lot,
        electorate=voting.Electorate(40, 40),
    )
    assert json.dumps(counted(rule, ballots, lot)) == json.dumps(voting.document(again))


@given(votes(ELECTIONS))
def test_a_null_ballot_changes_only_the_turnout(vote: Any) -> None:
    rule, rows = vote
    ballots = [voting.Ballot(choice, weight) for choice, weight in rows]
    without = counted(rule, ballots)
    more = counted(rule, [*ballots, voting.Ballot(NULL[kind(rule)], 3)])
    turnout = {**without["turnout"]}
    for field, votes_more in (("ballots", 1), ("votes", 3), ("abstained", 3)):
        turnout[field] += votes_more
    assert more == {**without, "turnout": turnout}


@given(some.lists(some.tuples(rankings, some.integers(0, 9)), min_size=1, max_size=20))
def test_votes_of_a_transferable_count_add_up_at_every_stage(rows: Any) -> None:
    ballots = [voting.Ballot(order, weight) for order, weight in rows]
    result = voting.count(voting.StvRule(2), ballots, OPTIONS, LOT)
    total = sum(weight for order, weight in rows if order) * 100_000
    for stage in result.stages:
        assert sum(stage.votes.values()) + stage.exhausted + stage.lost == total
        assert stage.lost >= 0


@given(some.sampled_from(RULES), some.lists(some.tuples(anything, anything), max_size=6))
def test_whatever_is_sent_is_counted_or_invalid_and_took_part(rule: Any, rows: Any) -> None:
    document = counted(rule, [voting.Ballot(choice, weight) for choice, weight in rows])
    turnout = document["turnout"]
    assert turnout["ballots"] == len(rows)
    assert turnout["votes"] == turnout["counted"] + turnout["abstained"] + turnout["invalid"]
