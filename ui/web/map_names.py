"""Names of towns on a map, put where they touch nothing else."""

import math
from collections.abc import Iterator, Sequence
from html import escape

from msgspec import Struct

from node.places import Place, within
from ui.web.land import Frame

_LETTER = 8.5  # mean width of a letter in the type that the style sheet gives names
_LINE = 18
_GAP = 4  # from a dot or a pin to its name
_SAME_SPOT = 5  # a pin or the reader's mark this near to the middle of a town stands for its dot
_MOST_NAMES = 7
_TOWNS_TRIED = 40

Circle = tuple[float, float, float]


class Box(Struct, frozen=True):
    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def around(cls, x: float, y: float, width: float, height: float) -> "Box":
        return cls(x - width / 2, y - height / 2, x + width / 2, y + height / 2)

    @property
    def centre(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def touches(self, other: "Box") -> bool:
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom

    def holds(self, other: "Box") -> bool:
        across = self.left <= other.left and other.right <= self.right
        return across and self.top <= other.top and other.bottom <= self.bottom


def draw(frame: Frame, pins: Sequence[Box], scale: Box, ring: Circle | None) -> Iterator[str]:
    """Dots and names of the biggest towns in the frame, as far as they find room.

    A town whose dot a pin would hide is left out; one that the pin marks gives it its name.
    """
    full, free, named = [*pins, scale], set(pins), 0
    for town in _towns(frame):
        dot = Box.around(*frame.at(town.lat, town.lon), 10, 10)
        if dot.touches(scale):
            continue
        cover = next((box for box in pins if dot.touches(box)), None)
        if cover and (cover not in free or math.dist(cover.centre, dot.centre) > _SAME_SPOT):
            continue
        rooms = _rooms(town.name, cover or dot)
        room = next((room for room in rooms if _fits(room, frame, full, ring)), None)
        if room is None:
            continue
        free.discard(cover or dot)
        full += [room, dot]
        yield _name(town.name, room, cover or dot, dotted=cover is None)
        named += 1
        if named == _MOST_NAMES:
            return


def width_of(text: str) -> float:
    return len(text) * _LETTER


def _towns(frame: Frame) -> list[Place]:
    """The biggest towns; on both sides of the antimeridian where the frame crosses it."""
    found = [
        town
        for turn in (-360, 0, 360)
        if frame.west - turn < 180 and frame.east - turn > -180
        for town in within(
            frame.south, frame.west - turn, frame.north, frame.east - turn, limit=_TOWNS_TRIED
        )
    ]
    return sorted(found, key=lambda town: -town.population)


def _rooms(name: str, thing: Box) -> Iterator[Box]:
    """Where a name may stand: after its dot or pin, before it, above it, below it."""
    width = width_of(name)
    x, y = thing.centre
    aside = (thing.right - thing.left + width) / 2 + _GAP
    away = (thing.bottom - thing.top + _LINE) / 2 + _GAP
    for dx, dy in ((aside, 0), (-aside, 0), (0, -away), (0, away)):
        yield Box.around(x + dx, y + dy, width, _LINE)


def _fits(room: Box, frame: Frame, full: Sequence[Box], ring: Circle | None) -> bool:
    paper = Box(0, 0, frame.width, frame.height)
    if not paper.holds(room) or any(map(room.touches, full)):
        return False
    return ring is None or not _crosses(room, ring)


def _crosses(box: Box, ring: Circle) -> bool:
    """Whether the line of the ring runs through the box or close by it."""
    x, y, radius = ring
    across = max(box.left - x, 0, x - box.right), max(abs(box.left - x), abs(box.right - x))
    down = max(box.top - y, 0, y - box.bottom), max(abs(box.top - y), abs(box.bottom - y))
    nearest, farthest = math.hypot(across[0], down[0]), math.hypot(across[1], down[1])
    return nearest < radius + 4 and farthest > radius - 4


def _name(name: str, room: Box, thing: Box, *, dotted: bool) -> str:
    x, y = thing.centre
    anchor = "start" if room.left > x else "end" if room.right < x else "middle"
    at = {"start": room.left, "end": room.right, "middle": x}[anchor]
    dot = f'<circle class="town" cx="{x:.0f}" cy="{y:.0f}" r="2.5"/>' if dotted else ""
    return (
        f'{dot}<text class="name" x="{at:.0f}" y="{room.centre[1]:.0f}" dy=".35em" '
        f'text-anchor="{anchor}">{escape(name)}</text>'
    )
