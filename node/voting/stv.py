"""Single transferable vote, as Scotland elects its councils.

The Scottish Local Government Elections Order 2007 (SSI 2007/42), Schedule 1, rules 45 to 52: first
stage (45), Droop quota (46), who reaches it is elected (47), every paper of a surplus goes on at a
value cut off after five decimals (48), the largest surplus first (49), exclusion of whoever has
fewest (50), ties by the latest earlier stage and then by lot (49, 51), last vacancies without a
transfer (52). Votes stand in hundred-thousandths, as whole numbers.

A weight is that many equal papers: each keeps a value of its own, so nothing depends on grouping.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from node.voting.ballots import Ballot, Order, Turnout, order_reader, read
from node.voting.elections import check_options, nobody_voted
from node.voting.results import Outcome, Result, Stage, Tie
from node.voting.ties import Lot, told_apart

METHOD = "stv"
UNIT = 100_000
"""One vote."""

Parcel = tuple[Order, int, int]
"""Equal papers: the preferences that are left after this candidate, how many, the value of each."""


class StvRule(Struct, frozen=True):
    """How many seats."""

    seats: int = 1


def count(
    rule: StvRule, ballots: Sequence[Ballot], options: Sequence[str], lot: Lot = None
) -> Result:
    """Count rankings, in whole or in part."""
    check_options(options, lot, rule.seats)
    reading = read(ballots, order_reader(options))
    if not reading.turnout.counted:
        return nobody_voted(METHOD, options, reading.turnout, seats=rule.seats)
    return _Count(reading.papers, reading.turnout, sorted(options), rule.seats, lot).result()


class _Count:
    """One count on its way: papers in piles, votes, who is in and who is out."""

    def __init__(
        self,
        papers: Mapping[Order, int],
        turnout: Turnout,
        options: Sequence[str],
        seats: int,
        lot: Lot,
    ) -> None:
        self.turnout, self.seats, self.lot = turnout, seats, lot
        self.quota = turnout.counted // (seats + 1) + 1
        self.continuing = set(options)
        self.elected: list[str] = []
        self.with_surplus: list[str] = []
        self.votes = dict.fromkeys(options, 0)
        self.piles: dict[str, list[Parcel]] = {option: [] for option in options}
        self.exhausted = self.lost = 0
        self.stages: list[Stage] = []
        self.history: list[Mapping[str, int]] = []
        self.undecided: Tie | None = None
        self.first(papers)

    def result(self) -> Result:
        while len(self.elected) < self.seats and self.continuing and not self.undecided:
            if surpluses := [each for each in self.with_surplus if self.surplus(each)]:
                self.transfer_surplus(surpluses)
            else:
                self.exclude()
        return Result(
            METHOD,
            Outcome.TIE if self.undecided else Outcome.DECIDED,
            self.turnout,
            tuple(self.elected),
            self.undecided.among if self.undecided else (),
            {"quota": self.quota, "seats": self.seats, "unit": UNIT},
            stages=tuple(self.stages),
        )

    def surplus(self, option: str) -> int:
        return self.votes[option] - self.quota * UNIT

    def first(self, papers: Mapping[Order, int]) -> None:
        """Rule 45: every paper to its first preference."""
        for order, number in papers.items():
            self.piles[order[0]].append((order[1:], number, UNIT))
            self.votes[order[0]] += number * UNIT
        self.end_stage("first", "", {}, ())

    def transfer_surplus(self, surpluses: list[str]) -> None:
        """Rules 48 and 49: the largest surplus, every paper at its share of it."""
        option, ties = self.chosen("surplus", surpluses, highest=True)
        if option is None:
            return
        surplus, held = self.surplus(option), self.votes[option]
        pile, self.piles[option] = self.piles[option], []
        values = {value: surplus * value // held for _rest, _number, value in pile}
        moved = [(rest, number, values[value]) for rest, number, value in pile]
        before = self.exhausted
        transferred = self.transfer(moved)
        self.votes[option] -= surplus
        self.with_surplus.remove(option)
        self.lost += surplus - sum(transferred.values()) - (self.exhausted - before)
        self.end_stage("surplus", option, transferred, ties)

    def exclude(self) -> None:
        """Rules 50 and 51: whoever has fewest; papers go on at the value they have."""
        option, ties = self.chosen("exclusion", sorted(self.continuing), highest=False)
        if option is None:
            return
        self.continuing.remove(option)
        pile, self.piles[option] = self.piles[option], []
        self.votes[option] = 0
        self.end_stage("exclude", option, self.transfer(pile), ties)

    def transfer(self, pile: list[Parcel]) -> dict[str, int]:
        """Each parcel to the next continuing preference, or to none; what everybody received."""
        continuing, piles = self.continuing, self.piles
        received = dict.fromkeys(sorted(continuing), 0)
        for rest, number, value in pile:
            for place, option in enumerate(rest):
                if option in continuing:
                    piles[option].append((rest[place + 1 :], number, value))
                    received[option] += number * value
                    break
            else:
                self.exhausted += number * value
        for option, votes in received.items():
            self.votes[option] += votes
        return received

    def chosen(
        self, over: str, among: Sequence[str], *, highest: bool
    ) -> tuple[str | None, tuple[Tie, ...]]:
        """Who has most (or fewest); None, and the count ends, where only a lot could tell."""
        extreme = (max if highest else min)(self.votes[option] for option in among)
        equal = [option for option in among if self.votes[option] == extreme]
        if len(equal) == 1:
            return equal[0], ()
        tie = told_apart(over, equal, self.history, self.lot, highest=highest)
        if not tie.chosen:
            self.undecided = tie
            return None, ()
        return tie.chosen[0], (tie,)

    def end_stage(
        self, action: str, option: str, transferred: Mapping[str, int], ties: tuple[Tie, ...]
    ) -> None:
        """Rules 47 and 52: who has the quota is elected, and who is left when seats are."""
        votes = dict(self.votes)
        self.history.append(votes)
        elected = [each for each in self.continuing if self.surplus(each) >= 0]
        self.with_surplus += elected
        vacancies = self.seats - len(self.elected) - len(elected)
        left = self.continuing.difference(elected)
        newly = self.in_order(elected)
        if vacancies and len(left) <= vacancies:
            newly += self.in_order(left)
        self.elected += newly
        self.continuing.difference_update(newly)
        self.stages.append(
            Stage(
                action,
                votes,
                option=option,
                transferred={each: sent for each, sent in transferred.items() if sent},
                elected=tuple(newly),
                exhausted=self.exhausted,
                lost=self.lost,
                needed=self.quota * UNIT,
                ties=ties,
            )
        )

    def in_order(self, elected: Sequence[str] | set[str]) -> list[str]:
        """Of those elected at one stage the most votes first; then by earlier stages, then name."""
        earlier = list(reversed(self.history))
        return sorted(elected, key=lambda each: ([-votes[each] for votes in earlier], each))
