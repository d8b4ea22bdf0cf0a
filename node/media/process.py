"""Starting the process that draws a picture anew, and what its answer means for people."""

import asyncio
import hashlib
import json
from collections.abc import Sequence

from msgspec import Struct

from node import limits
from node.confined import Overworked, Workshop
from node.errors import NodeError
from node.i18n import Text, _
from node.media.encoding import encoded

_workshop = Workshop("node.media.encoding", at_once=limits.PICTURES_AT_ONCE)


class PictureUnreadable(NodeError):
    """The file, or what an address gave, cannot be used as a picture; the message says why."""


class Encoded(Struct, frozen=True):
    """A picture as it is kept. digest: SHA-256 of the largest file, in hex."""

    digest: str
    width: int
    height: int
    files: tuple[bytes, ...]


async def re_encoded(content: bytes, *, seconds: int = limits.PICTURE_SECONDS) -> Encoded:
    """A picture from anywhere, drawn anew in our sizes. Raises PictureUnreadable."""
    if len(content) > limits.PICTURE_BYTES:
        raise _unreadable("too-large")
    try:
        answer = await _workshop.work(content, [str(seconds)], seconds)
    except Overworked:
        raise _unreadable("too-many-pixels") from None
    line, _end, rest = answer.partition(b"\n")
    head = json.loads(line)
    if "fault" in head:
        raise _unreadable(head["fault"])
    files, start = [], 0
    for length in head["lengths"]:
        files.append(rest[start : start + length])
        start += length
    return _named(head["width"], head["height"], files)


async def drawn_by_us(content: bytes) -> Encoded:
    """A picture of this program's own in our sizes: it can hide nothing, and needs no process."""
    return _named(*await asyncio.to_thread(encoded, content))


def _named(width: int, height: int, files: Sequence[bytes]) -> Encoded:
    return Encoded(hashlib.sha256(files[-1]).hexdigest(), width, height, tuple(files))


def _unreadable(code: str) -> PictureUnreadable:
    return PictureUnreadable(_WORDS[code], f"picture-{code}")


_WORDS: dict[str, Text] = {
    "not-a-picture": _("This is no picture that we can read: send a JPEG, PNG, WebP or GIF."),
    "broken": _("This picture is damaged, or not all of it arrived. Send it again."),
    "too-large": _(
        "A picture may have %(size)s MB at most: make it smaller, then send it again.",
        size=limits.PICTURE_BYTES // 1024**2,
    ),
    "too-many-pixels": _(
        "This picture is too big: %(most)s million pixels at most. Make it smaller first.",
        most=limits.PICTURE_PIXELS // 1_000_000,
    ),
}
