"""Set-off: the most that can be crossed out, nobody's position changed, and lies found out."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.clearing.circulation import (
    FaultKind,
    faults,
    largest,
    net_positions,
    per_obligation,
    residual,
)

# Features paper, demo data, story 5: EUR cents.
FIVE_COOPS = {
    ("Mawimbi", "Portici"): 18_000,
    ("Portici", "Pioneer"): 26_000,
    ("Pioneer", "Mawimbi"): 21_000,
    ("Lanehead", "Pioneer"): 9_000,
    ("Pioneer", "Câmara"): 12_000,
    ("Câmara", "Lanehead"): 7_500,
    ("Portici", "Câmara"): 4_000,
}


def random_graph(seed: int, coops: int, obligations: int) -> dict[tuple[str, str], int]:
    chance = random.Random(seed)
    names = [f"coop-{number:03}" for number in range(coops)]
    pairs = [tuple(chance.sample(names, 2)) for _each in range(obligations)]
    return {pair: chance.randint(1, 500_000) for pair in pairs}


def test_the_five_coops_clear_what_the_paper_says():
    cleared = largest(FIVE_COOPS)
    assert sum(FIVE_COOPS.values()) == 97_500
    assert sum(cleared.values()) == 76_500
    assert faults(FIVE_COOPS, cleared) == []
    assert net_positions(residual(FIVE_COOPS, cleared)) == {
        "Portici": -12_000,
        "Lanehead": -1_500,
        "Pioneer": 2_000,
        "Mawimbi": 3_000,
        "Câmara": 8_500,
    }


@pytest.mark.parametrize("seed", range(2))
def test_in_a_graph_of_300_coops_every_net_position_stays(seed):
    owed = random_graph(seed, 300, 2_000)
    cleared = largest(owed)
    assert faults(owed, cleared) == []
    before, after = net_positions(owed), net_positions(residual(owed, cleared))
    assert {coop: after.get(coop, 0) for coop in before} == before
    assert sum(cleared.values()) > sum(owed.values()) // 2


@st.composite
def debts(draw):
    names = "abcdef"[: draw(st.integers(2, 6))]
    pairs = [(debtor, creditor) for debtor in names for creditor in names if debtor != creditor]
    return draw(st.dictionaries(st.sampled_from(pairs), st.integers(1, 50)))


@given(debts())
def test_the_proposal_is_always_accepted_by_the_check(owed):
    assert faults(owed, largest(owed)) == []


@given(debts(), st.data())
def test_whatever_is_balanced_and_smaller_is_found_not_to_be_the_largest(owed, data):
    best = largest(owed)
    some = data.draw(st.fixed_dictionaries({pair: st.integers(0, n) for pair, n in owed.items()}))
    smaller = largest(some)
    found = {fault.kind for fault in faults(owed, smaller)}
    if sum(smaller.values()) < sum(best.values()):
        assert found == {FaultKind.NOT_LARGEST}
    else:
        assert not found


@given(debts(), st.data())
def test_a_changed_amount_is_always_found(owed, data):
    cleared = largest(owed)
    if not owed:
        return
    pair = data.draw(st.sampled_from(sorted(owed)))
    change = data.draw(st.integers(-60, 60).filter(bool))
    assert faults(owed, cleared | {pair: cleared.get(pair, 0) + change})


def test_setting_off_more_than_is_owed_is_named_with_both_coops_and_the_excess():
    owed = {("a", "b"): 10, ("b", "a"): 10}
    [first, second] = faults(owed, {("a", "b"): 12, ("b", "a"): 12})
    assert (first.kind, first.coops, first.amount) == (FaultKind.NOT_OWED, ("a", "b"), 2)
    assert second.coops == ("b", "a")


def test_a_position_that_would_change_is_named_with_the_coop():
    owed = {("a", "b"): 10, ("b", "c"): 10}
    found = faults(owed, {("a", "b"): 5, ("b", "c"): 5})
    assert [(fault.coops, fault.amount) for fault in found] == [(("a",), -5), (("c",), 5)]


def test_a_proposal_that_leaves_a_round_open_is_named_with_the_round():
    owed = {("a", "b"): 10, ("b", "c"): 10, ("c", "a"): 10}
    [fault] = faults(owed, {})
    assert fault.kind is FaultKind.NOT_LARGEST
    assert set(fault.coops) == {"a", "b", "c"}


def test_what_was_due_first_is_crossed_out_first():
    pair, other = ("a", "b"), ("b", "a")
    obligations = [("old", pair, 30), ("back", other, 40), ("new", pair, 30)]
    assert per_obligation(obligations, {pair: 40, other: 40}) == {"old": 30, "back": 40, "new": 10}


def test_the_same_debts_in_another_order_give_the_same_proposal():
    owed = random_graph(7, 40, 200)
    shuffled = list(owed.items())
    random.Random(1).shuffle(shuffled)
    assert largest(dict(shuffled)) == largest(owed)
