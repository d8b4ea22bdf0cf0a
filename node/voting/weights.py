"""How many votes each member of a federation has: schemes, and a cap that is exact.

The International Cooperative Alliance leaves this open for secondary coops (2nd principle); German
law lets them grade votes by "another measure" (GenG s. 43(3) no. 3), and Regulation (EC) 1435/2003
art. 59 caps them. The square root is Penrose's, its whole part; base and divisor are the Cambridge
Compromise (G. Grimmett et al., 2011).
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from fractions import Fraction
from math import floor, isqrt

from msgspec import Struct

from node.voting.errors import UnusableRule


class Scheme(StrEnum):
    """By what votes are given."""

    EQUAL = "equal"
    TIERS = "tiers"
    ISQRT = "isqrt"
    PROPORTIONAL = "proportional"
    BASE_PROPORTIONAL = "base-proportional"


class Tier(Struct, frozen=True):
    """From so many members on, so many votes."""

    members: int
    votes: int


class WeightRule(Struct, frozen=True):
    """cap: the part of all votes that nobody may exceed.

    tiers: below the first one nobody has a vote. base, divisor, most: votes for everybody, one more
    for each `divisor` members or part of them, and no more than `most` in all (0: no limit).
    """

    scheme: Scheme = Scheme.EQUAL
    cap: Fraction | None = None
    tiers: tuple[Tier, ...] = ()
    base: int = 0
    divisor: Fraction = Fraction(1)
    most: int = 0

    def __post_init__(self) -> None:
        if self.cap is not None and not 0 < self.cap <= 1:
            raise UnusableRule("cap", "out-of-range")
        if (self.scheme is Scheme.TIERS) != bool(self.tiers):
            raise UnusableRule("tiers", "missing" if not self.tiers else "unused")
        if any(tier.members < 0 or tier.votes < 0 for tier in self.tiers):
            raise UnusableRule("tiers", "out-of-range")
        if len({tier.members for tier in self.tiers}) != len(self.tiers):
            raise UnusableRule("tiers", "not-distinct")
        if self.divisor <= 0 or self.base < 0 or self.most < 0:
            raise UnusableRule("divisor" if self.divisor <= 0 else "base", "out-of-range")


def weights(rule: WeightRule, members: Mapping[str, int]) -> dict[str, int]:
    """Votes by coop, from members by coop. Raises UnusableRule."""
    if not members or any(type(number) is not int or number < 0 for number in members.values()):
        raise UnusableRule("members", "not-whole" if members else "missing")
    given = {name: _GIVEN[rule.scheme](rule, members[name]) for name in sorted(members)}
    return given if rule.cap is None else capped(given, rule.cap)


def capped(given: Mapping[str, int], cap: Fraction) -> dict[str, int]:
    """Nobody above `cap` of all votes: what is above one level is cut off, as water finds one.

    The level t is the highest with t <= cap * (sum of all, each cut at t); everybody has
    min(votes, whole part of t). Raises UnusableRule if the parts cannot make a whole, or if no
    votes would be left.
    """
    if cap * len(given) < 1:
        raise UnusableRule("cap", "cap-infeasible")
    if max(given.values()) <= cap * sum(given.values()):
        return dict(given)
    level = floor(_level(sorted(given.values(), reverse=True), cap))
    if level < 1:
        raise UnusableRule("cap", "cap-infeasible")
    return {name: min(votes, level) for name, votes in given.items()}


def _level(descending: list[int], cap: Fraction) -> Fraction:
    """The level at which the first k are cut: t = cap * (k * t + the rest), for the k that fits."""
    rest = sum(descending)
    for cut, votes in enumerate(descending, start=1):
        rest -= votes
        if cap * cut >= 1:
            break
        level = cap * rest / (1 - cap * cut)
        if cut == len(descending) or level >= descending[cut]:
            return level
    return Fraction(descending[-1])


def _tiered(rule: WeightRule, members: int) -> int:
    reached = [tier for tier in rule.tiers if tier.members <= members]
    return max(reached, key=lambda tier: tier.members).votes if reached else 0


def _based(rule: WeightRule, members: int) -> int:
    votes = rule.base - floor(-members / rule.divisor)
    return min(rule.most, votes) if rule.most else votes


_GIVEN: dict[Scheme, Callable[[WeightRule, int], int]] = {
    Scheme.EQUAL: lambda _rule, _members: 1,
    Scheme.TIERS: _tiered,
    Scheme.ISQRT: lambda _rule, members: max(1, isqrt(members)),
    Scheme.PROPORTIONAL: lambda _rule, members: members,
    Scheme.BASE_PROPORTIONAL: _based,
}
