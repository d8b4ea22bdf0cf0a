"""Score: everybody gives every option whole points; the highest sums win. Blank is nothing.

W. D. Smith, Range Voting (2000). No mean is taken, so that leaving an option out is the same as 0.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from node.voting.ballots import Ballot, Scores, read, score_reader
from node.voting.elections import check_options, decided, nobody_voted
from node.voting.errors import UnusableRule
from node.voting.results import Result, Stage
from node.voting.ties import Lot, top

METHOD = "score"


class ScoreRule(Struct, frozen=True):
    """The most points a voter can give to an option, and how many win."""

    highest: int = 5
    seats: int = 1

    def __post_init__(self) -> None:
        if self.highest < 1:
            raise UnusableRule("highest", "out-of-range")


def count(
    rule: ScoreRule, ballots: Sequence[Ballot], options: Sequence[str], lot: Lot = None
) -> Result:
    """Count ballots whose choice is an object of points by option."""
    check_options(options, lot, rule.seats)
    reading = read(ballots, score_reader(options, rule.highest))
    if not reading.turnout.counted:
        return nobody_voted(METHOD, options, reading.turnout)
    totals = summed(reading.papers, options)
    winners, tied, ties = top(totals, rule.seats, lot)
    return decided(
        METHOD,
        reading.turnout,
        winners,
        tied,
        rule.seats,
        stages=[Stage("count", totals, elected=winners, ties=ties)],
        figures={"totals": totals},
    )


def summed(papers: Mapping[Scores, int], options: Sequence[str]) -> dict[str, int]:
    """Points by option, in the order of names."""
    totals = dict.fromkeys(sorted(options), 0)
    for scores, votes in papers.items():
        for option, points in scores:
            totals[option] += points * votes
    return totals
