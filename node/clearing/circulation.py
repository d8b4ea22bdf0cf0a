"""Multilateral set-off: how much of what coops owe one another can be crossed out. Pure.

Obligations are a graph: an arrow from debtor to creditor, as wide as the amount. What can be set
off without changing anybody's net position is a circulation: at each coop as much goes out as comes
in. The largest one (`largest`) is what a clearing run proposes; Fleischman and Dini, Mathematical
Foundations for Balancing the Payment System in the Trade Credit Market, 2021.

There are many largest circulations, so a node does not compare a proposal with one of its own. It
checks it (`faults`): within what is owed, balanced at every coop, and not to be improved. The last
by the theorem that a circulation is largest if its residual graph has no cycle that gains; a check
that shares nothing with the solver that made the proposal.

Amounts are whole numbers of one currency's smallest unit throughout.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from enum import StrEnum

from msgspec import Struct

Pair = tuple[str, str]
"""Debtor and creditor."""
Amounts = Mapping[Pair, int]


class FaultKind(StrEnum):
    """What can be wrong with a proposal."""

    NOT_OWED = "not-owed"
    BELOW_ZERO = "below-zero"
    UNBALANCED = "unbalanced"
    NOT_LARGEST = "not-largest"


class Fault(Struct, frozen=True):
    """One reason to refuse a proposal. coops: whom it concerns; amount: by how much."""

    kind: FaultKind
    coops: tuple[str, ...]
    amount: int


def largest(owed: Amounts) -> dict[Pair, int]:
    """A circulation of the largest total within what is owed; pairs with nothing are left out.

    Deterministic for equal input, whatever its order. 300 coops with 2,000 obligations take about
    a quarter of a second: call it off the event loop.
    """
    import networkx  # 20 MB, needed once a month

    graph = networkx.DiGraph()
    for (debtor, creditor), amount in sorted(owed.items()):
        if amount > 0 and debtor != creditor:
            graph.add_edge(debtor, creditor, capacity=amount, weight=-1)
    if not graph:
        return {}
    _cost, flow = networkx.network_simplex(graph)
    return {
        (debtor, creditor): amount
        for debtor, by_creditor in flow.items()
        for creditor, amount in by_creditor.items()
        if amount
    }


def faults(owed: Amounts, cleared: Amounts) -> list[Fault]:
    """Why a proposal must be refused; empty for a largest circulation within what is owed."""
    found = [
        Fault(FaultKind.BELOW_ZERO, pair, -amount)
        for pair, amount in sorted(cleared.items())
        if amount < 0
    ]
    found += [
        Fault(FaultKind.NOT_OWED, pair, amount - owed.get(pair, 0))
        for pair, amount in sorted(cleared.items())
        if amount > owed.get(pair, 0)
    ]
    changes = net_positions(cleared)
    found += [
        Fault(FaultKind.UNBALANCED, (coop,), change)
        for coop, change in sorted(changes.items())
        if change
    ]
    if found:
        return found
    missed = _gaining_cycle(owed, cleared)
    return [Fault(FaultKind.NOT_LARGEST, missed, 0)] if missed else []


def net_positions(amounts: Amounts) -> dict[str, int]:
    """Per coop what it is owed less what it owes; a circulation leaves every one at zero."""
    net: defaultdict[str, int] = defaultdict(int)
    for (debtor, creditor), amount in amounts.items():
        net[debtor] -= amount
        net[creditor] += amount
    return dict(net)


def residual(owed: Amounts, cleared: Amounts) -> dict[Pair, int]:
    """What is still owed after the set-off; pairs with nothing are left out."""
    left = {pair: amount - cleared.get(pair, 0) for pair, amount in owed.items()}
    return {pair: amount for pair, amount in left.items() if amount}


def per_obligation(
    obligations: Iterable[tuple[str, Pair, int]], cleared: Amounts
) -> dict[str, int]:
    """How much of each obligation is crossed out. obligations: (id, pair, amount), those due first
    first; a pair's cleared amount goes to them in this order."""
    left = dict(cleared)
    parts: dict[str, int] = {}
    for obligation_id, pair, amount in obligations:
        part = min(amount, left.get(pair, 0))
        if part:
            parts[obligation_id] = part
            left[pair] -= part
    return parts


def _gaining_cycle(owed: Amounts, cleared: Amounts) -> tuple[str, ...]:
    """Coops on a cycle by which more could be set off; none if there is no such cycle.

    In the residual graph an arrow forward (owed and not yet cleared) gains 1 a unit, one back
    (cleared, could be taken back) loses 1. Bellman and Ford: lengths settle unless a cycle gains.
    """
    arrows = [
        (debtor, creditor, -1)
        for (debtor, creditor), amount in owed.items()
        if amount > cleared.get((debtor, creditor), 0) and debtor != creditor
    ]
    arrows += [(creditor, debtor, 1) for (debtor, creditor), amount in cleared.items() if amount]
    length = dict.fromkeys((coop for arrow in arrows for coop in arrow[:2]), 0)
    came_from: dict[str, str] = {}
    for _round in range(len(length) + 1):
        last = ""
        for start, end, cost in arrows:
            if length[start] + cost < length[end]:
                length[end] = length[start] + cost
                came_from[end] = start
                last = end
        if not last:
            return ()
    for _step in length:  # from anywhere behind the cycle into it
        last = came_from[last]
    cycle = [last]
    while (before := came_from[cycle[-1]]) != last:
        cycle.append(before)
    return tuple(reversed(cycle))
