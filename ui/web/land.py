"""The outlines of the land, cut to a box, as the `d` of an SVG path.

Natural Earth at three levels of detail (`deploy/build_map.py`). A level is read when it is first
needed and kept: about 1 MB for the finest.
"""

import gzip
from array import array
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from itertools import accumulate
from json import loads

from msgspec import Struct

# Degrees by which the lines of each level were simplified, as in deploy/build_map.py.
_TOLERANCES = (0.015, 0.1, 0.5)
_RUN = 64  # points that share one box: whole runs beside the picture are skipped unread
_ALL_ROUND = 36_000  # hundredths of a degree

Point = tuple[float, float]


class Frame(Struct, frozen=True):
    """What part of the globe a picture shows: degrees and pixels.

    `west` may lie beyond -180 or `east` beyond 180 where a picture crosses the antimeridian.
    """

    west: float
    north: float
    x_scale: float  # pixels for a degree of longitude
    y_scale: float  # and of latitude
    width: int
    height: int

    @property
    def east(self) -> float:
        return self.west + self.width / self.x_scale

    @property
    def south(self) -> float:
        return self.north - self.height / self.y_scale

    def at(self, lat: float, lon: float) -> Point:
        """Pixels of a point, on whichever turn of the globe the picture shows."""
        turn = 360 if lon < self.west else -360 if lon > self.east else 0
        return self.flat(lat, lon + turn)

    def flat(self, lat: float, lon: float) -> Point:
        return (lon - self.west) * self.x_scale, (self.north - lat) * self.y_scale


class _Bounds(Struct, frozen=True):
    """Hundredths of a degree."""

    west: float
    south: float
    east: float
    north: float

    def meets(self, other: "_Bounds") -> bool:
        across = self.west <= other.east and other.west <= self.east
        return across and self.south <= other.north and other.south <= self.north


class _Run(Struct, frozen=True):
    bounds: _Bounds
    xs: "array[int]"
    ys: "array[int]"


class _Ring(Struct, frozen=True):
    bounds: _Bounds
    runs: list[_Run]


def path(frame: Frame, margin: int = 8) -> str:
    """Land in the frame and `margin` pixels around it, so that cut edges lie out of sight."""
    box = (-margin, -margin, frame.width + margin, frame.height + margin)
    rings = _rings(_level_for(1 / frame.x_scale))
    parts = list[str]()
    for turn in (-_ALL_ROUND, 0, _ALL_ROUND):
        seen = _seen(frame, turn)
        for ring in rings:
            if ring.bounds.meets(seen):
                parts.append(_drawn(_clipped(list(_points(ring, frame, seen, turn)), box)))
    return "".join(parts)


def _level_for(degrees_a_pixel: float) -> int:
    fine_enough = [at for at, moved in enumerate(_TOLERANCES) if moved <= 2 * degrees_a_pixel]
    return fine_enough[-1] if fine_enough else 0


def _seen(frame: Frame, turn: int) -> _Bounds:
    """What the frame and 20 pixels round it (more than the margin) show of one turn."""
    pad_x, pad_y = 2_000 / frame.x_scale, 2_000 / frame.y_scale
    return _Bounds(
        frame.west * 100 - turn - pad_x,
        frame.south * 100 - pad_y,
        frame.east * 100 - turn + pad_x,
        frame.north * 100 + pad_y,
    )


def _points(ring: _Ring, frame: Frame, seen: _Bounds, turn: int) -> Iterator[Point]:
    """Pixels of a ring. A run wholly to one side of the frame is drawn as a straight line:
    it stays on that side, so nothing in the frame changes."""
    for run in ring.runs:
        if not run.bounds.meets(seen):
            yield frame.flat(run.ys[0] / 100, (run.xs[0] + turn) / 100)
            yield frame.flat(run.ys[-1] / 100, (run.xs[-1] + turn) / 100)
            continue
        for x, y in zip(run.xs, run.ys, strict=True):
            yield frame.flat(y / 100, (x + turn) / 100)


def _clipped(ring: list[Point], box: tuple[float, float, float, float]) -> list[Point]:
    """Sutherland and Hodgman: cut a ring by one side of the box after the other."""
    for axis, edge, sign in ((0, box[0], 1), (0, box[2], -1), (1, box[1], 1), (1, box[3], -1)):
        cut = list[Point]()
        for at, point in enumerate(ring):
            before = ring[at - 1]
            inside = sign * (point[axis] - edge) >= 0
            if inside != (sign * (before[axis] - edge) >= 0):
                cut.append(_crossing(before, point, axis, edge))
            if inside:
                cut.append(point)
        ring = cut
    return ring


def _crossing(one: Point, other: Point, axis: int, edge: float) -> Point:
    share = (edge - one[axis]) / (other[axis] - one[axis])
    along = one[1 - axis] + share * (other[1 - axis] - one[1 - axis])
    return (edge, along) if axis == 0 else (along, edge)


def _drawn(ring: list[Point]) -> str:
    """ "M12 34l5-6 7 8z": whole pixels, in steps from point to point; nothing below a pixel."""
    steps = list[str]()
    start = last = None
    for point in ring:
        x, y = round(point[0]), round(point[1])
        if last is None:
            start = last = (x, y)
        elif (x, y) != last:
            steps.append(f"{x - last[0]} {y - last[1]}")
            last = (x, y)
    if start is None or len(steps) < 2:
        return ""
    return f"M{start[0]} {start[1]}l{' '.join(steps).replace(' -', '-')}z"


@cache
def _rings(level: int) -> list[_Ring]:
    packed = files("ui.web").joinpath("data/land.json.gz").read_bytes()
    return [_ring(steps) for steps in loads(gzip.decompress(packed).split(b"\n")[level])]


def _ring(steps: list[int]) -> _Ring:
    xs, ys = array("h", accumulate(steps[::2])), array("h", accumulate(steps[1::2]))
    runs = [_run(xs[at : at + _RUN], ys[at : at + _RUN]) for at in range(0, len(xs), _RUN)]
    return _Ring(_bounds(xs, ys), runs)


def _run(xs: "array[int]", ys: "array[int]") -> _Run:
    return _Run(_bounds(xs, ys), xs, ys)


def _bounds(xs: "array[int]", ys: "array[int]") -> _Bounds:
    return _Bounds(min(xs), min(ys), max(xs), max(ys))
