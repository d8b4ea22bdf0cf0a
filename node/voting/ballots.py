"""Ballots as they were sent: which can be counted, and who took part.

Nothing that a voter writes raises. A ballot that cannot be read is invalid, with a reason, and its
voter has taken part all the same, as one who abstains has. Equal ballots are put together: what is
counted is papers, each with the votes that stand behind it.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Generic, TypeVar

from msgspec import Struct

Order = tuple[str, ...]
"""Options from the first preference down."""
Tiers = tuple[tuple[str, ...], ...]
"""Groups of options, the best first; those of one group are equal."""
Scores = tuple[tuple[str, int], ...]

Paper = TypeVar("Paper")


class Ballot(Struct, frozen=True):
    """One voter's answer.

    choice: what was sent, in the form of the method; None, an empty list and an empty object
    abstain. weight: the votes it carries. voter: a name under which a result can say that it is
    invalid. group: the voter's membership class or constituency, where chambers need it.
    """

    choice: object
    weight: int = 1
    voter: str = ""
    group: str = ""


class Malformed(Exception):
    """This choice cannot be read; `reason` is a code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Spoilt(Struct, frozen=True):
    """An invalid ballot: whose, why, and the votes that are not counted for anybody."""

    voter: str
    reason: str
    votes: int


class Turnout(Struct, frozen=True):
    """Who took part. votes = counted + abstained + invalid, all in votes; ballots are heads."""

    ballots: int = 0
    votes: int = 0
    counted: int = 0
    abstained: int = 0
    invalid: int = 0
    spoilt: tuple[Spoilt, ...] = ()


class Reading(Struct, Generic[Paper], frozen=True):
    """Papers with the votes behind each, and the turnout."""

    papers: Mapping[Paper, int]
    turnout: Turnout


def read(
    ballots: Iterable[Ballot], reader: Callable[[object], Paper | None], *, use_weights: bool = True
) -> Reading[Paper]:
    """Read every choice with `reader`, which returns None for an abstention or raises Malformed.

    Without weights every ballot is one vote.
    """
    papers: dict[Paper, int] = {}
    spoilt = []
    number = abstained = 0
    for ballot in ballots:
        number += 1
        votes = 0
        try:
            votes = _votes(ballot, use_weights=use_weights)
            paper = reader(ballot.choice)
        except Malformed as fault:
            spoilt.append(Spoilt(ballot.voter, fault.reason, votes))
            continue
        if paper is None:
            abstained += votes
        else:
            papers[paper] = papers.get(paper, 0) + votes
    counted, invalid = sum(papers.values()), sum(each.votes for each in spoilt)
    spoilt.sort(key=lambda each: (each.voter, each.reason, each.votes))
    turnout = Turnout(
        number, counted + abstained + invalid, counted, abstained, invalid, tuple(spoilt)
    )
    return Reading(papers, turnout)


def _votes(ballot: Ballot, *, use_weights: bool) -> int:
    if type(ballot.weight) is not int or ballot.weight < 0:
        raise Malformed("weight")
    return ballot.weight if use_weights else 1


def word_reader(words: Collection[str], abstains: str) -> Callable[[object], str | None]:
    """Reads one of a few words; `abstains` is the one that abstains."""

    def reader(choice: object) -> str | None:
        if choice is None or choice == abstains:
            return None
        if not isinstance(choice, str) or choice not in words:
            raise Malformed("unknown-choice")
        return choice

    return reader


def order_reader(options: Collection[str]) -> Callable[[object], Order | None]:
    """Reads a ranking without equals, in whole or in part: ["b", "a"], or [["b"], ["a"]]."""
    known = frozenset(options)

    def reader(choice: object) -> Order | None:
        order = tuple([_alone(place) for place in _listed(choice)])
        if not known.issuperset(order):
            raise Malformed("unknown-option")
        if len(set(order)) != len(order):
            raise Malformed("duplicate-option")
        return order or None

    return reader


def tiers_reader(options: Collection[str]) -> Callable[[object], Tiers | None]:
    """Reads a ranking with equals: ["b", ["a", "c"]]. What is left out comes last, all equal."""
    known = frozenset(options)

    def reader(choice: object) -> Tiers | None:
        tiers = tuple([tuple(sorted(_together(place))) for place in _listed(choice)])
        named = [option for tier in tiers for option in tier]
        if not known.issuperset(named):
            raise Malformed("unknown-option")
        if len(set(named)) != len(named):
            raise Malformed("duplicate-option")
        if not tiers:
            return None
        rest = tuple(sorted(known.difference(named)))
        return (*tiers, rest) if rest else tiers

    return reader


def approval_reader(options: Collection[str]) -> Callable[[object], frozenset[str] | None]:
    """Reads a list of the options that the voter approves of."""
    order = order_reader(options)

    def reader(choice: object) -> frozenset[str] | None:
        named = order(choice)
        return None if named is None else frozenset(named)

    return reader


def score_reader(options: Collection[str], highest: int) -> Callable[[object], Scores | None]:
    """Reads whole scores from 0 to `highest` by option; one that is left out is 0."""
    known = frozenset(options)

    def reader(choice: object) -> Scores | None:
        if choice is None:
            return None
        if not isinstance(choice, Mapping):
            raise Malformed("shape")
        for option, score in choice.items():
            if option not in known:
                raise Malformed("unknown-option")
            if type(score) is not int:
                raise Malformed("not-whole")
            if not 0 <= score <= highest:
                raise Malformed("out-of-range")
        return tuple(sorted(choice.items())) or None

    return reader


def _listed(choice: object) -> Collection[object]:
    if choice is None:
        return ()
    if not isinstance(choice, list | tuple):
        raise Malformed("shape")
    return choice


def _alone(place: object) -> str:
    if isinstance(place, str):
        return place
    together = _together(place)
    if len(together) > 1:
        raise Malformed("equal-rank")
    return together[0]


def _together(place: object) -> list[str]:
    if isinstance(place, str):
        return [place]
    if not isinstance(place, list | tuple) or not place:
        raise Malformed("shape")
    if not all(isinstance(option, str) for option in place):
        raise Malformed("shape")
    return list(place)
