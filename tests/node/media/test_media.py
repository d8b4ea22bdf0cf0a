"""Pictures of strangers: what is kept of them, and what a hostile one cannot do."""

import hashlib
import io
import struct
import zlib

import pytest
from PIL import Image, ImageCms

from node import limits
from node.media import PictureUnreadable, encoding
from node.media.process import re_encoded
from tests.support.photos import photo

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
PAGE = b"<!doctype html><script>alert(1)</script>"


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def png(width: int, height: int, depth: int, colour: int, rows: bytes, clear: bytes = b"") -> bytes:
    """Byte by byte, as Pillow writes none. clear: the colour that is."""

    def chunk(name: bytes, data: bytes) -> bytes:
        check = zlib.crc32(name + data)
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", check)

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    head += chunk(b"tRNS", clear) if clear else b""
    ends = chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + head + ends


def flood(width: int, height: int) -> bytes:
    """A PNG of a hundred bytes that claims to be this large."""
    return png(width, height, 8, 2, b"\0" * 100)


def deep(colour: int, *channels: int, clear: bytes = b"") -> bytes:
    """A PNG of 40 by 30 with 16 bits for each channel."""
    row = b"\0" + struct.pack(f">{len(channels)}H", *(257 * one for one in channels)) * 40
    return png(40, 30, 16, colour, row * 30, clear)


def flat(mode: str, colour: object, kind: str = "PNG", turned: str = "", **how: object) -> bytes:
    """40 by 30 of one colour. turned: the mode that it is kept in."""
    out = io.BytesIO()
    picture = Image.new(mode, (40, 30), colour)  # type: ignore[arg-type]
    (picture.convert(turned) if turned else picture).save(out, kind, **how)
    return out.getvalue()


RUST, WEB = (180, 90, 20), (204, 102, 0)
LAB = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
"""A profile of other colours than any picture's."""


@pytest.mark.parametrize(
    ("content", "colour"),
    [
        pytest.param(flat("L", 180, "JPEG"), (180, 180, 180, 255), id="grey-jpeg"),
        pytest.param(flat("L", 180), (180, 180, 180, 255), id="grey-png"),
        pytest.param(flat("L", 180, icc_profile=LAB), (180, 180, 180, 255), id="odd-profile"),
        pytest.param(flat("L", 180, "GIF"), (180, 180, 180, 255), id="grey-gif"),
        pytest.param(flat("LA", (180, 90)), (180, 180, 180, 90), id="grey-half-clear"),
        pytest.param(flat("L", 180, transparency=180), (180, 180, 180, 0), id="grey-clear"),
        pytest.param(deep(0, 180), (180, 180, 180, 255), id="grey-16"),
        pytest.param(deep(0, 0), (0, 0, 0, 255), id="black-16"),
        pytest.param(deep(0, 255), (255, 255, 255, 255), id="white-16"),
        pytest.param(
            deep(0, 40, clear=b"\xff\xff"), (40, 40, 40, 255), id="grey-16-where-white-is-clear"
        ),
        pytest.param(deep(4, 180, 90), (180, 180, 180, 90), id="grey-16-half-clear"),
        pytest.param(deep(2, *RUST), (*RUST, 255), id="colours-16"),
        pytest.param(deep(6, *RUST, 128), (*RUST, 128), id="colours-16-half-clear"),
        pytest.param(flat("RGB", RUST, "JPEG", "CMYK"), (*RUST, 255), id="cmyk"),
        pytest.param(flat("RGB", WEB, turned="P"), (*WEB, 255), id="palette"),
        pytest.param(flat("1", 1), (255, 255, 255, 255), id="black-and-white"),
    ],
)
def test_what_is_grey_deep_printed_or_of_a_palette_keeps_its_colours(
    content: bytes, colour: tuple[int, ...]
) -> None:
    width, height, files = encoding.encoded(content)
    assert (width, height) == (40, 30)
    for one in files:
        seen = opened(one).convert("RGBA").getpixel((20, 15))
        assert isinstance(seen, tuple)
        assert max(abs(a - b) for a, b in zip(seen, colour, strict=True)) <= 4, seen


def test_a_photo_comes_out_upright_in_three_sizes_without_where_it_was_taken() -> None:
    content = photo(2000, 1000, turned=6)
    assert b"SECRETCAM" in content
    width, height, files = encoding.encoded(content)
    assert (width, height) == (800, 1600)
    assert [opened(one).size for one in files] == [(160, 320), (400, 800), (800, 1600)]
    for one in files:
        assert opened(one).format == "WEBP"
        assert not opened(one).getexif()
        assert b"SECRETCAM" not in one
        assert b"EXIF" not in one


def test_nothing_is_made_larger_and_what_is_clear_stays_clear() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (40, 30), (0, 0, 0, 0)).save(out, "PNG")
    _width, _height, files = encoding.encoded(out.getvalue())
    assert {opened(one).size for one in files} == {(40, 30)}
    assert opened(files[0]).convert("RGBA").getpixel((0, 0))[3] == 0


def test_a_second_file_behind_a_picture_does_not_come_out() -> None:
    _width, _height, files = encoding.encoded(photo(kind="PNG") + PAGE)
    assert not any(b"script" in one for one in files)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (SVG, "not-a-picture"),
        (PAGE, "not-a-picture"),
        (b"", "not-a-picture"),
        (b"%PDF-1.7 /JS (app.alert(1))", "not-a-picture"),
        (photo()[:700], "broken"),
        (flood(30_000, 30_000), "too-many-pixels"),
        (flood(2_000_000_000, 1), "too-many-pixels"),
        (flood(500, 500), "broken"),
    ],
)
def test_what_is_no_picture_or_a_trap_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(encoding.Fault) as refusal:
        encoding.encoded(content)
    assert refusal.value.args[0] == code


async def test_the_process_gives_what_was_made_in_it_or_says_why_not() -> None:
    made = await re_encoded(photo())
    assert hashlib.sha256(made.files[-1]).hexdigest() == made.digest
    assert (made.width, made.height) == (400, 300)
    for content, code in (
        (PAGE, "not-a-picture"),
        (b"x" * (limits.PICTURE_BYTES + 1), "too-large"),
    ):
        with pytest.raises(PictureUnreadable) as refusal:
            await re_encoded(content)
        assert refusal.value.code == f"picture-{code}"
