"""Pictures of strangers: what is kept of them, and what a hostile one cannot do."""

import hashlib
import io
import struct
import zlib

import pytest
from PIL import Image

from node import limits
from node.media import PictureUnreadable, encoding
from node.media.process import re_encoded
from tests.support.photos import photo

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
PAGE = b"<!doctype html><script>alert(1)</script>"


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def flood(width: int, height: int) -> bytes:
    """A PNG of a hundred bytes that claims to be this large."""

    def chunk(name: bytes, data: bytes) -> bytes:
        check = zlib.crc32(name + data)
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    ends = chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + ends


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
