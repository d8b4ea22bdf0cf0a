"""`python -m ui.web.drawing SECONDS`: a weave, or a card with a weave and words, as PNG.

Started by `drawings`, which gives an `Order` as JSON on stdin and takes the picture from stdout.
The typeface is the one inside Pillow (Aileron, in the public domain), which has Latin letters: what
it cannot say it does not draw, and the weave stands alone.
"""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from node import limits
from node.confined import limit_ourselves
from ui.web.weave import cloth

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

CARD = (1200, 630)
"""Pixels of the card that messengers show beside a link."""
PAPER, INK, SOFT = "#f9f4e8", "#23231d", "#5f5b4e"
_CELL = 64
"""Pixels of a cell before it is made smaller."""
_THREADS = 8
_EDGE = 40
_WEAVE = 300
_SIZES = (76, 64, 54, 44)
_NOWHERE = "\uffff"
"""A sign that no typeface has."""


class Order(msgspec.Struct, frozen=True):
    """What to draw. size: of an icon, in pixels; 0: a card. bleed: the cloth goes on for a cell on
    each side, so that a phone may cut the icon to any shape. title, words: of a card."""

    digest: str
    size: int = 0
    bleed: bool = False
    title: str = ""
    words: str = ""
    foot: str = ""


def main() -> None:
    """Read stdin, write stdout."""
    limit_ourselves(int(sys.argv[1]), limits.PICTURE_MEMORY_MIB)
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    sys.stdout.buffer.write(drawn(order))


def drawn(order: Order) -> bytes:
    """The picture as PNG."""
    if order.size:
        picture = woven(bytes.fromhex(order.digest), order.size, bleed=order.bleed)
    else:
        picture = _card(order)
    out = io.BytesIO()
    picture.quantize(128).save(out, "PNG", optimize=True)
    return out.getvalue()


def woven(digest: bytes, size: int, *, bleed: bool = False) -> Image:
    """The cloth of a key as a square, the same as the SVG."""
    from PIL import Image

    one = _square(digest)
    if bleed:
        side = one.width + 2 * _CELL
        wide = Image.new("RGB", (side, side))
        for x in range(_CELL - one.width, side, one.width):
            for y in range(_CELL - one.height, side, one.height):
                wide.paste(one, (x, y))
        one = wide
    return one.resize((size, size), Image.Resampling.LANCZOS)


def _square(digest: bytes) -> Image:
    from PIL import Image, ImageDraw

    made = cloth(digest)
    side = _CELL * _THREADS
    picture = Image.new("RGB", (side, side), made.ground)
    draw = ImageDraw.Draw(picture, "RGBA")
    for y, start, end in made.weft_floats:
        draw.rectangle(_box(start + 0.06, y + 0.07, end - 0.06, y + 0.93), made.weft)
    for x, start, end in made.warp_floats:
        draw.rectangle(_box(x + 0.07, start + 0.06, x + 0.93, end - 0.06), made.warp)
        draw.rectangle(_box(x + 0.43, start + 0.06, x + 0.57, end - 0.06), (255, 255, 255, 51))
    return picture


def _box(left: float, top: float, right: float, bottom: float) -> tuple[int, int, int, int]:
    return (
        round(left * _CELL),
        round(top * _CELL),
        round(right * _CELL) - 1,
        round(bottom * _CELL) - 1,
    )


def _card(order: Order) -> Image:
    from PIL import Image, ImageDraw

    digest = bytes.fromhex(order.digest)
    picture = Image.new("RGB", CARD, PAPER)
    strip = woven(digest, _EDGE)
    for x in range(0, CARD[0], _EDGE):
        picture.paste(strip, (x, 0))
    middle = (_EDGE + CARD[1] - _WEAVE) // 2
    if not _can_say(order.title):
        large = CARD[1] - 4 * _EDGE
        at = ((CARD[0] - large) // 2, (_EDGE + CARD[1] - large) // 2)
        picture.paste(woven(digest, large), at)
        return picture
    picture.paste(woven(digest, _WEAVE), (2 * _EDGE, middle))
    left = 3 * _EDGE + _WEAVE + _EDGE // 2
    _write(ImageDraw.Draw(picture), order, left, CARD[0] - left - 2 * _EDGE)
    return picture


def _write(draw: ImageDraw, order: Order, left: int, width: int) -> None:
    """Title, words and foot in one column, its middle where the middle of the weave is."""
    title, size = _set_title(order.title, width)
    lines = [_Line(text, size, INK) for text in title]
    if _can_say(order.words):
        words = _broken(order.words, _font(34), width, 3)
        lines += [_Line(text, 34, SOFT, 0 if nr else 18) for nr, text in enumerate(words)]
    if _can_say(order.foot):
        lines.append(_Line(order.foot, 28, SOFT, 30))
    y = (_EDGE + CARD[1] - sum(line.height for line in lines)) // 2
    for line in lines:
        draw.text((left, y + line.above), line.text, line.ink, _font(line.size))
        y += line.height


class _Line(NamedTuple):
    text: str
    size: int
    ink: str
    above: int = 0

    @property
    def height(self) -> int:
        return self.above + round(self.size * 1.3)


def _set_title(text: str, width: int) -> tuple[list[str], int]:
    """In the largest size at which it takes three lines at most."""
    for size in _SIZES:
        lines = _broken(text, _font(size), width, 4)
        if len(lines) <= 3:
            return lines, size
    return _broken(text, _font(_SIZES[-1]), width, 3), _SIZES[-1]


def _broken(text: str, font: FreeTypeFont, width: int, most: int) -> list[str]:
    """The text in lines no longer than `width`; what is over ends in an ellipsis."""
    lines: list[str] = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if not lines[-1] or font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    fitting = [_cut(line, font, width) for line in lines[:most]]
    if len(lines) > most:
        fitting[-1] = _ended(fitting[-1], font, width)
    return fitting


def _ended(line: str, font: FreeTypeFont, width: int) -> str:
    """With an ellipsis after its last word that leaves room for one."""
    while " " in line and font.getlength(f"{line} …") > width:
        line = line.rpartition(" ")[0]
    return _cut(f"{line.rstrip(' ,.;:')} …", font, width)


def _cut(line: str, font: FreeTypeFont, width: int) -> str:
    while font.getlength(line) > width:
        line = line.rstrip("…")[:-1] + "…"
    return line


def _font(size: int) -> FreeTypeFont:
    from PIL import ImageFont

    font = ImageFont.load_default(size)
    if isinstance(font, ImageFont.ImageFont):
        raise TypeError("this Pillow was built without FreeType")
    return font


def _can_say(text: str) -> bool:
    """Whether the typeface has every letter of it."""
    font = _font(20)
    missing = bytes(font.getmask(_NOWHERE))
    return bool(text) and all(
        letter.isspace() or bytes(font.getmask(letter)) != missing for letter in set(text)
    )


if __name__ == "__main__":
    main()
