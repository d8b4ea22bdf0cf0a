"""Pictures that the node draws of itself, each once: for messengers that show a link, and phones.

They lie in the folder that no backup holds, named by what they show; another name or another weave
makes another picture.
"""

import asyncio
import hashlib
from pathlib import Path

import msgspec
from aiohttp import web

from federation.key_files import write_private
from node import limits
from node.confined import Overworked, Workshop
from ui.web.drawing import Order

MANNER = 1
"""How they are drawn: one more when that changes."""
KEPT = 500
"""Pictures; the oldest go, and are drawn anew when somebody asks."""


class Drawings:
    """A folder of pictures, and the way to get them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._workshop = Workshop("ui.web.drawing", at_once=1)
        self._drawing = asyncio.Lock()

    async def file(self, order: Order) -> Path:
        """The picture, drawn if it is not there yet. Raises Overworked."""
        path = self._folder / f"{name_of(order)}.png"
        if await asyncio.to_thread(path.is_file):
            return path
        async with self._drawing:
            if not await asyncio.to_thread(path.is_file):  # or another has waited for it
                content = await self._drawn(order)
                await asyncio.to_thread(self._keep, path, content)
        return path

    async def _drawn(self, order: Order) -> bytes:
        seconds = limits.PICTURE_SECONDS
        content = await self._workshop.work(msgspec.json.encode(order), [str(seconds)], seconds)
        if not content:
            raise Overworked
        return content

    def _keep(self, path: Path, content: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        files = sorted(self._folder.glob("*.png"), key=lambda one: one.stat().st_mtime)
        for old in files[: max(0, len(files) + 1 - KEPT)]:
            old.unlink(missing_ok=True)
        write_private(path, content)


DRAWINGS = web.AppKey("drawings", Drawings)


def name_of(order: Order) -> str:
    """What a picture is called: by all that it shows."""
    return hashlib.sha256(f"{MANNER}".encode() + msgspec.json.encode(order)).hexdigest()[:16]
