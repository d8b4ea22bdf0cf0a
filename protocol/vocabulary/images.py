"""Pictures inside documents: of a listing's thing, or an actor's own."""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from protocol import multibase
from protocol.errors import MalformedDocument
from protocol.vocabulary.base import ids, part, text

# How a multihash says that SHA-256 made it, and that 32 bytes follow.
_SHA256 = bytes([0x12, 32])


class MediaOnWire(Struct, frozen=True):
    """A picture of the thing; `description` is what someone who cannot see it is told."""

    url: str
    media_type: str | None = None
    description: str = ""
    width: int | None = None
    height: int | None = None
    digest: str | None = None
    """SHA-256 of what lies at the url, in hex (FEP-ef61's `digestMultibase`)."""


def image_part(medium: MediaOnWire) -> dict[str, Any]:
    """The Image inside another document."""
    return part(
        "Image",
        url=medium.url,
        mediaType=medium.media_type,
        name=medium.description,
        width=medium.width,
        height=medium.height,
        digestMultibase=medium.digest and multibase.encode(_SHA256 + bytes.fromhex(medium.digest)),
    )


def images_in(found: Iterable[dict[str, Any]]) -> list[MediaOnWire]:
    """Those of some embedded objects that are pictures with an address."""
    images = []
    for node in found:
        url = next(iter(ids(node.get("url"))), None)
        if url is None or node.get("type") not in ("Image", "Document"):
            continue
        images.append(
            MediaOnWire(
                url=url,
                media_type=text(node, "mediaType"),
                description=text(node, "name") or "",
                width=_pixels(node.get("width")),
                height=_pixels(node.get("height")),
                digest=_digest(text(node, "digestMultibase")),
            )
        )
    return images


def _digest(written: str | None) -> str | None:
    """One that we cannot read is as if it were not there."""
    try:
        digest = multibase.decode(written or "")
    except MalformedDocument:
        return None
    is_sha256 = len(digest) == len(_SHA256) + 32 and digest.startswith(_SHA256)
    return digest.removeprefix(_SHA256).hex() if is_sha256 else None


def _pixels(value: Any) -> int | None:
    return value if isinstance(value, int) and 0 < value < 100_000 else None
