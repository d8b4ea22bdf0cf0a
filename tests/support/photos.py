"""Photos as phones make them: with the place, the maker and a hint which way is up."""

import io

from PIL import Image

_ORIENTATION, _MAKER, _GPS = 0x0112, 0x010F, 0x8825


def photo(
    width: int = 400, height: int = 300, colour: str = "peru", kind: str = "JPEG", turned: int = 1
) -> bytes:
    """The bytes of a photo taken at 53.8 north. turned: 6 for a phone that was held upright."""
    picture = Image.new("RGB", (width, height), colour)
    exif = picture.getexif()
    exif[_ORIENTATION], exif[_MAKER] = turned, "SECRETCAM"
    exif.get_ifd(_GPS).update({1: "N", 2: (53.0, 48.0, 0.0)})
    out = io.BytesIO()
    picture.save(out, kind, exif=exif)
    return out.getvalue()
