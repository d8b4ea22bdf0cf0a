"""`python -m node.media.encoding SECONDS`: a picture to WebP in three sizes.

Started by `process`, which gives the file on stdin and takes from stdout one line of JSON,
{"width", "height", "lengths"}, and after it the files, the smallest first; or {"fault": code}.
Every picture is unpacked and drawn anew: what was hidden in it (place and owner of the camera, a
program, a second file) is not in what comes out.
"""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING

from node import limits
from node.confined import limit_ourselves
from node.media.files import SIZES

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
QUALITY = 80


class Fault(Exception):
    """Why it cannot be used; the only argument is a code that `process` has words for."""


def main() -> None:
    """Read stdin, write stdout."""
    limit_ourselves(int(sys.argv[1]), limits.PICTURE_MEMORY_MIB)
    try:
        width, height, files = encoded(sys.stdin.buffer.read())
    except Fault as fault:
        head: dict[str, object] = {"fault": fault.args[0]}
        files = []
    else:
        head = {"width": width, "height": height, "lengths": [len(one) for one in files]}
    sys.stdout.buffer.write(b"".join([json.dumps(head).encode(), b"\n", *files]))


def encoded(content: bytes) -> tuple[int, int, list[bytes]]:
    """Width and height of the largest, and the files in the order of `SIZES`. Raises Fault."""
    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None  # they are counted below, before anything is unpacked
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
            if opened.width * opened.height > limits.PICTURE_PIXELS:
                raise Fault("too-many-pixels")
            picture = _drawn(opened)
            files = [_file(picture, size) for size in SIZES]
    except UnidentifiedImageError:
        raise Fault("not-a-picture") from None
    except MemoryError:
        raise Fault("too-many-pixels") from None
    except (OSError, ValueError, SyntaxError, EOFError, KeyError, IndexError, TypeError):
        raise Fault("broken") from None
    return picture.width, picture.height, files


def _drawn(opened: Image) -> Image:
    """The first picture in the file: upright, in plain colours, no larger than the largest size."""
    from PIL import Image, ImageOps

    largest = (max(SIZES), max(SIZES))
    opened.draft("RGB", largest)  # a JPEG is unpacked no larger than is needed
    if opened.mode == "I;16":
        opened = _in_256_greys(opened)
    mode = "RGBA" if opened.has_transparency_data else "RGB"
    picture = opened if opened.mode == mode else opened.convert(mode)
    picture.thumbnail(largest, Image.Resampling.LANCZOS, reducing_gap=3.0)
    return _in_srgb(ImageOps.exif_transpose(picture))


def _in_256_greys(scan: Image) -> Image:
    """Of 65,536, which would come out white."""
    scan.info.pop("transparency", None)  # if one of them is clear, it is none of the 256
    return scan.point(lambda grey: grey / 257).convert("L")


def _in_srgb(picture: Image) -> Image:
    """The colours as a screen shows them that knows no profiles."""
    from PIL import ImageCms

    profile = picture.info.get("icc_profile")
    if not profile or picture.mode != "RGB":
        return picture
    try:
        given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        plain = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(picture, given, plain, outputMode="RGB") or picture
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return picture  # a profile that cannot be read: the colours are a little off


def _file(picture: Image, size: int) -> bytes:
    from PIL import Image

    smaller = picture.copy()
    smaller.info = {}
    smaller.thumbnail((size, size), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    smaller.save(out, "WEBP", quality=QUALITY, method=4, exif=b"", icc_profile=b"", xmp=b"")
    return out.getvalue()


if __name__ == "__main__":
    main()
