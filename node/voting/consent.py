"""Consent, as sociocratic circles decide: passed unless somebody has a reasoned objection.

G. Endenburg, Sociocracy (1988). Whoever answers takes part. An objection that was marked as not
reasoned is set aside: its voter has answered, but it does not block. Every voter is one voice.
Tests, in their fixed order: quorum, objections.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from node.voting.ballots import Ballot, read, word_reader
from node.voting.errors import UnusableRule
from node.voting.results import Check, Outcome, Result, Stage
from node.voting.thresholds import Part

METHOD = "consent"
CONSENT, OBJECTION, SET_ASIDE = "consent", "objection", "objection-set-aside"
ABSTAINS = "abstain"


@dataclass(frozen=True)
class ConsentRule:
    """quorum: the part of the electorate that must answer. most_objections: that still pass."""

    quorum: Fraction = Fraction(0)
    most_objections: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.quorum <= 1:
            raise UnusableRule("quorum", "out-of-range")
        if self.most_objections < 0:
            raise UnusableRule("most_objections", "out-of-range")


def count(rule: ConsentRule, ballots: Sequence[Ballot], voters: int | None = None) -> Result:
    """Count answers; voters: how many may answer. Raises UnusableRule where a quorum needs it."""
    if rule.quorum and voters is None:
        raise UnusableRule("electorate", "missing")
    reading = read(
        ballots, word_reader((CONSENT, OBJECTION, SET_ASIDE), ABSTAINS), use_weights=False
    )
    answers, turnout = reading.papers, reading.turnout
    objections = answers.get(OBJECTION, 0)
    checks = [Check("objections", objections, turnout.votes, 0, objections <= rule.most_objections)]
    if rule.quorum:
        part, everybody = Part(rule.quorum), voters or 0
        came = turnout.votes
        checks.insert(
            0, Check("quorum", came, everybody, part.needed(everybody), part.holds(came, everybody))
        )
    return Result(
        METHOD,
        _outcome(checks),
        turnout,
        figures={"objections": objections, "mostObjections": rule.most_objections},
        checks=tuple(checks),
        stages=(
            Stage(
                "count",
                {word: answers.get(word, 0) for word in (CONSENT, OBJECTION, SET_ASIDE)},
            ),
        ),
    )


def _outcome(checks: list[Check]) -> Outcome:
    failed = {check.name for check in checks if not check.holds}
    if "quorum" in failed:
        return Outcome.INQUORATE
    return Outcome.BLOCKED if failed else Outcome.PASSED
