#!/usr/bin/env python3
"""Make ui/web/data/land.json.gz from Natural Earth. Run by hand when it has a new release.

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    .venv/bin/python deploy/build_map.py package/land-10m.json

The result has one line for each level of detail, finest first: a JSON list of rings, each a flat
list of x, y in hundredths of a degree, the first point whole and the others as steps from the one
before. Natural Earth (naturalearthdata.com) is in the public domain.
"""

import gzip
import json
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

OUT = Path(__file__).parent.parent / "ui" / "web" / "data" / "land.json.gz"
TOLERANCES = (0.015, 0.1, 0.5)  # degrees a line may move: about 1.5, 10 and 50 km

Point = tuple[float, float]


def main(source: Path) -> None:
    rings = list(_rings(json.loads(source.read_text("utf-8"))))
    lines = [json.dumps(_level(rings, t), separators=(",", ":")) for t in TOLERANCES]
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_bytes(gzip.compress("\n".join(lines).encode(), 9, mtime=0))
    sys.stdout.write(f"{OUT.name}: {OUT.stat().st_size:,} bytes\n")


def _rings(topology: dict[str, Any]) -> Iterator[list[Point]]:
    """The closed lines of a TopoJSON file's land, in degrees."""
    arcs = [_arc(arc, topology["transform"]) for arc in topology["arcs"]]
    for geometry in topology["objects"]["land"]["geometries"]:
        polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
        for ring in (ring for polygon in polygons for ring in polygon):
            points = list[Point]()
            for number in ring:
                arc = arcs[number] if number >= 0 else arcs[~number][::-1]
                points += arc[1:] if points else arc
            yield points


def _arc(steps: list[list[int]], transform: dict[str, list[float]]) -> list[Point]:
    (scale_x, scale_y), (left, low) = transform["scale"], transform["translate"]
    x = y = 0
    points = list[Point]()
    for dx, dy in steps:
        x, y = x + dx, y + dy
        points.append((x * scale_x + left, y * scale_y + low))
    return points


def _level(rings: list[list[Point]], tolerance: float) -> list[list[int]]:
    big = (ring for ring in rings if _area(ring) > 4 * tolerance**2)
    whole = (_whole(_simplified(ring, tolerance)) for ring in big)
    return [_steps(ring) for ring in whole if len(ring) > 3]


def _area(ring: list[Point]) -> float:
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(ring))) / 2


def _simplified(ring: list[Point], tolerance: float) -> list[Point]:
    """Douglas and Peucker's line, begun at the two points of the ring that lie farthest apart."""
    far = max(range(len(ring)), key=lambda at: _square(ring[at], ring[0]))
    kept = {0, far, len(ring) - 1}
    spans = [(0, far), (far, len(ring) - 1)]
    while spans:
        start, end = spans.pop()
        between = range(start + 1, end)
        if not between:
            continue
        off, at = max((_off_line(ring[at], ring[start], ring[end]), at) for at in between)
        if off > tolerance**2:
            kept.add(at)
            spans += [(start, at), (at, end)]
    return [ring[at] for at in sorted(kept)]


def _square(one: Point, other: Point) -> float:
    return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2


def _off_line(point: Point, start: Point, end: Point) -> float:
    """Square of the distance from a point to a stretch of line."""
    length = _square(start, end)
    if not length:
        return _square(point, start)
    dx, dy = end[0] - start[0], end[1] - start[1]
    along = ((point[0] - start[0]) * dx + (point[1] - start[1]) * dy) / length
    along = min(1.0, max(0.0, along))
    return _square(point, (start[0] + along * dx, start[1] + along * dy))


def _whole(ring: list[Point]) -> list[tuple[int, int]]:
    points = [(round(x * 100), round(y * 100)) for x, y in ring]
    return [point for at, point in enumerate(points) if not at or point != points[at - 1]]


def _steps(ring: list[tuple[int, int]]) -> list[int]:
    steps = list(ring[0])
    for (x1, y1), (x2, y2) in pairwise(ring):
        steps += [x2 - x1, y2 - y1]
    return steps


if __name__ == "__main__":
    main(Path(sys.argv[1]))
