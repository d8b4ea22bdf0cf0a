"""Rival variants of one proposal: the method picks one first, then it must pass against no change.

All variants and "no change" are ranked, Schulze picks the best, and that one must beat "no change"
by the rule of its class of decisions. In this order: to drop variants by their threshold before
they are compared can pass the opposite of what most wanted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from node.voting import schulze
from node.voting.ballots import Ballot, read, tiers_reader
from node.voting.elections import check_options, nobody_voted
from node.voting.errors import UnusableRule
from node.voting.motions import Electorate, decide
from node.voting.pairwise import compared
from node.voting.results import Outcome, Result
from node.voting.thresholds import MotionRule, Tally
from node.voting.ties import Lot

METHOD = "variants"


@dataclass(frozen=True)
class VariantsRule:
    """no_change: the option that leaves everything as it is. Its rule has no chambers."""

    motion: MotionRule
    no_change: str

    def __post_init__(self) -> None:
        if self.motion.chambers:
            raise UnusableRule("chambers", "unused")


def count(
    rule: VariantsRule,
    ballots: Sequence[Ballot],
    options: Sequence[str],
    lot: Lot = None,
    electorate: Electorate | None = None,
) -> Result:
    """Count rankings. The winner passes or is rejected; that "no change" wins is a rejection."""
    if rule.no_change not in options:
        raise UnusableRule("no_change", "not-an-option")
    check_options(options, lot)
    use_weights = rule.motion.use_weights
    reading = read(ballots, tiers_reader(options), use_weights=use_weights)
    turnout = reading.turnout
    if not turnout.counted:
        return nobody_voted(METHOD, options, turnout)
    pairs = compared(reading.papers, options)
    ranked = replace(schulze.decide(pairs, lot, turnout), method=METHOD)
    if ranked.outcome is not Outcome.DECIDED:
        return ranked
    (best,) = ranked.winners
    if best == rule.no_change:
        return replace(ranked, outcome=Outcome.REJECTED)
    yes, no = pairs[best][rule.no_change], pairs[rule.no_change][best]
    size = None if electorate is None else electorate.size("", use_weights=use_weights)
    tally = Tally(yes, no, turnout.counted + turnout.abstained - yes - no, turnout.invalid, size)
    verdict = decide(rule.motion, tally, {}, turnout)
    return replace(
        ranked,
        outcome=verdict.outcome,
        winners=(best,) if verdict.outcome is Outcome.PASSED else (),
        checks=verdict.checks,
        stages=(*ranked.stages, *verdict.stages),
    )
