"""Approval: everybody names all options that would do; those named most win.

S. J. Brams and P. C. Fishburn, Approval Voting, American Political Science Review 72 (1978).
"""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from node.voting.ballots import Ballot, approval_reader, read
from node.voting.elections import check_options, decided, nobody_voted
from node.voting.results import Change, Result, Stage
from node.voting.ties import Lot, top

METHOD = "approval"


class ApprovalRule(Struct, frozen=True):
    """How many win."""

    seats: int = 1


def count(
    rule: ApprovalRule, ballots: Sequence[Ballot], options: Sequence[str], lot: Lot = None
) -> Result:
    """Count ballots whose choice is a list of options."""
    check_options(options, lot, rule.seats)
    reading = read(ballots, approval_reader(options))
    if not reading.turnout.counted:
        return nobody_voted(METHOD, options, reading.turnout)
    totals = dict.fromkeys(sorted(options), 0)
    for approved, votes in reading.papers.items():
        for option in approved:
            totals[option] += votes
    winners, tied, ties = top(totals, rule.seats, lot)
    result = decided(
        METHOD,
        reading.turnout,
        winners,
        tied,
        rule.seats,
        stages=[Stage("count", totals, elected=winners, ties=ties)],
        figures={"totals": totals},
    )
    return replace(result, changes=_changes(totals, winners, tied, reading.turnout.counted))


def _changes(
    totals: dict[str, int], winners: Sequence[str], tied: Sequence[str], voters: int
) -> tuple[Change, ...]:
    """How many more approvals the next in line needed to win without a lot.

    Left out where so many did not vote that way because all who voted approved of it already.
    """
    losers = [option for option in totals if option not in winners]
    if not losers:
        return ()
    bar = totals[tied[0]] if tied else min(totals[option] for option in winners)
    closest = max(totals[option] for option in losers)
    votes = bar - closest + 1
    return tuple(
        Change(option, votes)
        for option in sorted(losers)
        if totals[option] == closest and totals[option] + votes <= voters
    )
