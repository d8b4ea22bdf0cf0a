"""What every method that chooses among options begins and ends with."""

from collections.abc import Collection, Mapping, Sequence

from node.voting.ballots import Turnout
from node.voting.errors import UnusableRule
from node.voting.results import Outcome, Result, Stage
from node.voting.ties import Lot, check_lot


def check_options(options: Sequence[str], lot: Lot, seats: int = 1) -> None:
    """Raises UnusableRule unless there is something to choose, each option once."""
    if not options:
        raise UnusableRule("options", "missing")
    if len(options) != len(set(options)) or "" in options:
        raise UnusableRule("options", "not-distinct")
    if seats < 1:
        raise UnusableRule("seats", "out-of-range")
    check_lot(lot, options)


def nobody_voted(
    method: str, options: Collection[str], turnout: Turnout, **figures: object
) -> Result:
    """Without a vote for anybody nobody wins, not even by lot: all are equal."""
    return Result(method, Outcome.NO_VOTES, turnout, tied=tuple(sorted(options)), figures=figures)


def decided(
    method: str,
    turnout: Turnout,
    winners: Sequence[str],
    tied: Sequence[str],
    seats: int,
    *,
    stages: Sequence[Stage],
    figures: Mapping[str, object],
) -> Result:
    """A tie if seats are left that only a lot could fill."""
    outcome = Outcome.TIE if tied and len(winners) < seats else Outcome.DECIDED
    return Result(
        method,
        outcome,
        turnout,
        tuple(winners),
        tuple(sorted(tied)),
        figures,
        stages=tuple(stages),
    )
