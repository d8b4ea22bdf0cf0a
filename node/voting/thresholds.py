"""What a motion needs: thresholds with their comparator and base, quorums, chambers.

Whether "three quarters" is enough or must be exceeded differs between real rules (Debian GR
2015/003), and so does of what it is three quarters: comparator and base are always said. All is
exact: whole numbers and fractions, and of nothing, nothing holds.
"""

from collections.abc import Mapping
from enum import StrEnum
from fractions import Fraction
from math import ceil, floor

from msgspec import Struct

from node.voting.errors import UnusableRule
from node.voting.results import Check, Number


class Cmp(StrEnum):
    """Whether the part must be exceeded or is enough."""

    MORE = ">"
    AT_LEAST = ">="


class Base(StrEnum):
    """Of what: yes and no; those and the abstentions; all who may vote."""

    CAST = "cast"
    PRESENT = "present"
    ELECTORATE = "electorate"


class Counts(StrEnum):
    """Who makes a quorum: all who sent something; whose ballot is valid; who said yes."""

    PARTICIPANTS = "participants"
    VALID = "valid"
    YES = "yes"


class Part(Struct, frozen=True):
    """A part of a whole, and whether it must be exceeded."""

    fraction: Fraction
    cmp: Cmp = Cmp.AT_LEAST

    def __post_init__(self) -> None:
        if not 0 <= self.fraction <= 1:
            raise UnusableRule("fraction", "out-of-range")

    def needed(self, base: Number) -> int:
        """The fewest whole votes that hold against this base."""
        bar = self.fraction * base
        return max(1, floor(bar) + 1 if self.cmp is Cmp.MORE else ceil(bar))

    def holds(self, have: Number, base: Number) -> bool:
        """Of nothing, nothing holds."""
        bar = self.fraction * base
        return base > 0 and (have > bar if self.cmp is Cmp.MORE else have >= bar)


class Quorum(Part, frozen=True):
    """How many of the electorate must take part."""

    counts: Counts = Counts.PARTICIPANTS


class Chamber(Struct, frozen=True):
    """A second majority. group: whose ballots it counts; blank for all, as in "most coops too"."""

    name: str
    pass_mark: Part
    base: Base = Base.CAST
    group: str = ""
    use_weights: bool = True


class MotionRule(Struct, frozen=True):
    """What a class of decisions needs. Without weights every ballot is one vote."""

    pass_mark: Part
    base: Base = Base.CAST
    quorum: Quorum | None = None
    approval_quorum: Part | None = None
    chambers: tuple[Chamber, ...] = ()
    use_weights: bool = True

    def __post_init__(self) -> None:
        names = [chamber.name for chamber in self.chambers]
        if len(names) != len(set(names)) or "" in names:
            raise UnusableRule("chambers", "names-differ")


class Tally(Struct, frozen=True):
    """Votes on a motion; electorate: all votes there are, None where nobody said."""

    yes: Number = 0
    no: Number = 0
    abstain: Number = 0
    invalid: Number = 0
    electorate: Number | None = None

    def base(self, base: Base) -> Number:
        """Raises UnusableRule if the electorate is asked for and nobody said it."""
        if base is Base.CAST:
            return self.yes + self.no
        if base is Base.PRESENT:
            return self.yes + self.no + self.abstain
        if self.electorate is None:
            raise UnusableRule("electorate", "missing")
        return self.electorate

    def taking_part(self, counts: Counts) -> Number:
        """Votes that make a quorum."""
        if counts is Counts.YES:
            return self.yes
        valid = self.yes + self.no + self.abstain
        return valid if counts is Counts.VALID else valid + self.invalid


def checks_of(rule: MotionRule, tally: Tally, chambers: Mapping[str, Tally]) -> tuple[Check, ...]:
    """Every test of the rule, in its fixed order."""
    checks = []
    if rule.quorum:
        everybody = tally.base(Base.ELECTORATE)
        taking_part = tally.taking_part(rule.quorum.counts)
        checks.append(_check("quorum", rule.quorum, taking_part, everybody))
    checks.append(_check("threshold", rule.pass_mark, tally.yes, tally.base(rule.base)))
    if rule.approval_quorum:
        everybody = tally.base(Base.ELECTORATE)
        checks.append(_check("approval-quorum", rule.approval_quorum, tally.yes, everybody))
    for each in rule.chambers:
        votes = chambers[each.name]
        base = votes.base(each.base)
        checks.append(_check(f"chamber:{each.name}", each.pass_mark, votes.yes, base))
    return tuple(checks)


def _check(name: str, part: Part, have: Number, base: Number) -> Check:
    return Check(name, have, base, part.needed(base), part.holds(have, base))
