"""The pictures of the demo's listings, drawn from the shapes of pictures.toml."""

import io
import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

ACROSS, DOWN = 80, 60
UNIT = 12
"""Pixels of the picture for one step on the sheet."""
FINER = 2
"""It is drawn so many times larger, and made smaller at the end, so that its edges are smooth."""

Pen = ImageDraw.ImageDraw
Shape = Callable[[Pen, str, Sequence[float]], None]


def drawn(scene: str) -> bytes:
    """A scene as PNG."""
    told, scale = _book(), UNIT * FINER
    sheet = Image.new("RGB", (ACROSS * scale, DOWN * scale))
    pen = ImageDraw.Draw(sheet)
    for kind, colour, *numbers in told["scenes"][scene]:
        _SHAPES[kind](pen, told["colours"][colour], [each * scale for each in numbers])
    picture = io.BytesIO()
    sheet.reduce(FINER).save(picture, "PNG", compress_level=1)
    return picture.getvalue()


@cache
def _book() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "pictures.toml").read_text("utf-8"))


def _box(pen: Pen, colour: str, numbers: Sequence[float]) -> None:
    """left, top, right, bottom"""
    pen.rectangle(tuple(numbers), fill=colour)


def _disc(pen: Pen, colour: str, numbers: Sequence[float]) -> None:
    """middle, radius"""
    x, y, radius = numbers
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)


def _ring(pen: Pen, colour: str, numbers: Sequence[float]) -> None:
    """middle, radius, thickness"""
    x, y, radius, thick = numbers
    around = (x - radius, y - radius, x + radius, y + radius)
    pen.ellipse(around, outline=colour, width=round(thick))


def _line(pen: Pen, colour: str, numbers: Sequence[float]) -> None:
    """thickness, then point after point"""
    thick, *points = numbers
    pen.line(points, fill=colour, width=round(thick), joint="curve")


def _shape(pen: Pen, colour: str, numbers: Sequence[float]) -> None:
    """point after point"""
    pen.polygon(list(numbers), fill=colour)


def _arch(pen: Pen, colour: str, numbers: Sequence[float]) -> None:
    """left, top, right, bottom; round above"""
    left, top, right, bottom = numbers
    half = (right - left) / 2
    pen.ellipse((left, top, right, top + 2 * half), fill=colour)
    pen.rectangle((left, top + half, right, bottom), fill=colour)


_SHAPES: Mapping[str, Shape] = {
    "box": _box,
    "disc": _disc,
    "ring": _ring,
    "line": _line,
    "shape": _shape,
    "arch": _arch,
}
