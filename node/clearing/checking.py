"""What a proposal must be, worked out anew from the signed offers. Pure.

An obligation counts only if debtor and creditor state it alike; any other is left out and both are
named, whatever a third coop states of it. What is set off must be the largest circulation within
what counts, shared out to the obligations of a pair in the order in which they are due.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from msgspec import Struct

from node.clearing import circulation
from node.clearing.circulation import Amounts, Pair
from node.clearing.papers import LeftOut, Proposed, Stated

Offers = Mapping[str, Sequence[Stated]]
"""What each coop states."""

ONE_SIDED = "one-sided"
DIFFERS = "differs"
NO_ROOM = "no-room"


class Finding(Struct, frozen=True):
    """One reason to refuse. coops: whom it concerns; about: an obligation, or a sum."""

    code: str
    coops: tuple[str, ...] = ()
    about: str = ""

    @property
    def facts(self) -> dict[str, object]:
        return {"code": self.code, "coops": list(self.coops), "about": self.about}


class Matched(Struct, frozen=True):
    """What both sides state alike, by obligation, and what was left out."""

    rows: Mapping[str, Stated]
    left_out: tuple[LeftOut, ...]

    @property
    def owed(self) -> dict[Pair, int]:
        """By pair of debtor and creditor."""
        owed: defaultdict[Pair, int] = defaultdict(int)
        for row in self.rows.values():
            owed[row.debtor, row.creditor] += row.remaining
        return dict(owed)

    def shared_out(self, by_pair: Amounts) -> dict[str, int]:
        """What is set off of each obligation, those due first first."""
        order = [
            (row.obligation, (row.debtor, row.creditor), row.remaining)
            for row in sorted(self.rows.values())
        ]
        return circulation.per_obligation(order, by_pair)

    def by_pair(self, cleared: Mapping[str, int]) -> dict[Pair, int]:
        """The sums of obligations added up by pair."""
        sums: defaultdict[Pair, int] = defaultdict(int)
        for obligation, amount in cleared.items():
            row = self.rows[obligation]
            sums[row.debtor, row.creditor] += amount
        return dict(sums)


def match(offers: Offers, most: int) -> Matched:
    """Compare what everybody states. most: how many rows an offer had room for."""
    stated: defaultdict[tuple[str, tuple[str, ...]], dict[str, Stated]] = defaultdict(dict)
    for coop, rows in offers.items():
        for row in rows:
            stated[row.obligation, tuple(sorted({row.debtor, row.creditor}))][coop] = row
    full = {coop for coop, rows in offers.items() if len(rows) >= most}
    alike: dict[str, Stated] = {}
    left_out = []
    for (obligation, sides), by_coop in sorted(stated.items()):
        if not set(sides) <= set(offers):
            continue  # the other side is not taking part
        why = DIFFERS if obligation in alike else _why_not(by_coop, set(sides), full)
        if why is None:
            alike[obligation] = next(iter(by_coop.values()))
        else:
            left_out.append(LeftOut(obligation, sides, why))
    return Matched(alike, tuple(left_out))


def _why_not(by_coop: Mapping[str, Stated], sides: set[str], full: set[str]) -> str | None:
    if len(sides) == 2 and set(by_coop) == sides:
        return None if len(set(by_coop.values())) == 1 else DIFFERS
    if set(by_coop) < sides and sides - set(by_coop) <= full:
        return NO_ROOM
    return ONE_SIDED


def propose(offers: Offers, most: int) -> tuple[dict[str, int], tuple[LeftOut, ...]]:
    """What to set off of each obligation, and what is left out. Slow: off the event loop."""
    matched = match(offers, most)
    return matched.shared_out(circulation.largest(matched.owed)), matched.left_out


def check(proposed: Proposed, offers: Offers, most: int) -> list[Finding]:
    """Why a proposal must be refused; empty if there is no reason. Slow: off the event loop."""
    matched = match(offers, most)
    unknown = sorted(proposed.cleared.keys() - matched.rows.keys())
    if unknown:
        reasons = {each.obligation: each for each in matched.left_out}
        return [
            Finding(
                reasons[uri].why if uri in reasons else "not-stated",
                reasons[uri].coops if uri in reasons else (),
                uri,
            )
            for uri in unknown
        ]
    by_pair = matched.by_pair(proposed.cleared)
    found = [
        Finding(fault.kind.value, fault.coops, str(fault.amount))
        for fault in circulation.faults(matched.owed, by_pair)
    ]
    if found:
        return found
    if matched.shared_out(by_pair) != {uri: sum_ for uri, sum_ in proposed.cleared.items() if sum_}:
        return [Finding("wrong-order")]
    if set(proposed.left_out) != set(matched.left_out):
        hidden = set(matched.left_out) ^ set(proposed.left_out)
        return [Finding("left-out-differs", each.coops, each.obligation) for each in sorted(hidden)]
    return []
