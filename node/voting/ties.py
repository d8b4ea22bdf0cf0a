"""How options that are equal are told apart: never by their names or by their order.

A lot is an order of all options that is handed in: who comes first is preferred, who comes last is
excluded first. It is drawn from a seed that nobody can choose, so that everybody draws the same.
"""

from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256

from node.voting.errors import UnusableRule
from node.voting.results import Number, Tie

Lot = Sequence[str] | None


def drawn(seed: str, options: Collection[str]) -> tuple[str, ...]:
    """The lot of a seed: options by SHA-256 of seed, line feed and option, as hex, ascending."""
    return tuple(sorted(options, key=lambda option: sha256(f"{seed}\n{option}".encode()).digest()))


def check_lot(lot: Lot, options: Collection[str]) -> None:
    """Raises UnusableRule unless the lot is an order of exactly these options."""
    if lot is not None and (len(lot) != len(set(lot)) or set(lot) != set(options)):
        raise UnusableRule("lot", "not-the-options")


def told_apart(
    over: str,
    among: Collection[str],
    history: Sequence[Mapping[str, Number]],
    lot: Lot,
    *,
    highest: bool,
) -> Tie:
    """Which one of the tied has the most (or the least) at the latest earlier stage.

    Those who do not are out; the stage before decides among the rest, and so on, then the lot.
    """
    left, by = sorted(among), []
    for votes in reversed(history):
        extreme = (max if highest else min)(votes[option] for option in left)
        narrowed = [option for option in left if votes[option] == extreme]
        if len(narrowed) < len(left):
            left, by = narrowed, ["earlier-stage"]
        if len(left) == 1:
            return Tie(over, tuple(sorted(among)), tuple(by), tuple(left))
    if lot is None:
        return Tie(over, tuple(left), tuple(by))
    ordered = [option for option in lot if option in left]
    chosen = ordered[0] if highest else ordered[-1]
    return Tie(over, tuple(sorted(among)), (*by, "lot"), (chosen,))


def top(
    totals: Mapping[str, Number], seats: int, lot: Lot
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[Tie, ...]]:
    """The `seats` highest: winners (the best first), those tied at the cut-off, and the tie.

    Equals that all win stand in the order of their names, which says nothing.
    """
    ranked = sorted(totals, key=lambda option: (-totals[option], option))
    if len(ranked) <= seats or totals[ranked[seats - 1]] > totals[ranked[seats]]:
        return tuple(ranked[:seats]), (), ()
    cut = totals[ranked[seats]]
    safe = [option for option in ranked if totals[option] > cut]
    tied = tuple(option for option in ranked if totals[option] == cut)
    if lot is None:
        return tuple(safe), tied, (Tie("seat", tied),)
    chosen = tuple([option for option in lot if option in tied][: seats - len(safe)])
    return (*safe, *chosen), tied, (Tie("seat", tied, ("lot",), chosen),)
