"""Motions and consent: what is needed, what it lacked, who counts."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as some
from msgspec.structs import replace

from node import voting
from node.voting import (
    Ballot,
    Base,
    Chamber,
    Cmp,
    Counts,
    Electorate,
    MotionRule,
    Part,
    Quorum,
    Tally,
)
from node.voting.thresholds import checks_of

TWO_THIRDS = Part(Fraction(2, 3))
MOST = Part(Fraction(1, 2), Cmp.MORE)


def lacking(result: voting.Result) -> set[tuple[str, str, str, int]]:
    return {(each.test, each.instead, each.option, each.votes) for each in result.changes or ()}


def test_a_result_says_how_many_were_needed_and_what_would_have_changed_it() -> None:
    result = voting.decide(MotionRule(TWO_THIRDS), Tally(yes=6, no=4, electorate=20))
    (threshold,) = result.checks
    assert (threshold.have, threshold.base, threshold.needed) == (6, 10, 7)
    assert lacking(result) == {("threshold", "absent", "yes", 2), ("threshold", "no", "yes", 1)}

    passed = voting.decide(MotionRule(TWO_THIRDS), Tally(yes=7, no=3, electorate=20))
    assert lacking(passed) == {("threshold", "absent", "no", 1), ("threshold", "yes", "no", 1)}


def test_a_near_miss_is_a_miss_however_large_the_numbers_are() -> None:
    yes = 2 * (2**60 + 1)
    exactly = Tally(yes, yes // 2)
    assert voting.decide(MotionRule(TWO_THIRDS), exactly).outcome == "passed"
    over = MotionRule(Part(Fraction(2, 3), Cmp.MORE))
    assert voting.decide(over, exactly).outcome == "rejected"
    assert voting.decide(over, Tally(yes + 1, yes // 2)).outcome == "passed"


def test_every_test_that_fails_is_named_in_order_and_says_what_it_lacked() -> None:
    rule = MotionRule(
        MOST,
        quorum=Quorum(Fraction(1, 2)),
        approval_quorum=Part(Fraction(2, 5)),
        chambers=(Chamber("coops", MOST, use_weights=False),),
    )
    ballots = [Ballot("yes", 4), Ballot("no", 3), Ballot("no", 2)]
    result = voting.count(rule, ballots, electorate=Electorate(30, 10))
    assert result.outcome == "inquorate"
    assert result.failed == ("quorum", "threshold", "approval-quorum", "chamber:coops")
    assert lacking(result) >= {
        ("quorum", "absent", "yes", 6),
        ("threshold", "no", "yes", 1),
        ("approval-quorum", "absent", "yes", 8),
        ("chamber:coops", "absent", "yes", 2),
    }


@given(
    some.tuples(*[some.integers(0, 9)] * 5),
    some.fractions(0, 1, max_denominator=6),
    some.sampled_from(Base),
    some.sampled_from(Cmp),
    some.sampled_from(Counts),
)
def test_the_smallest_change_is_the_smallest(
    votes: tuple[int, ...], part: Fraction, base: Base, cmp: Cmp, counts: Counts
) -> None:
    yes, no, abstain, invalid, away = votes
    tally = Tally(yes, no, abstain, invalid, sum(votes))
    rule = MotionRule(Part(part, cmp), base, Quorum(Fraction(1, 3), counts=counts))
    result = voting.decide(rule, tally)
    passed = result.outcome == "passed"
    more, less = ("no", "yes") if passed else ("yes", "no")
    found = {(each.test, each.instead): each.votes for each in result.changes or ()}
    for name in ("quorum", "threshold") if passed else result.failed:
        for instead, most in (("absent", away), ("abstain", abstain), (less, votes[less == "no"])):
            smallest = None
            for moved in range(1, most + 1):
                changed = replace(tally, **{more: getattr(tally, more) + moved})
                if instead != "absent":
                    changed = replace(changed, **{instead: getattr(tally, instead) - moved})
                holds = {each.name: each.holds for each in checks_of(rule, changed, {})}
                if holds[name] != passed:
                    smallest = moved
                    break
            assert found.get((name, instead)) == smallest


def test_chambers_count_the_ballots_of_their_group_against_its_own_electorate() -> None:
    rule = MotionRule(
        MOST,
        chambers=(
            Chamber("workers", MOST, Base.ELECTORATE, "worker"),
            Chamber("coops", MOST, use_weights=False),
        ),
    )
    electorate = Electorate.of([(5, "worker"), (1, "worker"), (9, "user"), (9, "user")])
    ballots = [Ballot("yes", 5, group="worker"), Ballot("yes", 9, group="user")]
    ballots += [Ballot("no", 1, group="worker"), Ballot("no", 9, group="user")]
    result = voting.count(rule, ballots, electorate=electorate)
    assert [(check.have, check.base, check.holds) for check in result.checks] == [
        (14, 24, True),
        (5, 6, True),
        (2, 4, False),
    ]
    assert result.failed == ("chamber:coops",)


def test_ballots_that_cannot_be_read_make_a_quorum_but_no_majority() -> None:
    ballots = [Ballot("yes"), Ballot("maybe", voter="tilde"), Ballot({"yes": 1}), Ballot("abstain")]
    rule = MotionRule(MOST, quorum=Quorum(Fraction(1)))
    result = voting.count(rule, ballots, electorate=Electorate(4, 4))
    assert result.outcome == "passed"
    assert result.turnout.invalid == 2
    assert result.turnout.spoilt[1] == voting.Spoilt("tilde", "unknown-choice", 1)
    valid = replace(rule, quorum=Quorum(Fraction(1), counts=Counts.VALID))
    assert voting.count(valid, ballots, electorate=Electorate(4, 4)).outcome == "inquorate"


def test_only_what_lacked_its_quorum_comes_up_again_and_then_without_one() -> None:
    rule = MotionRule(TWO_THIRDS, quorum=Quorum(Fraction(1, 2)))
    first = voting.decide(rule, Tally(yes=40, no=15, electorate=120))
    second = voting.second_round(rule, first)
    assert voting.decide(second, Tally(yes=40, no=15, electorate=120)).outcome == "passed"
    rejected = voting.decide(rule, Tally(yes=1, no=99, electorate=120))
    with pytest.raises(voting.UnusableRule, match="not-inquorate"):
        voting.second_round(rule, rejected)


def test_a_quorum_of_an_unknown_electorate_is_not_guessed() -> None:
    with pytest.raises(voting.UnusableRule, match="electorate: missing"):
        voting.count(MotionRule(MOST, quorum=Quorum(Fraction(1, 2))), [Ballot("yes")])
    with pytest.raises(voting.UnusableRule, match="electorate: missing"):
        voting.count(voting.ConsentRule(Fraction(1, 2)), [Ballot("consent")])


def test_an_objection_that_was_set_aside_is_an_answer_but_does_not_block() -> None:
    rule = voting.ConsentRule(Fraction(1, 2))
    answers = [Ballot("consent"), Ballot("objection-set-aside")]
    assert voting.count(rule, answers, electorate=Electorate(4, 4)).outcome == "passed"
    answers.append(Ballot("objection"))
    assert voting.count(rule, answers, electorate=Electorate(4, 4)).outcome == "blocked"
    result = voting.count(rule, answers, electorate=Electorate(9, 9))
    assert (result.outcome, result.failed) == ("inquorate", ("quorum", "objections"))
