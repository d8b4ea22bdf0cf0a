"""Rival variants of one proposal: the method picks one first, then it must pass against no change.

All variants and "no change" are ranked, Schulze picks the best, and that one must beat "no change"
by the rule of its class of decisions, in every chamber too. In this order: to drop variants by
their threshold before they are compared can pass the opposite of what most wanted.
"""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

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


class VariantsRule(Struct, frozen=True):
    """no_change: the option that leaves everything as it is."""

    motion: MotionRule
    no_change: str


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
    reading = read(ballots, tiers_reader(options), use_weights=rule.motion.use_weights)
    turnout = reading.turnout
    if not turnout.counted:
        return nobody_voted(METHOD, options, turnout)
    ranked = schulze.decide(compared(reading.papers, options), lot, turnout)
    ranked = replace(ranked, method=METHOD)
    if ranked.outcome is not Outcome.DECIDED:
        return ranked
    (best,) = ranked.winners
    if best == rule.no_change:
        return replace(ranked, outcome=Outcome.REJECTED)
    duel = _Duel(best, rule.no_change, options, electorate)
    chambers = {
        each.name: duel.tally(
            [ballot for ballot in ballots if each.group in ("", ballot.group)],
            each.group,
            use_weights=each.use_weights,
        )
        for each in rule.motion.chambers
    }
    tally = duel.tally(ballots, "", use_weights=rule.motion.use_weights)
    verdict = decide(rule.motion, tally, chambers, turnout)
    return replace(
        ranked,
        outcome=verdict.outcome,
        winners=(best,) if verdict.outcome is Outcome.PASSED else (),
        checks=verdict.checks,
        stages=(*ranked.stages, *verdict.stages),
    )


class _Duel(Struct, frozen=True):
    """The best variant against no change: whoever ranks both equal is on no side."""

    best: str
    no_change: str
    options: Sequence[str]
    electorate: Electorate | None

    def tally(self, ballots: Sequence[Ballot], group: str, *, use_weights: bool) -> Tally:
        reading = read(ballots, tiers_reader(self.options), use_weights=use_weights)
        pairs, turnout = compared(reading.papers, self.options), reading.turnout
        yes, no = pairs[self.best][self.no_change], pairs[self.no_change][self.best]
        neither = turnout.counted + turnout.abstained - yes - no
        everybody = self.electorate
        size = None if everybody is None else everybody.size(group, use_weights=use_weights)
        return Tally(yes, no, neither, turnout.invalid, size)
