"""Consent, as sociocratic circles decide: passed unless somebody has a reasoned objection.

G. Endenburg, Sociocracy: The Organization of Decision-Making (1998). Whoever answers takes part. An
objection that was marked as not reasoned is set aside: its voter has answered, but it does not
block. Every voter is one voice. Tests, in their fixed order: quorum, objections.
"""

from collections.abc import Sequence
from fractions import Fraction

from msgspec import Struct

from node.voting.ballots import Ballot, read, word_reader
from node.voting.errors import UnusableRule
from node.voting.results import Check, Outcome, Result, Stage
from node.voting.thresholds import Part

METHOD = "consent"
CONSENT, OBJECTION, SET_ASIDE = "consent", "objection", "objection-set-aside"
ABSTAINS = "abstain"


class ConsentRule(Struct, frozen=True):
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
    checks = _checks(rule, objections, turnout.votes, voters or 0)
    return Result(
        METHOD,
        _outcome(checks),
        turnout,
        figures={"objections": objections},
        checks=checks,
        stages=(
            Stage(
                "count",
                {word: answers.get(word, 0) for word in (CONSENT, OBJECTION, SET_ASIDE)},
            ),
        ),
    )


def _checks(rule: ConsentRule, objections: int, came: int, voters: int) -> tuple[Check, ...]:
    most, part = rule.most_objections, Part(rule.quorum)
    consent = Check("objections", objections, came, most, objections <= most)
    if not rule.quorum:
        return (consent,)
    return (Check("quorum", came, voters, part.needed(voters), part.holds(came, voters)), consent)


def _outcome(checks: Sequence[Check]) -> Outcome:
    failed = {check.name for check in checks if not check.holds}
    if "quorum" in failed:
        return Outcome.INQUORATE
    return Outcome.BLOCKED if failed else Outcome.PASSED
