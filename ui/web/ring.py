"""The picture of a clearing run: coops on a ring, arrows from who owes to whom it is owed.

Only numbers: places, curves and widths. The template draws them, the table beside it says the
same in words.
"""

import math
from collections.abc import Mapping, Sequence

from msgspec import Struct

from node.clearing import Picture
from node.money import Money

SIZE = 520
_RADIUS = 165
_NODE = 26
_WIDEST = 13
_BEND = 0.16
_LINE = 30


class Place(Struct, frozen=True):
    """Where a coop stands, and where its name is written."""

    coop: str
    x: float
    y: float
    name_y: float


class Arrow(Struct, frozen=True):
    """One debt: its curve, and how wide it is before, what is set off of it, and after."""

    debtor: str
    creditor: str
    curve: str
    head: str
    before: Money
    set_off: Money
    after: Money
    width_before: float
    width_off: float
    width_after: float


class Ring(Struct, frozen=True):
    """All of it."""

    places: tuple[Place, ...]
    arrows: tuple[Arrow, ...]

    @property
    def top(self) -> int:
        return int(min(place.name_y for place in self.places)) - _LINE

    @property
    def bottom(self) -> int:
        return int(max(place.name_y for place in self.places)) + _LINE


def ring(picture: Picture) -> Ring:
    """A run's debts as a ring, widths by sum."""
    coops = sorted({coop for pair in picture.before for coop in pair})
    places = _places(coops)
    largest = max((money.amount for money in picture.before.values()), default=1) or 1
    nothing = Money(0, picture.currency, picture.total.scale)
    arrows = []
    for (debtor, creditor), before in picture.before.items():
        after = picture.after[debtor, creditor]
        curve, head = _drawn(places, debtor, creditor)
        arrows.append(
            Arrow(
                debtor=debtor,
                creditor=creditor,
                curve=curve,
                head=head,
                before=before,
                set_off=picture.cleared.get((debtor, creditor), nothing),
                after=after,
                width_before=_width(before, largest),
                width_off=_width(before - after, largest),
                width_after=_width(after, largest),
            )
        )
    return Ring(tuple(places.values()), tuple(arrows))


def _places(coops: Sequence[str]) -> dict[str, Place]:
    middle = SIZE / 2
    found = {}
    for number, coop in enumerate(coops):
        angle = 2 * math.pi * number / len(coops) - math.pi / 2
        x, y = middle + _RADIUS * math.cos(angle), middle + _RADIUS * math.sin(angle)
        below = y >= middle
        found[coop] = Place(coop, round(x, 1), round(y, 1), round(y + (46 if below else -34), 1))
    return found


def _drawn(places: Mapping[str, Place], debtor: str, creditor: str) -> tuple[str, str]:
    """A curve that keeps clear of its opposite, and the point of its arrow."""
    start, end = places[debtor], places[creditor]
    across, down = end.x - start.x, end.y - start.y
    bend_x = (start.x + end.x) / 2 - down * _BEND
    bend_y = (start.y + end.y) / 2 + across * _BEND
    begin = _towards(start.x, start.y, bend_x, bend_y, _NODE)
    tip = _towards(end.x, end.y, bend_x, bend_y, _NODE + 2)
    stop = _towards(end.x, end.y, bend_x, bend_y, _NODE + 14)
    curve = f"M{_point(begin)}Q{_point((bend_x, bend_y))} {_point(stop)}"
    return curve, _head(stop, tip)


def _head(stop: tuple[float, float], tip: tuple[float, float]) -> str:
    along_x, along_y = tip[0] - stop[0], tip[1] - stop[1]
    left = (stop[0] - along_y * 0.7, stop[1] + along_x * 0.7)
    right = (stop[0] + along_y * 0.7, stop[1] - along_x * 0.7)
    return f"M{_point(left)}L{_point(tip)} {_point(right)}Z"


def _towards(x: float, y: float, other_x: float, other_y: float, by: float) -> tuple[float, float]:
    length = math.hypot(other_x - x, other_y - y) or 1
    return x + (other_x - x) * by / length, y + (other_y - y) * by / length


def _point(point: tuple[float, float]) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}"


def _width(money: Money, largest: int) -> float:
    return round(2 + (_WIDEST - 2) * money.amount / largest, 1) if money.amount else 0
