"""Instant runoff: the last is excluded until one has more than half of the votes that still count.

The alternative vote of the Parliamentary Voting System and Constituencies Act 2011 (UK), s. 9, but
for ties, which are those of SSI 2007/42 rule 51: whoever had fewest at the latest earlier stage at
which they differed is excluded, else it is by lot.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from node.voting.ballots import Ballot, Order, Turnout, order_reader, read
from node.voting.elections import check_options, nobody_voted
from node.voting.results import Outcome, Result, Stage, Tie
from node.voting.ties import Lot, told_apart

METHOD = "irv"


class IrvRule(Struct, frozen=True):
    """Nothing to choose: one wins."""


def count(
    _rule: IrvRule, ballots: Sequence[Ballot], options: Sequence[str], lot: Lot = None
) -> Result:
    """Count rankings, in whole or in part."""
    check_options(options, lot)
    reading = read(ballots, order_reader(options))
    total = reading.turnout.counted
    if not total:
        return nobody_voted(METHOD, options, reading.turnout)
    continuing, excluded = set(options), ""
    stages: list[Stage] = []
    history: list[dict[str, int]] = []
    ties: tuple[Tie, ...] = ()
    while True:
        votes = first_of(reading.papers, continuing)
        active = sum(votes.values())
        ahead = [option for option in votes if 2 * votes[option] > active]
        stages.append(
            Stage(
                "exclude" if excluded else "first",
                votes,
                option=excluded,
                elected=tuple(ahead),
                exhausted=total - active,
                needed=active // 2 + 1,
                ties=ties,
            )
        )
        if ahead:
            return _result(Outcome.DECIDED, reading.turnout, ahead, (), stages)
        tie = _last(votes, history, lot)
        if not tie.chosen:
            return _result(Outcome.TIE, reading.turnout, (), tie.among, stages)
        (excluded,) = tie.chosen
        ties = (tie,) if len(tie.among) > 1 else ()
        continuing.remove(excluded)
        history.append(votes)


def first_of(papers: Mapping[Order, int], continuing: set[str]) -> dict[str, int]:
    """Votes of each continuing option: papers on which it is the first that continues."""
    votes = dict.fromkeys(sorted(continuing), 0)
    for order, weight in papers.items():
        for option in order:
            if option in continuing:
                votes[option] += weight
                break
    return votes


def _last(votes: dict[str, int], history: Sequence[Mapping[str, int]], lot: Lot) -> Tie:
    fewest = min(votes.values())
    among = [option for option in votes if votes[option] == fewest]
    if len(among) == 1:
        return Tie("exclusion", tuple(among), chosen=tuple(among))
    return told_apart("exclusion", among, history, lot, highest=False)


def _result(
    outcome: Outcome,
    turnout: Turnout,
    winners: Sequence[str],
    tied: Sequence[str],
    stages: Sequence[Stage],
) -> Result:
    return Result(METHOD, outcome, turnout, tuple(winners), tuple(tied), stages=tuple(stages))
