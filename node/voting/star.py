"""STAR: score, then automatic runoff: of the two highest sums the one that more ballots prefer.

The rules of the Equal Vote Coalition (starvoting.org, technical specifications). Ties for the
runoff: preferences among the tied, one for each ballot and pair; then the number of top scores;
then the lot. A tie in the runoff: the higher sum, the number of top scores, the lot.
"""

from collections.abc import Callable, Collection, Mapping, Sequence

from msgspec import Struct

from node.voting.ballots import Ballot, Scores, read, score_reader
from node.voting.elections import check_options, decided, nobody_voted
from node.voting.errors import UnusableRule
from node.voting.results import Result, Stage, Tie
from node.voting.score import summed
from node.voting.ties import Lot, top

METHOD = "star"
Papers = Mapping[Scores, int]
Criterion = tuple[str, Callable[[Collection[str]], dict[str, int]]]


class StarRule(Struct, frozen=True):
    """The most points that a voter can give to an option."""

    highest: int = 5

    def __post_init__(self) -> None:
        if self.highest < 1:
            raise UnusableRule("highest", "out-of-range")


def count(
    rule: StarRule, ballots: Sequence[Ballot], options: Sequence[str], lot: Lot = None
) -> Result:
    """Count ballots whose choice is an object of points by option."""
    check_options(options, lot)
    reading = read(ballots, score_reader(options, rule.highest))
    papers, turnout = reading.papers, reading.turnout
    if not turnout.counted:
        return nobody_voted(METHOD, options, turnout)
    totals = summed(papers, options)
    by_total: Criterion = ("total", lambda among: {option: totals[option] for option in among})
    by_preference: Criterion = ("head-to-head", lambda among: _preferences(papers, among))
    by_top: Criterion = ("top-scores", lambda among: _top_scores(papers, among, rule.highest))

    finalists, tied, ties = _narrowed("final", options, 2, [by_total, by_preference, by_top], lot)
    stages = [Stage("score", totals, elected=finalists, ties=ties)]
    figures: dict[str, object] = {"totals": totals, "finalists": tuple(sorted(finalists))}
    if len(finalists) < min(2, len(options)):
        return decided(METHOD, turnout, (), tied, 1, stages=stages, figures=figures)
    winners, tied, ties = _narrowed("seat", finalists, 1, [by_preference, by_total, by_top], lot)
    runoff = _preferences(papers, finalists)
    stages.append(Stage("runoff", runoff, elected=winners, ties=ties))
    figures["runoff"] = runoff
    return decided(METHOD, turnout, winners, tied, 1, stages=stages, figures=figures)


def _narrowed(
    over: str, among: Collection[str], places: int, criteria: Sequence[Criterion], lot: Lot
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[Tie, ...]]:
    """Who takes the places, criterion by criterion, and who is left equal for the rest of them."""
    chosen: list[str] = []
    left, by = tuple(among), []
    first: tuple[str, ...] = ()
    for name, measured in criteria:
        before = len(left)
        safe, left, _ties = top(measured(left), places - len(chosen), None)
        chosen += safe
        first = first or left
        if name != criteria[0][0] and len(left) < before:
            by.append(name)
        if not left:
            break
    ties = (Tie(over, tuple(sorted(first)), tuple(by), tuple(chosen)),) if first else ()
    if not left:
        return tuple(chosen), (), ties
    if lot is None:
        return tuple(chosen), left, (Tie(over, tuple(sorted(left)), tuple(by)),)
    drawn = [option for option in lot if option in left][: places - len(chosen)]
    taken = (*chosen, *drawn)
    return taken, left, (Tie(over, tuple(sorted(first)), (*by, "lot"), taken),)


def _preferences(papers: Papers, among: Collection[str]) -> dict[str, int]:
    """For each of these, how often it stands above another of them, over all ballots and pairs."""
    won = dict.fromkeys(sorted(among), 0)
    for scores, votes in papers.items():
        points = dict(scores)
        for option in won:
            mine = points.get(option, 0)
            won[option] += votes * sum(mine > points.get(other, 0) for other in won)
    return won


def _top_scores(papers: Papers, among: Collection[str], highest: int) -> dict[str, int]:
    counts = dict.fromkeys(sorted(among), 0)
    for scores, votes in papers.items():
        for option, points in scores:
            if option in counts and points == highest:
                counts[option] += votes
    return counts
