"""Ranked pairs: majorities are kept from the strongest down, unless they would close a circle.

T. N. Tideman, Independence of clones as a criterion for voting rules, Social Choice and Welfare 4
(1987). The strongest majority has the most votes for its winner, then the fewest against. Among
exactly equal majorities every order is tried; whoever wins in one of them is a possible winner, and
several are a tie. Above `MOST_ORDERS` orders all of the Smith set are possible winners.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby, permutations
from math import factorial, prod

from msgspec import Struct

from node.voting.ballots import Ballot, Turnout
from node.voting.elections import check_options, decided
from node.voting.pairwise import Matrix, by_pairs, check_matrix, smith_set
from node.voting.results import Result, Stage
from node.voting.ties import Lot, top

METHOD = "ranked-pairs"
MOST_ORDERS = 5040

Majority = tuple[int, int, int, int]
"""Votes for, votes against, place of the winner, place of the loser among the names."""
Reach = tuple[int, ...]
"""For each place the places it stands above, as bits."""


class RankedPairsRule(Struct, frozen=True):
    """Nothing to choose: one wins."""


def count(
    _rule: RankedPairsRule, ballots: Sequence[Ballot], options: Sequence[str], lot: Lot = None
) -> Result:
    """Count rankings, in whole or in part, with or without equals."""
    return by_pairs(METHOD, decide, ballots, options, lot)


def decide(matrix: Matrix, lot: Lot = None, turnout: Turnout | None = None) -> Result:
    """The outcome of pairs already counted."""
    check_matrix(matrix)
    check_options(list(matrix), lot)
    names = sorted(matrix)
    groups = _groups(_majorities(matrix, names))
    orders = prod(factorial(len(group)) for group in groups)
    ends = _kept(groups, len(names)) if orders <= MOST_ORDERS else None
    possible = smith_set(matrix) if ends is None else _possible(ends, names)
    winners, tied, ties = top(dict.fromkeys(possible, 0), 1, lot)
    return decided(
        METHOD,
        turnout or Turnout(),
        winners,
        tied,
        1,
        stages=[
            *(_stage(each, names, ends) for group in groups for each in group),
            Stage("ranking", {}, elected=winners, ties=ties),
        ],
        figures={"pairwise": matrix, "orders": orders, "tried": ends is not None},
    )


def _majorities(matrix: Matrix, names: Sequence[str]) -> list[Majority]:
    return [
        (matrix[a][b], matrix[b][a], winner, loser)
        for winner, a in enumerate(names)
        for loser, b in enumerate(names)
        if a != b and matrix[a][b] > matrix[b][a]
    ]


def _groups(majorities: Iterable[Majority]) -> list[list[Majority]]:
    """The strongest first; those of one group are exactly equal, in the order of names."""
    ranked = sorted(majorities, key=lambda each: (-each[0], *each[1:]))
    return [list(group) for _strength, group in groupby(ranked, key=lambda each: each[:2])]


def _kept(groups: Iterable[Sequence[Majority]], size: int) -> set[Reach]:
    """What stands above what in the end, for every order of equal majorities.

    What is kept later depends on that alone, so orders that have come to the same go on as one.
    """
    ends: set[Reach] = {(0,) * size}
    for group in groups:
        ends = {_keep(reach, order) for reach in ends for order in permutations(group)}
    return ends


def _keep(reach: Reach, order: Iterable[Majority]) -> Reach:
    above = list(reach)
    for _votes, _against, winner, loser in order:
        if above[loser] >> winner & 1:
            continue
        gained = above[loser] | 1 << loser
        for place, below in enumerate(above):
            if place == winner or below >> winner & 1:
                above[place] |= gained
    return tuple(above)


def _possible(ends: Iterable[Reach], names: Sequence[str]) -> list[str]:
    """Names that stand below nobody in one of the ends."""
    return [
        name
        for place, name in enumerate(names)
        if any(not any(below >> place & 1 for below in reach) for reach in ends)
    ]


def _stage(majority: Majority, names: Sequence[str], ends: set[Reach] | None) -> Stage:
    """Kept in every order, in some, in none; or not tried."""
    votes, against, winner, loser = majority
    action = "untried"
    if ends is not None:
        kept = {bool(reach[winner] >> loser & 1) for reach in ends}
        action = "kept-in-some" if len(kept) > 1 else "kept" if kept == {True} else "skipped"
    return Stage(action, {names[winner]: votes, names[loser]: against}, option=names[winner])
