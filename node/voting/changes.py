"""What would have changed the result of a motion: the fewest votes, found by halving.

For a motion that failed, each test that failed says what it lacked; all of them are needed. For one
that passed, each line alone would have been enough. Every move is one way (more yes, or more no),
so that a test it has turned stays turned: halving finds the smallest.
"""

from collections.abc import Callable, Mapping
from math import floor

from msgspec.structs import replace

from node.voting.results import Change, Check, Number
from node.voting.thresholds import MotionRule, Tally, checks_of

ABSENT = "absent"
FAR = 2**80
"""More votes than anybody has: where the electorate is not known, the search ends here."""


def smallest_changes(
    rule: MotionRule, tally: Tally, chambers: Mapping[str, Tally], checks: tuple[Check, ...]
) -> tuple[Change, ...]:
    """For each test that decided, and each choice that voters could have left for another."""
    failed = [check.name for check in checks if not check.holds]
    option, opposite = ("yes", "no") if failed else ("no", "yes")
    changes = []
    for name in failed or [check.name for check in checks]:
        chamber = name.removeprefix("chamber:") if name.startswith("chamber:") else ""
        before = chambers[chamber] if chamber else tally

        def turned(moved: Tally, name: str = name, chamber: str = chamber) -> bool:
            main, inside = (tally, {**chambers, chamber: moved}) if chamber else (moved, chambers)
            after = {check.name: check.holds for check in checks_of(rule, main, inside)}
            return after[name] == bool(failed)

        for instead in (ABSENT, "abstain", opposite):
            votes = _smallest(before, instead, option, turned)
            if votes is not None:
                changes.append(Change(option, votes, instead, name))
    return tuple(changes)


def _available(tally: Tally, choice: str) -> int:
    """Votes that could move; any number if nobody knows how many more could have come."""
    if choice != ABSENT:
        moving: Number = getattr(tally, choice)
        return floor(moving)
    if tally.electorate is None:
        return FAR
    came = tally.yes + tally.no + tally.abstain + tally.invalid
    return max(0, floor(tally.electorate - came))


def _moved(tally: Tally, instead: str, option: str, votes: int) -> Tally:
    more = {option: getattr(tally, option) + votes}
    less = {} if instead == ABSENT else {instead: getattr(tally, instead) - votes}
    return replace(tally, **more, **less)


def _smallest(
    before: Tally, instead: str, option: str, turned: Callable[[Tally], bool]
) -> int | None:
    """The fewest votes that turn it by going from `instead` to `option`; None if none do."""
    most = _available(before, instead)
    if most < 1 or not turned(_moved(before, instead, option, most)):
        return None
    least = 1
    while least < most:
        middle = (least + most) // 2
        if turned(_moved(before, instead, option, middle)):
            most = middle
        else:
            least = middle + 1
    return least
