"""Schulze: whoever nobody beats along a path of defeats whose weakest link is the strongest.

M. Schulze, A new monotonic, clone-independent, reversal symmetric, and Condorcet-consistent
single-winner election method, Social Choice and Welfare 36 (2011). The strength of a defeat is the
votes for its winner ("winning votes"); what stands equal in the beat-path relation is a tie.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from node.voting.ballots import Ballot, Turnout
from node.voting.elections import check_options, decided
from node.voting.pairwise import Matrix, by_pairs, check_matrix, undefeated
from node.voting.results import Result, Stage
from node.voting.ties import Lot, top

METHOD = "schulze"


class SchulzeRule(Struct, frozen=True):
    """Nothing to choose: one wins, and all are ranked."""


def count(
    _rule: SchulzeRule, ballots: Sequence[Ballot], options: Sequence[str], lot: Lot = None
) -> Result:
    """Count rankings, in whole or in part, with or without equals."""
    return by_pairs(METHOD, decide, ballots, options, lot)


def decide(matrix: Matrix, lot: Lot = None, turnout: Turnout | None = None) -> Result:
    """The outcome of pairs already counted."""
    check_matrix(matrix)
    check_options(list(matrix), lot)
    paths = strongest_paths(matrix)
    tiers = _tiers(paths)
    best = tiers[0]
    winners, tied, ties = top(dict.fromkeys(best, 0), 1, lot)
    return decided(
        METHOD,
        turnout or Turnout(),
        winners,
        tied,
        1,
        stages=[
            *(Stage("pairs", row, option=name) for name, row in sorted(matrix.items())),
            *(Stage("paths", row, option=name) for name, row in sorted(paths.items())),
            Stage("ranking", {}, elected=winners, ties=ties),
        ],
        figures={"ranking": tiers, "strongestPaths": paths, "pairwise": matrix},
    )


def strongest_paths(matrix: Matrix) -> dict[str, dict[str, int]]:
    """For each pair the strongest path of defeats; 0 where there is none (Floyd–Warshall)."""
    names = sorted(matrix)
    size = range(len(names))
    paths = [
        [
            matrix[a][b] if a != b and matrix[a][b] > matrix[b][a] else 0
            for b in names
        ]
        for a in names
    ]  # fmt: skip
    for middle in size:
        onward = paths[middle]
        for start in size:
            row, reach = paths[start], paths[start][middle]
            if start == middle or not reach:
                continue
            for end in size:
                strength = min(reach, onward[end])
                if strength > row[end]:
                    row[end] = strength
    return {
        name: {names[end]: paths[start][end] for end in size if end != start}
        for start, name in enumerate(names)
    }


def _tiers(paths: Mapping[str, Mapping[str, int]]) -> tuple[tuple[str, ...], ...]:
    """Who is undefeated; who is once those are out; and so on."""
    beats = {
        name: {other: row[other] > paths[other][name] for other in row}
        for name, row in paths.items()
    }
    left, tiers = sorted(paths), []
    while left:
        tier = undefeated(beats, left)
        tiers.append(tuple(tier))
        left = [name for name in left if name not in tier]
    return tuple(tiers)
