"""What the node draws of itself: the weave as people know it, and words where it can say them."""

import hashlib
import io

import pytest
from PIL import Image

from ui.web import weave
from ui.web.drawing import CARD, PAPER, Order, drawn

DIGEST = hashlib.sha256(b"lanehead.example").hexdigest()


def picture(order: Order) -> Image.Image:
    opened = Image.open(io.BytesIO(drawn(order)))
    assert opened.format == "PNG"
    return opened.convert("RGB")


def colours(image: Image.Image, box: tuple[int, int, int, int]) -> set[tuple[int, ...]]:
    part = image.crop(box)
    return {colour for _count, colour in part.getcolors(part.width * part.height)}


def near(first: tuple[int, ...], second: str) -> bool:
    wanted = tuple(int(second[at : at + 2], 16) for at in (1, 3, 5))
    return all(abs(a - b) < 12 for a, b in zip(first, wanted, strict=True))


@pytest.mark.parametrize("bleed", [False, True])
def test_an_icon_is_the_cloth_of_the_key(bleed: bool) -> None:
    made, icon = weave.cloth(bytes.fromhex(DIGEST)), picture(Order(DIGEST, 192, bleed))
    assert icon.size == (192, 192)
    for thread in (made.warp, made.weft):
        assert any(near(one, thread) for one in colours(icon, (0, 0, 192, 192)))
    # Where the first thread of the weft lies on top: with a cell more around it, further in.
    y, start, end = made.weft_floats[0]
    cell, shift = (192 / 10, 1) if bleed else (192 / 8, 0)
    at = int(((start + end) / 2 + shift) * cell), int((y + 0.5 + shift) * cell)
    assert near(icon.getpixel(at), made.weft)


@pytest.mark.parametrize(("title", "is_said"), [("Lanehead Cleaners", True), ("تعاونية", False)])
def test_a_card_says_the_name_or_shows_the_weave_alone(title: str, is_said: bool) -> None:
    content = drawn(Order(DIGEST, title=title, words="Homes and offices. " * 40, foot="a.example"))
    card = Image.open(io.BytesIO(content)).convert("RGB")
    assert card.size == CARD
    right = colours(card, (1000, 60, 1180, 610))
    assert (len(right) > 1) is is_said
    assert near(card.getpixel((10, 620)), PAPER)
    assert len(content) < 60_000


def test_a_name_of_one_long_word_stays_on_the_card() -> None:
    card = picture(Order(DIGEST, title="W" * 100))
    assert len(colours(card, (CARD[0] - 40, 60, CARD[0], 610))) == 1
