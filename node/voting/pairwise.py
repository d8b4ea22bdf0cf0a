"""Every option against every other: how many votes prefer the one, how many the other."""

from collections.abc import Callable, Mapping, Sequence

from node.voting.ballots import Ballot, Tiers, Turnout, read, tiers_reader
from node.voting.elections import check_options, nobody_voted
from node.voting.errors import UnusableRule
from node.voting.results import Result
from node.voting.ties import Lot

Matrix = Mapping[str, Mapping[str, int]]
"""matrix[a][b]: votes that rank a above b."""


def by_pairs(
    method: str,
    decide: Callable[[Matrix, Lot, Turnout], Result],
    ballots: Sequence[Ballot],
    options: Sequence[str],
    lot: Lot,
) -> Result:
    """Count rankings by a method that looks at nothing of them but their pairs."""
    check_options(options, lot)
    reading = read(ballots, tiers_reader(options))
    if not reading.turnout.counted:
        return nobody_voted(method, options, reading.turnout)
    return decide(compared(reading.papers, options), lot, reading.turnout)


def compared(papers: Mapping[Tiers, int], options: Sequence[str]) -> dict[str, dict[str, int]]:
    """The matrix of rankings; whoever ranks two options equal prefers neither."""
    names = sorted(options)
    at = {name: place for place, name in enumerate(names)}
    above = [[0] * len(names) for _name in names]
    for tiers, votes in papers.items():
        below = [at[option] for tier in tiers for option in tier]
        for tier in tiers:
            below = below[len(tier) :]
            for option in tier:
                row = above[at[option]]
                for other in below:
                    row[other] += votes
    return {
        name: {other: above[at[name]][at[other]] for other in names if other != name}
        for name in names
    }


def check_matrix(matrix: Matrix) -> None:
    """Raises UnusableRule unless every pair has whole votes both ways."""
    for name, row in matrix.items():
        if set(row) != set(matrix) - {name}:
            raise UnusableRule("pairwise", "not-every-pair")
        if any(type(votes) is not int or votes < 0 for votes in row.values()):
            raise UnusableRule("pairwise", "not-whole")


def undefeated(beats: Mapping[str, Mapping[str, bool]], among: Sequence[str]) -> list[str]:
    """Those of these whom no other of these beats."""
    return [
        name for name in among if not any(beats[other][name] for other in among if other != name)
    ]


def smith_set(matrix: Matrix) -> list[str]:
    """The smallest set whose members each win against everybody outside it.

    J. H. Smith, Aggregation of Preferences with Variable Electorate, Econometrica 41 (1973).
    """
    wins = {a: sum(matrix[a][b] > matrix[b][a] for b in matrix[a]) for a in matrix}
    members = {a for a in matrix if wins[a] == max(wins.values())}
    while more := {
        b for a in members for b in matrix[a] if b not in members and matrix[b][a] >= matrix[a][b]
    }:
        members |= more
    return sorted(members)
