"""Yes or no: motions that pass when every test of their rule holds.

Sources of the rules: Council Regulation (EC) 1435/2003 art. 61 (quorum, second meeting, majority of
the votes cast), German Cooperatives Act (GenG) s. 43 (plural votes, and one vote each where law
needs three quarters), Scotland Act 1978 s. 85 (a part of the electorate must say yes), Swiss
Federal Constitution art. 142 (a second majority in a chamber).

Tests, in their fixed order: quorum, threshold, approval-quorum, chamber:<name>. A motion that lacks
its quorum is inquorate, whatever else it lacks; all that fail are named.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import floor

from msgspec import Struct, field
from msgspec.structs import replace

from node.voting.ballots import Ballot, Turnout, read, word_reader
from node.voting.changes import smallest_changes
from node.voting.errors import UnusableRule
from node.voting.results import Number, Outcome, Result, Stage
from node.voting.thresholds import MotionRule, Tally, checks_of

METHOD = "motion"
WORDS = ("yes", "no")
ABSTAINS = "abstain"


class Electorate(Struct, frozen=True):
    """All who may vote: votes, heads, and the same of each group."""

    votes: int
    voters: int
    groups: Mapping[str, "Electorate"] = field(default_factory=dict)

    @classmethod
    def of(cls, entitled: Iterable[tuple[int, str]]) -> "Electorate":
        """From the weight and the group of each who may vote."""
        rows = list(entitled)
        groups = {
            name: cls(sum(weight for weight, group in rows if group == name),
                      sum(group == name for _weight, group in rows))
            for name in {group for _weight, group in rows}
        }  # fmt: skip
        return cls(sum(weight for weight, _group in rows), len(rows), groups)

    def size(self, group: str, *, use_weights: bool) -> int:
        """Votes, or heads, of a group; of all if it is blank."""
        part = self.groups.get(group) if group else self
        if part is None:
            return 0
        return part.votes if use_weights else part.voters


def count(
    rule: MotionRule, ballots: Sequence[Ballot], electorate: Electorate | None = None
) -> Result:
    """Count ballots whose choice is "yes", "no" or "abstain"."""
    tally, turnout = _tally(ballots, electorate, "", use_weights=rule.use_weights)
    chambers = {
        each.name: _tally(
            [ballot for ballot in ballots if each.group in ("", ballot.group)],
            electorate,
            each.group,
            use_weights=each.use_weights,
        )[0]
        for each in rule.chambers
    }
    return decide(rule, tally, chambers, turnout)


def decide(
    rule: MotionRule,
    tally: Tally,
    chambers: Mapping[str, Tally] | None = None,
    turnout: Turnout | None = None,
) -> Result:
    """The outcome of votes already counted: a meeting's show of hands, a chamber's half votes."""
    chambers = chambers or {}
    if missing := {each.name for each in rule.chambers} - set(chambers):
        raise UnusableRule("chambers", f"missing-{min(missing)}")
    checks = checks_of(rule, tally, chambers)
    failed = {check.name for check in checks if not check.holds}
    outcome = Outcome.REJECTED if failed else Outcome.PASSED
    return Result(
        METHOD,
        Outcome.INQUORATE if "quorum" in failed else outcome,
        turnout or _turnout_of(tally),
        figures={} if tally.electorate is None else {"electorate": tally.electorate},
        checks=checks,
        stages=(
            Stage("count", _votes(tally)),
            *(Stage(f"chamber:{name}", _votes(chambers[name])) for name in sorted(chambers)),
        ),
        changes=smallest_changes(rule, tally, chambers, checks),
    )


def second_round(rule: MotionRule, first: Result) -> MotionRule:
    """The rule of a second vote on the same text: without a quorum, and else as it was.

    As Regulation 1435/2003 art. 61(4) has it for a second meeting. It is there for what lacked its
    quorum alone, and once, since a vote without a quorum cannot lack it. That the text is the same
    and that a week lies between is for who calls it to see to. Raises UnusableRule.
    """
    if first.outcome is not Outcome.INQUORATE:
        raise UnusableRule("first", "not-inquorate")
    return replace(rule, quorum=None)


def _tally(
    ballots: Sequence[Ballot], electorate: Electorate | None, group: str, *, use_weights: bool
) -> tuple[Tally, Turnout]:
    reading = read(ballots, word_reader(WORDS, ABSTAINS), use_weights=use_weights)
    size = None if electorate is None else electorate.size(group, use_weights=use_weights)
    votes, turnout = reading.papers, reading.turnout
    tally = Tally(votes.get("yes", 0), votes.get("no", 0), turnout.abstained, turnout.invalid, size)
    return tally, turnout


def _votes(tally: Tally) -> dict[str, Number]:
    return {
        "yes": tally.yes,
        "no": tally.no,
        "abstain": tally.abstain,
        "invalid": tally.invalid,
    }


def _turnout_of(tally: Tally) -> Turnout:
    """Of votes that came without ballots. Halves are not votes of anybody: they are left out."""
    counted, abstained, invalid = (
        floor(tally.yes + tally.no),
        floor(tally.abstain),
        floor(tally.invalid),
    )
    return Turnout(0, counted + abstained + invalid, counted, abstained, invalid)
