"""A proposal is worked out anew: what only one side states, or states differently, never counts."""

from datetime import date

import pytest
from msgspec.structs import replace

from node.clearing import checking
from node.clearing.papers import LeftOut, Proposed, Stated

MOST = 50


def row(name: str, debtor: str, creditor: str, cents: int, day: int = 1) -> Stated:
    return Stated(date(2027, 1, day), name, debtor, creditor, cents, f"z{name}")


def offers(*rows: Stated, coops: str = "abc") -> dict[str, list[Stated]]:
    return {coop: [one for one in rows if coop in (one.debtor, one.creditor)] for coop in coops}


RING = (row("ab", "a", "b", 100), row("bc", "b", "c", 100), row("ca", "c", "a", 70))


def proposed(stated: dict[str, list[Stated]], **changed: int) -> Proposed:
    cleared, left_out = checking.propose(stated, MOST)
    return Proposed("EUR", (), cleared | changed, left_out)


def codes(stated, proposal) -> list[str]:
    return [found.code for found in checking.check(proposal, stated, MOST)]


def test_an_honest_proposal_has_no_fault():
    honest = proposed(offers(*RING))
    assert honest.cleared == {"ab": 70, "bc": 70, "ca": 70}
    assert codes(offers(*RING), honest) == []


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"ab": 500}, "not-owed"),
        ({"ab": 69}, "unbalanced"),
        ({"ab": 60, "bc": 60, "ca": 60}, "not-largest"),
        ({"zz": 1}, "not-stated"),
    ],
)
def test_a_changed_proposal_is_refused_with_the_reason(changed, code):
    assert code in codes(offers(*RING), proposed(offers(*RING), **changed))


def test_what_one_side_alone_states_is_left_out_and_both_are_named():
    stated = offers(*RING)
    stated["a"].append(row("made-up", "b", "a", 999))
    honest = proposed(stated)
    assert honest.left_out == (LeftOut("made-up", ("a", "b"), "one-sided"),)
    [found] = checking.check(replace(honest, cleared={"made-up": 1}), stated, MOST)
    assert (found.code, found.coops, found.about) == ("one-sided", ("a", "b"), "made-up")


def test_what_both_state_differently_is_left_out_and_both_are_named():
    stated = offers(*RING)
    stated["b"] = [
        replace(one, remaining=99) if one.obligation == "ab" else one for one in RING[:2]
    ]
    honest = proposed(stated)
    assert honest.left_out == (LeftOut("ab", ("a", "b"), "differs"),)
    assert honest.cleared == {}


def test_a_third_coop_cannot_state_what_others_owe():
    stated = offers(*RING)
    stated["c"].append(RING[0])
    assert "ab" not in checking.match(stated, MOST).rows


def test_what_is_owed_to_a_coop_outside_the_run_is_no_lie():
    stated = offers(*RING, row("ad", "a", "d", 10))
    assert proposed(stated).left_out == ()


def test_one_whose_offer_is_full_is_not_called_a_liar():
    stated = {"a": [row(f"ab{n}", "a", "b", 1) for n in range(3)], "b": [row("ab0", "a", "b", 1)]}
    stated["b"].append(row("cb", "c", "b", 1))
    left = checking.match(stated | {"c": [row("cb", "c", "b", 1)]}, 2).left_out
    assert {each.why for each in left} == {"no-room"}


def test_what_is_due_first_is_set_off_first_or_the_proposal_is_refused():
    stated = offers(row("old", "a", "b", 60), row("new", "a", "b", 60, 20), *RING[1:])
    honest = proposed(stated)
    assert honest.cleared == {"old": 60, "new": 10, "bc": 70, "ca": 70}
    favour = replace(honest, cleared=honest.cleared | {"old": 10, "new": 60})
    assert codes(stated, favour) == ["wrong-order"]


def test_hiding_or_inventing_what_was_left_out_is_found():
    stated = offers(*RING)
    stated["a"].append(row("made-up", "b", "a", 999))
    honest = proposed(stated)
    assert codes(stated, replace(honest, left_out=())) == ["left-out-differs"]
