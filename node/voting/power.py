"""What weights are worth: in how many coalitions a member makes the difference.

J. F. Banzhaf, Weighted voting doesn't work, Rutgers Law Review 19 (1965). Of the six members of the
EEC's council of 1958 the smallest had a vote and never any power; a charter should not do that.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import accumulate, pairwise
from math import gcd

from msgspec import Struct

from node.voting.errors import UnusableRule

MOST_LISTED = 20
"""Up to so many members coalitions are listed, whatever the weights; above, counted by sum."""
MOST_SUMS = 1_000_000
"""Above so many different sums counting by sum takes too long and too much memory."""


class Power(Struct, frozen=True):
    """swings: coalitions that win with the member and lose without it. dummies: who has none."""

    swings: Mapping[str, int]
    dummies: tuple[str, ...]

    @property
    def shares(self) -> dict[str, Fraction]:
        """Each one's part of all swings; of none, nothing."""
        whole = sum(self.swings.values())
        return {name: Fraction(each, whole or 1) for name, each in self.swings.items()}


def banzhaf(weights: Mapping[str, int], quota: int) -> Power:
    """Power where a coalition wins with `quota` votes or more. Raises UnusableRule."""
    if any(type(each) is not int or each < 0 for each in weights.values()):
        raise UnusableRule("weights", "not-whole")
    if not 0 < quota <= sum(weights.values()):
        raise UnusableRule("quota", "out-of-range")
    names = sorted(weights)
    counted = _by_listing if len(names) <= MOST_LISTED else _by_sum
    swings = dict(zip(names, counted([weights[name] for name in names], quota), strict=True))
    return Power(swings, tuple(name for name in names if not swings[name]))


def _by_listing(weights: Sequence[int], quota: int) -> list[int]:
    """All coalitions of the others, as two halves: sums of one against sorted sums of the other.

    E. Horowitz and S. Sahni, Computing partitions with applications to the knapsack problem,
    Journal of the ACM 21 (1974).
    """
    swings = []
    for place, weight in enumerate(weights):
        others = [*weights[:place], *weights[place + 1 :]]
        half = len(others) // 2
        left, right = _sums(others[:half]), sorted(_sums(others[half:]))
        swings.append(
            sum(
                bisect_left(right, quota - each) - bisect_left(right, quota - weight - each)
                for each in left
            )
        )
    return swings


def _sums(weights: Sequence[int]) -> list[int]:
    sums = [0]
    for weight in weights:
        sums += [each + weight for each in sums]
    return sums


def _by_sum(weights: Sequence[int], quota: int) -> list[int]:
    """How many coalitions stay below each sum, and of these how many each member lifts over."""
    unit = gcd(*weights)
    weights, quota = [each // unit for each in weights], -(-quota // unit)
    if quota > MOST_SUMS:
        raise UnusableRule("weights", "too-many-sums")
    below = list(accumulate(_coalitions(weights, quota), initial=0))
    swings = {weight: _swings(below, weight, quota) for weight in set(weights)}
    return [swings[weight] for weight in weights]


def _coalitions(weights: Sequence[int], quota: int) -> Iterator[int]:
    """How many coalitions have each sum below the quota.

    The counts stand side by side in one number, so that a member joins all coalitions at once.
    """
    width = len(weights) // 8 + 1  # bytes; no count is above 2 ** len(weights)
    kept = (1 << 8 * width * quota) - 1
    counts = 1
    for weight in weights:
        counts = (counts + (counts << 8 * width * weight)) & kept if weight < quota else counts
    packed = memoryview(counts.to_bytes(width * quota, "little"))
    for start in range(0, len(packed), width):
        yield int.from_bytes(packed[start : start + width], "little")


def _swings(below: Sequence[int], weight: int, quota: int) -> int:
    """Coalitions without a member of this weight that it lifts to the quota.

    below: how many coalitions have a sum under each. Those with the member and a sum in one
    stretch of its weight are those without it in the stretch before: what alternates is left.
    """
    if not weight:
        return 0
    ends = [*range(quota, 0, -weight), 0]
    stretches = (below[end] - below[start] for end, start in pairwise(ends))
    return sum(-found if place % 2 else found for place, found in enumerate(stretches))
