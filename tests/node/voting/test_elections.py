"""Choosing among options: ballots that do not count, ties, nobody, and results as JSON."""

import json
from fractions import Fraction
from typing import Any

import pytest

from node import voting
from node.voting import Ballot, ranked_pairs
from node.voting.pairwise import smith_set
from node.voting.ties import told_apart

ABC = ("a", "b", "c")


@pytest.mark.parametrize(
    ("rule", "choice", "reason"),
    [
        (voting.IrvRule(), ["a", "z"], "unknown-option"),
        (voting.IrvRule(), ["a", "b", "a"], "duplicate-option"),
        (voting.IrvRule(), [["a", "b"]], "equal-rank"),
        (voting.IrvRule(), "a", "shape"),
        (voting.IrvRule(), [[]], "shape"),
        (voting.IrvRule(), [{"a": 1}], "shape"),
        (voting.StvRule(), [1], "shape"),
        (voting.SchulzeRule(), [["a", "b"], ["b"]], "duplicate-option"),
        (voting.SchulzeRule(), [["a", "z"]], "unknown-option"),
        (voting.ApprovalRule(), ["a", "a"], "duplicate-option"),
        (voting.ScoreRule(), {"a": 6}, "out-of-range"),
        (voting.ScoreRule(), {"a": -1}, "out-of-range"),
        (voting.ScoreRule(), {"a": 2.0}, "not-whole"),
        (voting.ScoreRule(), {"a": True}, "not-whole"),
        (voting.StarRule(), {"z": 1}, "unknown-option"),
        (voting.StarRule(), ["a"], "shape"),
    ],
)
def test_a_malformed_ballot_is_invalid_with_a_reason(
    rule: voting.Rule, choice: Any, reason: str
) -> None:
    good = {"a": 2, "b": 1} if isinstance(rule, voting.ScoreRule | voting.StarRule) else ["a"]
    result = voting.count(rule, [Ballot(good), Ballot(choice, 3, voter="ines")], ABC)
    assert result.turnout.spoilt == (voting.Spoilt("ines", reason, 3),)
    assert (result.winners, result.turnout.counted, result.turnout.votes) == (("a",), 1, 4)


@pytest.mark.parametrize("weight", [-1, 1.0, True, None, "1"])
def test_a_weight_that_is_no_whole_number_makes_a_ballot_invalid(weight: Any) -> None:
    result = voting.count(voting.IrvRule(), [Ballot(["b"], weight), Ballot(["a"])], ABC)
    assert result.winners == ("a",)
    assert result.turnout.spoilt == (voting.Spoilt("", "weight", 0),)


@pytest.mark.parametrize(
    "rule", [voting.IrvRule(), voting.StvRule(), voting.SchulzeRule(), voting.ApprovalRule()]
)
def test_without_a_vote_nobody_wins_not_even_by_lot(rule: voting.Rule) -> None:
    result = voting.count(rule, [Ballot([]), Ballot(None), Ballot(["z"])], ABC, lot=ABC)
    assert (result.outcome, result.winners, result.tied) == ("no-votes", (), ABC)


def test_a_tie_is_a_result_until_a_lot_is_handed_in() -> None:
    ballots = [Ballot(["a"]), Ballot(["b"]), Ballot(["c"])]
    rules: list[voting.Rule] = [voting.IrvRule(), voting.StvRule(), voting.SchulzeRule()]
    for rule in [*rules, voting.ApprovalRule(), voting.RankedPairsRule()]:
        result = voting.count(rule, ballots, ABC)
        assert (result.outcome, result.winners, result.tied) == ("tie", (), ABC)
        drawn = voting.count(rule, ballots, ABC, lot=("b", "c", "a"))
        assert (drawn.outcome, drawn.winners) == ("decided", ("b",))
        assert "lot" in [by for stage in drawn.stages for tie in stage.ties for by in tie.by]


def test_the_latest_earlier_stage_tells_the_tied_apart_before_any_lot() -> None:
    ballots = [Ballot(["a"], 5), Ballot(["b"], 4), Ballot(["c"], 3), Ballot(["d", "c"], 1)]
    result = voting.count(voting.IrvRule(), ballots, ("a", "b", "c", "d"))
    (tie,) = result.stages[2].ties
    assert (tie.among, tie.by, tie.chosen) == (("b", "c"), ("earlier-stage",), ("c",))
    assert result.winners == ("a",)


def test_of_several_earlier_stages_the_latest_at_which_they_differ_decides() -> None:
    history = [{"a": 1, "b": 3, "c": 2}, {"a": 3, "b": 1, "c": 3}, {"a": 2, "b": 2, "c": 2}]
    least = told_apart("exclusion", ABC, history, None, highest=False)
    assert (least.by, least.chosen) == (("earlier-stage",), ("b",))
    most = told_apart("surplus", ABC, history, None, highest=True)
    assert (most.by, most.chosen) == (("earlier-stage",), ("c",))
    without = told_apart("surplus", ABC, history[1:], ("b", "a", "c"), highest=True)
    assert (without.by, without.chosen) == (("earlier-stage", "lot"), ("a",))
    assert told_apart("surplus", ABC, history[1:], None, highest=True).among == ("a", "c")


def test_an_approval_says_what_the_next_in_line_lacked() -> None:
    ballots = [Ballot(["a"], 5), Ballot(["b", "c"], 3)]
    result = voting.count(voting.ApprovalRule(), ballots, ABC)
    assert result.changes == (voting.Change("b", 3), voting.Change("c", 3))
    everybody = [Ballot(["a"], 2), Ballot(["a", "b"], 3)]
    assert voting.count(voting.ApprovalRule(), everybody, ABC).changes == ()


@pytest.mark.parametrize("rule", [voting.StvRule(), voting.SchulzeRule(), voting.IrvRule()])
def test_a_method_without_an_honest_short_answer_does_not_give_one(rule: voting.Rule) -> None:
    result = voting.count(rule, [Ballot(["a"])], ABC)
    assert result.changes is None
    assert voting.document(result)["changes"] is None


def test_above_the_cap_of_orders_all_of_the_smith_set_are_tied() -> None:
    """Eight equal majorities in a circle have 8! orders, more than the 5,040 that are tried."""
    names = "abcdefgh"
    matrix = {
        a: {b: 2 if (names.index(b) - names.index(a)) % 8 == 1 else 1 for b in names if b != a}
        for a in names
    }
    result = ranked_pairs.decide(matrix)
    assert (result.figures["orders"], result.figures["tried"]) == (40_320, False)
    assert result.tied == tuple(names)
    below = {**{a: {**row, "z": 3} for a, row in matrix.items()}, "z": dict.fromkeys(names, 0)}
    assert ranked_pairs.decide(below).tied == tuple(names)


def test_whoever_is_even_with_one_of_the_smith_set_is_in_it() -> None:
    even, wins, loses = 5, 6, 4
    matrix = {
        "a": {"b": even, "c": wins, "d": wins},
        "b": {"a": even, "c": wins, "d": even},
        "c": {"a": loses, "b": loses, "d": loses},
        "d": {"a": loses, "b": even, "c": wins},
    }
    assert smith_set(matrix) == ["a", "b", "d"]


def test_equal_majorities_are_tried_in_every_order() -> None:
    """In a circle of three equal majorities each wins in some order; d is below all in each."""
    circle = [["a", "b", "c", "d"], ["b", "c", "a", "d"], ["c", "a", "b", "d"]]
    result = voting.count(voting.RankedPairsRule(), [Ballot(rank) for rank in circle], (*ABC, "d"))
    assert (result.outcome, result.tied) == ("tie", ABC)
    kept = {(stage.option, stage.action) for stage in result.stages[:-1]}
    assert kept == {(name, action) for name in ABC for action in ("kept", "kept-in-some")}


def test_the_best_variant_must_still_pass_against_no_change() -> None:
    options = ("fee-5", "fee-3", "no-change")
    ballots = [
        Ballot(["fee-3", "fee-5", "no-change"], 4),
        Ballot(["fee-5", "fee-3", "no-change"], 3),
        Ballot(["no-change", "fee-3", "fee-5"], 3),
    ]
    rule = voting.VariantsRule(
        voting.MotionRule(voting.Part(Fraction(2, 3)), quorum=voting.Quorum(Fraction(1, 2))),
        "no-change",
    )
    whole = voting.Electorate(20, 20)
    result = voting.count(rule, ballots, options, electorate=whole)
    assert (result.outcome, result.winners) == ("passed", ("fee-3",))
    assert [(check.name, check.have, check.base) for check in result.checks] == [
        ("quorum", 10, 20),
        ("threshold", 7, 10),
    ]
    against = [*ballots, Ballot(["no-change"])]
    result = voting.count(rule, against, options, electorate=whole)
    assert (result.outcome, result.winners, result.failed) == ("rejected", (), ("threshold",))
    few = voting.count(rule, ballots[:2], options, electorate=whole)
    assert few.outcome == "inquorate"
    kept = voting.count(rule, ballots[2:], options, electorate=whole)
    assert (kept.outcome, kept.winners) == ("rejected", ("no-change",))


@pytest.mark.parametrize(
    ("options", "lot", "field"),
    [
        ((), None, "options"),
        (("a", "a"), None, "options"),
        (ABC, ("a", "b"), "lot"),
        (ABC, ("a", "b", "c", "c"), "lot"),
        (ABC, ("a", "b", "z"), "lot"),
    ],
)
def test_options_and_lots_that_cannot_be_are_refused(
    options: tuple[str, ...], lot: voting.Lot, field: str
) -> None:
    with pytest.raises(voting.UnusableRule) as refused:
        voting.count(voting.IrvRule(), [Ballot(["a"])], options, lot)
    assert refused.value.field == field


def test_a_result_is_json_that_is_exact_everywhere() -> None:
    result = voting.count(voting.ApprovalRule(), [Ballot(["a"], 2**53), Ballot(["b"], 7)], ABC)
    written = voting.document(result)
    assert written["figures"] == {"totals": {"a": str(2**53), "b": 7, "c": 0}}
    assert json.loads(json.dumps(written)) == written
    halves = voting.decide(
        voting.MotionRule(voting.Part(Fraction(1, 2))),
        voting.Tally(Fraction(17, 2), Fraction(29, 2)),
    )
    assert voting.document(halves)["checks"] == [
        {"base": 23, "have": "17/2", "holds": False, "name": "threshold", "needed": 12}
    ]
