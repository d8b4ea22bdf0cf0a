import hashlib
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from ui.web import weave

VECTORS = Path(__file__).parents[2] / "vectors" / "weaves"
COOPS = ["calder", "lanehead", "mawimbi", "pioneer", "portici", "toadlane"]


def digest_of(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


@pytest.mark.parametrize("coop", COOPS)
def test_a_coop_keeps_the_cloth_that_people_know(coop: str) -> None:
    assert weave.svg(digest_of(f"{coop}.example")) == (VECTORS / f"{coop}.svg").read_text().strip()


def test_the_selvedge_is_the_same_cloth_as_a_strip() -> None:
    known = (VECTORS / "lanehead-band.svg").read_text().strip()
    assert weave.band(digest_of("lanehead.example")) == known


def test_another_key_is_another_cloth() -> None:
    cloths = {weave.svg(digest_of(f"key {number}")) for number in range(500)}
    assert len(cloths) == 500


@pytest.mark.parametrize("digest", [bytes(32), b"\xff" * 32, bytes(range(32)), b"\x0d" * 32])
def test_every_digest_makes_sound_cloth(digest: bytes) -> None:
    _, weft, warp, _ = re.findall(r' d="([^"]*)"', weave.svg(digest))
    assert len(set(re.findall(r"M(\d)", warp))) == 8  # every warp thread shows somewhere ...
    assert len(set(re.findall(r" (\d)\.5H", weft))) == 8  # ... and so does every weft thread


def test_the_picture_is_small_well_formed_and_without_style_attributes() -> None:
    for number in range(50):
        picture = weave.svg(digest_of(f"key {number}"))
        ElementTree.fromstring(picture)
        assert len(picture) < 1_700
        assert "style" not in picture


@pytest.mark.parametrize("digest", [b"", bytes(31), bytes(33)])
def test_anything_but_32_bytes_is_refused(digest: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        weave.svg(digest)
    with pytest.raises(ValueError, match="32 bytes"):
        weave.band(digest)
