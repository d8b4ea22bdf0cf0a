"""Rules as charters write them: JSON in, typed rules out, and back, word for word.

    {"method": "motion", "threshold": "2/3", "cmp": ">=", "base": "cast",
     "quorum": {"fraction": "1/3", "cmp": ">=", "counts": "participants"}}

A field that nobody knows is refused: a rule that is half understood would be counted wrongly.
"""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from fractions import Fraction
from typing import TypeVar

from node.voting import approval, consent, irv, motions, ranked_pairs, schulze, score, star, stv
from node.voting import variants as rival_variants
from node.voting.approval import ApprovalRule
from node.voting.consent import ConsentRule
from node.voting.errors import UnusableRule
from node.voting.irv import IrvRule
from node.voting.ranked_pairs import RankedPairsRule
from node.voting.schulze import SchulzeRule
from node.voting.score import ScoreRule
from node.voting.star import StarRule
from node.voting.stv import StvRule
from node.voting.thresholds import Base, Chamber, Cmp, Counts, MotionRule, Part, Quorum
from node.voting.variants import VariantsRule
from node.voting.weights import Scheme, Tier, WeightRule

Rule = (
    MotionRule
    | ConsentRule
    | ApprovalRule
    | ScoreRule
    | StarRule
    | IrvRule
    | StvRule
    | SchulzeRule
    | RankedPairsRule
    | VariantsRule
)
Word = TypeVar("Word", bound=StrEnum)

MOST = 10**12
MOST_SEATS = 1_000
MOST_POINTS = 1_000
MOST_CHAMBERS = 20
MOST_TIERS = 100


def read_rule(written: object) -> Rule:
    """The rule of a class of decisions. Raises UnusableRule, which names the field."""
    fields = _Fields(written, "rule")
    method = fields.text("method")
    if method not in _READERS:
        raise UnusableRule("method", "unknown")
    rule = _READERS[method](fields)
    fields.end()
    return rule


def read_weights(written: object) -> WeightRule:
    """How a charter gives out votes. Raises UnusableRule."""
    fields = _Fields(written, "weights")
    rule = WeightRule(
        fields.word("scheme", Scheme),
        fields.fraction("cap"),
        tuple(_tier(item) for item in fields.items("tiers", MOST_TIERS)),
        fields.whole("base", 0),
        fields.needed_fraction("divisor", Fraction(1)),
        fields.whole("most", 0),
    )
    fields.end()
    return rule


class _Fields:
    """The fields of one object, each taken once; what is left at the end is not known."""

    def __init__(self, written: object, name: str) -> None:
        if not isinstance(written, Mapping):
            raise UnusableRule(name, "shape")
        self.left = dict(written)

    def end(self) -> None:
        if self.left:
            raise UnusableRule(min(map(str, self.left)), "unknown-field")

    def text(self, name: str, default: str | None = None) -> str:
        value = self.left.pop(name, default)
        if not isinstance(value, str):
            raise UnusableRule(name, "missing" if value is None else "shape")
        return value

    def word(self, name: str, words: type[Word], default: Word | None = None) -> Word:
        value = self.text(name, default)
        if value not in list(words):
            raise UnusableRule(name, "unknown")
        return words(value)

    def whole(self, name: str, default: int, least: int = 0, most: int = MOST) -> int:
        value = self.left.pop(name, default)
        if type(value) is not int:
            raise UnusableRule(name, "not-whole")
        if not least <= value <= most:
            raise UnusableRule(name, "out-of-range")
        return value

    def yes_no(self, name: str, default: bool) -> bool:
        value = self.left.pop(name, default)
        if type(value) is not bool:
            raise UnusableRule(name, "shape")
        return value

    def fraction(self, name: str) -> Fraction | None:
        value = self.left.pop(name, None)
        return None if value is None else _fraction(name, value)

    def needed_fraction(self, name: str, default: Fraction | None = None) -> Fraction:
        value = self.fraction(name)
        value = default if value is None else value
        if value is None:
            raise UnusableRule(name, "missing")
        return value

    def items(self, name: str, most: int) -> list[object]:
        value = self.left.pop(name, [])
        if not isinstance(value, list | tuple):
            raise UnusableRule(name, "shape")
        if len(value) > most:
            raise UnusableRule(name, "too-many")
        return list(value)


def _fraction(name: str, value: object) -> Fraction:
    match = isinstance(value, str) and re.fullmatch(
        r"([0-9]{1,12})(?:/([1-9][0-9]{0,11}))?", value, re.ASCII
    )
    if not match:
        raise UnusableRule(name, "not-a-fraction")
    return Fraction(int(match[1]), int(match[2] or 1))


def _motion(fields: _Fields) -> MotionRule:
    return MotionRule(
        Part(fields.needed_fraction("threshold"), fields.word("cmp", Cmp)),
        fields.word("base", Base),
        _quorum(fields.left.pop("quorum", None)),
        _part("approval_quorum", fields.left.pop("approval_quorum", None)),
        tuple(_chamber(item) for item in fields.items("chambers", MOST_CHAMBERS)),
        fields.yes_no("use_weights", default=True),
    )


def _quorum(written: object) -> Quorum | None:
    if written is None:
        return None
    fields = _Fields(written, "quorum")
    quorum = Quorum(
        fields.needed_fraction("fraction"),
        fields.word("cmp", Cmp, Cmp.AT_LEAST),
        fields.word("counts", Counts, Counts.PARTICIPANTS),
    )
    fields.end()
    return quorum


def _part(name: str, written: object) -> Part | None:
    if written is None:
        return None
    fields = _Fields(written, name)
    part = Part(fields.needed_fraction("fraction"), fields.word("cmp", Cmp, Cmp.AT_LEAST))
    fields.end()
    return part


def _chamber(written: object) -> Chamber:
    fields = _Fields(written, "chambers")
    chamber = Chamber(
        fields.text("id"),
        Part(fields.needed_fraction("threshold"), fields.word("cmp", Cmp)),
        fields.word("base", Base),
        fields.text("group", ""),
        fields.yes_no("use_weights", default=True),
    )
    fields.end()
    return chamber


def _tier(written: object) -> Tier:
    fields = _Fields(written, "tiers")
    tier = Tier(fields.whole("from", -1), fields.whole("votes", -1))
    fields.end()
    return tier


def _variants(fields: _Fields) -> VariantsRule:
    return VariantsRule(_motion(fields), fields.text("no_change"))


_READERS: dict[str, Callable[[_Fields], Rule]] = {
    motions.METHOD: _motion,
    consent.METHOD: lambda fields: ConsentRule(
        fields.needed_fraction("quorum", Fraction(0)), fields.whole("max_objections", 0)
    ),
    approval.METHOD: lambda fields: ApprovalRule(fields.whole("seats", 1, 1, MOST_SEATS)),
    score.METHOD: lambda fields: ScoreRule(
        fields.whole("max", 5, 1, MOST_POINTS), fields.whole("seats", 1, 1, MOST_SEATS)
    ),
    star.METHOD: lambda fields: StarRule(fields.whole("max", 5, 1, MOST_POINTS)),
    irv.METHOD: lambda _fields: IrvRule(),
    stv.METHOD: lambda fields: StvRule(fields.whole("seats", 1, 1, MOST_SEATS)),
    schulze.METHOD: lambda _fields: SchulzeRule(),
    ranked_pairs.METHOD: lambda _fields: RankedPairsRule(),
    rival_variants.METHOD: _variants,
}
METHODS = tuple(_READERS)
