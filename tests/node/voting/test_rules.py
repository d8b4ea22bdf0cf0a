"""Rules as charters write them: understood in whole, or refused by the name of the field."""

from fractions import Fraction
from typing import Any

import pytest

from node import voting

MOTION = {"method": "motion", "threshold": "2/3", "cmp": ">=", "base": "cast"}


def test_a_rule_is_read_with_everything_it_says() -> None:
    rule = voting.read_rule(
        {
            **MOTION,
            "quorum": {"fraction": "1/3", "cmp": ">", "counts": "valid"},
            "approval_quorum": {"fraction": "2/5"},
            "chambers": [
                {
                    "id": "coops",
                    "threshold": "1/2",
                    "cmp": ">",
                    "base": "cast",
                    "use_weights": False,
                }
            ],
            "use_weights": False,
        }
    )
    half = voting.Part(Fraction(1, 2), voting.Cmp.MORE)
    assert rule == voting.MotionRule(
        voting.Part(Fraction(2, 3)),
        voting.Base.CAST,
        voting.Quorum(Fraction(1, 3), voting.Cmp.MORE, voting.Counts.VALID),
        voting.Part(Fraction(2, 5)),
        (voting.Chamber("coops", half, use_weights=False),),
        use_weights=False,
    )


@pytest.mark.parametrize("method", [name for name in voting.METHODS if name != "variants"])
def test_every_method_has_a_rule(method: str) -> None:
    fields = MOTION if method == "motion" else {}
    assert voting.read_rule({**fields, "method": method})


@pytest.mark.parametrize(
    ("written", "field", "code"),
    [
        (None, "rule", "shape"),
        ({}, "method", "missing"),
        ({"method": "borda"}, "method", "unknown"),
        ({"method": "stv", "seats": 0}, "seats", "out-of-range"),
        ({"method": "stv", "seats": 1.0}, "seats", "not-whole"),
        ({"method": "stv", "seats": True}, "seats", "not-whole"),
        ({"method": "irv", "seats": 2}, "seats", "unknown-field"),
        ({"method": "star", "max": 0}, "max", "out-of-range"),
        ({**MOTION, "threshold": 0.5}, "threshold", "not-a-fraction"),
        ({**MOTION, "threshold": "1/0"}, "threshold", "not-a-fraction"),
        ({**MOTION, "threshold": "3/2"}, "fraction", "out-of-range"),
        ({**MOTION, "cmp": ">>"}, "cmp", "unknown"),
        ({**MOTION, "cmp": None}, "cmp", "missing"),
        ({**MOTION, "base": "all"}, "base", "unknown"),
        ({**MOTION, "quorum": {"fraction": "1/2", "of": "x"}}, "of", "unknown-field"),
        ({**MOTION, "quorum": "1/2"}, "quorum", "shape"),
        ({**MOTION, "chambers": {}}, "chambers", "shape"),
        ({**MOTION, "use_weights": 1}, "use_weights", "shape"),
        ({**MOTION, "method": "variants"}, "no_change", "missing"),
        ({"method": "consent", "max_objections": -1}, "max_objections", "out-of-range"),
    ],
)
def test_a_rule_that_is_not_understood_is_refused_by_its_field(
    written: Any, field: str, code: str
) -> None:
    with pytest.raises(voting.UnusableRule) as refused:
        voting.read_rule(written)
    assert (refused.value.field, refused.value.code) == (field, code)


@pytest.mark.parametrize(
    ("written", "field"),
    [
        ({"scheme": "tiers"}, "tiers"),
        ({"scheme": "equal", "tiers": [{"from": 0, "votes": 1}]}, "tiers"),
        ({"scheme": "isqrt", "cap": "0/1"}, "cap"),
        ({"scheme": "base-proportional", "divisor": "0"}, "divisor"),
        ({"scheme": "equal", "quota": 3}, "quota"),
        ({"scheme": "cubic"}, "scheme"),
    ],
)
def test_weights_that_are_not_understood_are_refused_by_their_field(
    written: Any, field: str
) -> None:
    with pytest.raises(voting.UnusableRule) as refused:
        voting.read_weights(written)
    assert refused.value.field == field
