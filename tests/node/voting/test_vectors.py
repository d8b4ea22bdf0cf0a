"""Published and worked-out results, exact, whatever the order of ballots and candidates is.

`ROCHDALE_VOTING_VECTORS` names another file of the same schema.
"""

import json
import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest

from node import voting
from node.voting import motions, ranked_pairs, schulze

OWN = Path(__file__).parents[2] / "vectors" / "voting.json"
FILE = Path(os.environ.get("ROCHDALE_VOTING_VECTORS", OWN))
NOT_COUNTING = {"merkle_rfc9162"}  # of the log in which ballots lie
ORDERS = 5

Vector = dict[str, Any]
VECTORS = [
    vector
    for vector in json.loads(FILE.read_text("utf-8"))["vectors"]
    if vector["method"] not in NOT_COUNTING
]


def ballots_of(given: Vector, field: str, order: Random) -> list[voting.Ballot]:
    ballots = [
        voting.Ballot(_shuffled(each[field], order), each.get("n", 1) * each.get("weight", 1))
        for each in given["ballots"]
    ]
    order.shuffle(ballots)
    return ballots


def _shuffled(choice: Any, order: Random) -> Any:
    """Scores in another order are the same scores."""
    if not isinstance(choice, dict):
        return choice
    return dict(order.sample(list(choice.items()), len(choice)))


def elected(rule: dict[str, Any], field: str, given: Vector, order: Random) -> voting.Result:
    options = order.sample(given["candidates"], len(given["candidates"]))
    ballots = ballots_of(given, field, order)
    return voting.count(voting.read_rule(rule), ballots, options, lot_of(given))


def lot_of(given: Vector) -> voting.Lot:
    return voting.drawn(given["lot_seed"], given["candidates"]) if "lot_seed" in given else None


def motion(given: Vector, order: Random) -> dict[str, Any]:
    chambers = order.sample(given.get("chambers", []), len(given.get("chambers", [])))
    rule = voting.read_rule(
        {
            "method": "motion",
            **given["rules"],
            "chambers": [
                {
                    "id": each["id"],
                    "threshold": each["threshold"],
                    "cmp": each["cmp"],
                    "base": "electorate" if each["base"] == "total" else each["base"],
                }
                for each in given.get("chambers", [])
            ],
        }
    )
    assert isinstance(rule, voting.MotionRule)
    size = given.get("electorate")
    if "ballots" in given:
        electorate = None if size is None else voting.Electorate(size, size)
        result = motions.count(rule, ballots_of(given, "choice", order), electorate)
    else:
        tally = voting.Tally(**given["votes"], electorate=size)
        result = motions.decide(rule, tally, {each["id"]: _chamber(each) for each in chambers})
    return {
        "passed": result.outcome == "passed",
        "failed_tests": [
            "approval_quorum" if name == "approval-quorum" else name for name in result.failed
        ],
        "outcome": result.outcome,
    }


def _chamber(given: Vector) -> voting.Tally:
    fields = {"yes": "yes", "no": "no", "abstain": "abstain", "total": "electorate"}
    return voting.Tally(**{fields[name]: Fraction(given[name]) for name in fields if name in given})


def consent(given: Vector, order: Random) -> dict[str, Any]:
    answers = [
        voting.Ballot(
            "objection-set-aside"
            if each["kind"] == "objection" and not each.get("valid", True)
            else each["kind"]
        )
        for each in order.sample(given["responses"], len(given["responses"]))
    ]
    rule = voting.read_rule({"method": "consent", **given["rules"]})
    size = given["electorate"]
    result = voting.count(rule, answers, electorate=voting.Electorate(size, size))
    return {"outcome": result.outcome, "objections": result.figures["objections"]}


def approval(given: Vector, order: Random) -> dict[str, Any]:
    rule = {"method": "approval", "seats": given.get("seats", 1)}
    return _by_totals(elected(rule, "approve", given, order))


def score(given: Vector, order: Random) -> dict[str, Any]:
    rule = {"method": "score", "seats": given.get("seats", 1), "max": given.get("max", 5)}
    return _by_totals(elected(rule, "scores", given, order))


def star(given: Vector, order: Random) -> dict[str, Any]:
    result = elected({"method": "star", "max": given.get("max", 5)}, "scores", given, order)
    return {**_by_totals(result), **{k: result.figures.get(k) for k in ("finalists", "runoff")}}


def _by_totals(result: voting.Result) -> dict[str, Any]:
    return {**_chosen(result), "totals": result.figures["totals"]}


def _chosen(result: voting.Result) -> dict[str, Any]:
    return {"winners": list(result.winners), "tied": list(result.tied)}


def irv(given: Vector, order: Random) -> dict[str, Any]:
    result = elected({"method": "irv"}, "rank", given, order)
    rounds: list[dict[str, Any]] = [
        {"tally": stage.votes, "exhausted": stage.exhausted} for stage in result.stages
    ]
    for one, after in zip(rounds, result.stages[1:], strict=False):
        one["excluded"] = after.option
    return {**_chosen(result), "rounds": rounds}


def by_schulze(given: Vector, order: Random) -> dict[str, Any]:
    if "pairwise" in given:
        result = schulze.decide(given["pairwise"], lot_of(given))
    else:
        result = elected({"method": "schulze"}, "rank", given, order)
    ranking = [list(tier) for tier in result.figures["ranking"]]  # type: ignore[attr-defined]
    paths = result.figures["strongestPaths"]
    return {**_chosen(result), "ranking": ranking, "strongest_paths": paths}


def by_ranked_pairs(given: Vector, order: Random) -> dict[str, Any]:
    if "pairwise" in given:
        return _chosen(ranked_pairs.decide(given["pairwise"], lot_of(given)))
    return _chosen(elected({"method": "ranked-pairs"}, "rank", given, order))


def stv(given: Vector, order: Random) -> dict[str, Any]:
    result = elected({"method": "stv", "seats": given["seats"]}, "rank", given, order)
    return {
        "quota": result.figures["quota"],
        "elected": list(result.winners),
        "tied": list(result.tied),
        "stages": [
            {
                "action": ":".join(filter(None, (stage.action, stage.option))),
                "votes": stage.votes,
                "non_transferable": stage.exhausted,
            }
            for stage in result.stages
        ],
    }


def by_weights(given: Vector, order: Random) -> dict[str, Any]:
    names = {"base_plus_prop_up": "base-proportional", "seat_cap": "most"}
    rule = {names.get(field, field): value for field, value in given.items() if field != "members"}
    rule["scheme"] = names.get(given["scheme"], given["scheme"])
    members = dict(order.sample(list(given["members"].items()), len(given["members"])))
    try:
        weights = voting.weights(voting.read_weights(rule), members)
    except voting.UnusableRule as refused:
        return {"error": refused.code.replace("-", "_")}
    return {"weights": weights, "total": sum(weights.values())}


def power(given: Vector, order: Random) -> dict[str, Any]:
    weights = dict(order.sample(list(given["weights"].items()), len(given["weights"])))
    found = voting.banzhaf(weights, given["quota"])
    return {"swings": found.swings, "dummies": list(found.dummies)}


COUNTED: dict[str, Callable[[Vector, Random], dict[str, Any]]] = {
    "motion": motion,
    "consent": consent,
    "approval": approval,
    "score": score,
    "star": star,
    "irv": irv,
    "schulze": by_schulze,
    "ranked_pairs": by_ranked_pairs,
    "stv_scottish": stv,
    "weights": by_weights,
    "banzhaf": power,
}
# What is a set: the vectors list it in the order of their candidates.
SETS = ("tied", "finalists", "dummies")


def normal(facts: dict[str, Any]) -> dict[str, Any]:
    return {
        name: sorted(value) if name in SETS and value is not None else value
        for name, value in facts.items()
    }


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_a_vector_comes_out_exactly_in_whatever_order_it_is_counted(vector: Vector) -> None:
    expected = normal(vector["expected"])
    if "tied" not in expected and "lot_seed" not in vector["input"]:
        expected["tied"] = []
    for seed in range(ORDERS):
        found = normal(COUNTED[vector["method"]](vector["input"], Random(f"{vector['id']} {seed}")))
        found.setdefault("tied", [])
        if "ranking" in expected:
            expected["ranking"] = [sorted(tier) for tier in expected["ranking"]]
        assert {name: found[name] for name in expected} == expected
