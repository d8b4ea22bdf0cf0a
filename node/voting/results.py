"""What a count found: the outcome, and every step that led to it.

A result says the same whatever the order of ballots and options was; `document` writes it for
certificates. Votes are whole numbers; where a method counts in smaller units it says so.
"""

from collections.abc import Mapping
from enum import StrEnum
from fractions import Fraction

from msgspec import Struct, field
from msgspec.structs import asdict

from node.voting.ballots import Turnout

Number = int | Fraction

MOST_EXACT = 2**53
"""From here on JSON numbers are not exact everywhere (RFC 8785 §3.2.2.3): digits are written."""


class Outcome(StrEnum):
    """How a vote ended."""

    PASSED = "passed"
    REJECTED = "rejected"
    INQUORATE = "inquorate"
    BLOCKED = "blocked"
    DECIDED = "decided"
    TIE = "tie"
    NO_VOTES = "no-votes"


class Check(Struct, frozen=True):
    """One test of a rule: `have` votes, of `base`; at least `needed` (objections: at most)."""

    name: str
    have: Number
    base: Number
    needed: int
    holds: bool


class Tie(Struct, frozen=True):
    """Options that were equal when one had to be chosen.

    over: what for: seat, surplus, exclusion, final. by: what narrowed them, in order:
    earlier-stage, head-to-head, top-scores, total, lot. chosen: empty if nothing decided it.
    """

    over: str
    among: tuple[str, ...]
    by: tuple[str, ...] = ()
    chosen: tuple[str, ...] = ()


class Stage(Struct, frozen=True):
    """A line of the round table.

    votes: what each has at the end of the stage. option: who was excluded, whose surplus moved.
    transferred: what each received. exhausted: votes that no longer count for anybody, so far.
    lost: what truncation has cost so far. needed: votes that win here.
    """

    action: str
    votes: Mapping[str, Number]
    option: str = ""
    transferred: Mapping[str, int] = field(default_factory=dict)
    elected: tuple[str, ...] = ()
    exhausted: int = 0
    lost: int = 0
    needed: int | None = None
    ties: tuple[Tie, ...] = ()


class Change(Struct, frozen=True):
    """The smallest change by which the result would have been another.

    `votes` votes more for `option` (yes or no on a motion), from voters who had chosen `instead`:
    no, yes, abstain, absent, or blank for not having approved. test: the one that it turns.
    """

    option: str
    votes: int
    instead: str = ""
    test: str = ""


class Result(Struct, frozen=True):
    """winners: those who have it, for seats in the order of election. tied: those left equal.

    With a lot some of the tied are winners too. figures: totals, quota, paths, by method.
    changes: None where the method has no honest short answer.
    """

    method: str
    outcome: Outcome
    turnout: Turnout
    winners: tuple[str, ...] = ()
    tied: tuple[str, ...] = ()
    figures: Mapping[str, object] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    stages: tuple[Stage, ...] = ()
    changes: tuple[Change, ...] | None = None

    @property
    def failed(self) -> tuple[str, ...]:
        """Names of the tests that do not hold, in their fixed order."""
        return tuple(check.name for check in self.checks if not check.holds)


def document(result: Result) -> dict[str, object]:
    """The result as JSON can hold it exactly; the same for the same ballots in any order.

    Whole numbers from 2^53 are strings of digits, fractions "p/q"; names of fields are in camel
    case. What is empty is left out, but for outcome, turnout and changes.
    """
    kept = {"method", "outcome", "turnout", "changes"}
    return {
        _camel(name): _plain(value)
        for name, value in sorted(asdict(result).items())
        if name in kept or value
    }


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return value if -MOST_EXACT < value < MOST_EXACT else str(value)
    if isinstance(value, Fraction):
        whole = value.denominator == 1
        return _plain(value.numerator) if whole else f"{value.numerator}/{value.denominator}"
    if isinstance(value, Mapping):
        return {str(key): _plain(value[key]) for key in sorted(value)}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Struct):
        return {
            _camel(name): _plain(part)
            for name, part in sorted(asdict(value).items())
            if part is not None and part != "" and part != () and part != {}
        }
    raise TypeError(f"a result holds no {type(value).__name__}")


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)
