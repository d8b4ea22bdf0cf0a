"""What the council asks of counting: the engine of `node.voting`, in the council's words. Pure."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from msgspec import Struct

from node import voting
from node.council.words import choices
from node.voting import Ballot, Base, Electorate, MotionRule, Outcome, UnusableRule

ENGINE = voting.ENGINE
_CARRIED = (Outcome.PASSED.value, Outcome.DECIDED.value)

_ONE = Electorate(1, 1)


class Vote(Struct, frozen=True):
    """What one coop said, and how much it weighs. is_set_aside: its objection does not block."""

    coop: str
    weight: int
    choice: Any
    is_set_aside: bool = False


def is_rule(rule: Any) -> bool:
    """Whether a class of decisions can be counted by this."""
    try:
        voting.read_rule(rule)
    except UnusableRule:
        return False
    return True


def is_double_majority(rule: Any) -> bool:
    """Whether this asks for two thirds of the coops that vote, and more than half of all, one vote
    each: what changing a charter needs at least."""
    read = voting.read_rule(rule)
    if not isinstance(read, MotionRule) or read.use_weights:
        return False
    more_than_half = any(
        not each.use_weights
        and not each.group
        and each.base is Base.ELECTORATE
        and not each.pass_mark.holds(1, 2)
        for each in read.chambers
    )
    return more_than_half and read.pass_mark.fraction >= Fraction(2, 3)


def can_carry(rule: Any, yes: int, coops: int) -> bool:
    """Whether so many of the coops, of one vote each, carry a motion if the others do not vote.

    What is no motion is always decided.
    """
    read = voting.read_rule(rule)
    if not isinstance(read, MotionRule):
        return True
    ballots = [Ballot("yes", 1, str(number)) for number in range(yes)]
    found = voting.count(read, ballots, (), electorate=Electorate(coops, coops))
    return found.outcome is Outcome.PASSED


def is_scheme(scheme: Any) -> bool:
    """Whether weights can be given out by this."""
    try:
        voting.read_weights(scheme)
    except UnusableRule:
        return False
    return True


def is_choice(
    rule: Mapping[str, Any], options: Sequence[str], choice: Any, weight: int = 1
) -> bool:
    """Whether the rule's method can read a ballot's choice, or each part of a split one."""
    if choices.is_split(choice):
        return choices.can_split(rule) and choices.is_good_split(
            choice, weight, lambda part: _is_plain(rule, options, part)
        )
    return _is_plain(rule, options, choice)


def _is_plain(rule: Mapping[str, Any], options: Sequence[str], choice: Any) -> bool:
    if rule.get("method") == choices.BY_CONSENT:
        return choices.is_answer(choice)
    try:
        result = voting.count(voting.read_rule(rule), [Ballot(choice)], options, electorate=_ONE)
    except UnusableRule:
        return False
    return not result.turnout.invalid


def is_votable(rule: Mapping[str, Any], options: Sequence[str]) -> bool:
    """Whether the rule's method can decide among these options."""
    try:
        voting.count(voting.read_rule(rule), [], options, electorate=_ONE)
    except UnusableRule:
        return False
    return True


def weights(scheme: Mapping[str, Any], members: Mapping[str, int]) -> dict[str, int]:
    """Each coop's weight. Raises UnusableRule."""
    return voting.weights(voting.read_weights(scheme), members)


def power(weighed: Mapping[str, int]) -> dict[str, str] | None:
    """Each coop's part of all swings at a simple majority; None where that cannot be counted."""
    total = sum(weighed.values())
    try:
        shares = voting.banzhaf(weighed, total // 2 + 1).shares
    except UnusableRule:
        return None
    return {coop: f"{share.numerator}/{share.denominator}" for coop, share in shares.items()}


def dummies(weighed: Mapping[str, int], rule: Mapping[str, Any]) -> tuple[str, ...]:
    """Coops that no vote could hang on when everybody votes by this rule."""
    read = voting.read_rule(rule)
    total = sum(weighed.values())
    if not isinstance(read, MotionRule) or not read.use_weights:
        return ()
    quota = read.pass_mark.needed(total)
    try:
        return voting.banzhaf(weighed, min(quota, total)).dummies
    except UnusableRule:
        return ()


def count(
    rule: Mapping[str, Any],
    options: Sequence[str],
    votes: Sequence[Vote],
    electorate: Mapping[str, int],
    seed: str,
) -> dict[str, Any]:
    """The result with its stages, as a certificate holds it; ties are told apart by the seed."""
    ballots = [
        Ballot(choices.word_of(said, is_set_aside=each.is_set_aside), weight, each.coop)
        for each in votes
        for weight, said in choices.parts_of(each.choice, each.weight)
    ]
    result = voting.count(
        voting.read_rule(rule),
        ballots,
        options,
        voting.drawn(seed, options),
        electorate=Electorate.of((weight, "") for weight in electorate.values()),
    )
    return dict(voting.document(result))


def is_carried(result: Mapping[str, Any]) -> bool:
    """Whether what was voted on takes effect."""
    return result.get("outcome") in _CARRIED
