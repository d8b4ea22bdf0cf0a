"""Pictures that other coops show, fetched once by this node, so that no reader asks a foreign host.

They lie in a folder by what they belong to and go with it; what lies there can be fetched anew, so
no backup holds it.
"""

import asyncio
import hashlib
import shutil
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from federation.ambient import Clock, is_over
from federation.errors import FederationError
from federation.http_client import GuardedClient
from federation.remote.turns import Turns
from node import limits
from node.media.files import Files
from node.media.process import PictureUnreadable, re_encoded
from protocol.errors import MalformedDocument, ProtocolError

MOST_ASKED_AT_ONCE = 500
"""Owners in one question whether they are still there."""
_ACCEPT = "image/webp, image/jpeg, image/png, image/*;q=0.5"


class FetchedPictures:
    """A folder of others' pictures, and the way to get them."""

    def __init__(self, folder: Path, client: GuardedClient, clock: Clock) -> None:
        self._folder = folder
        self._client = client
        self._clock = clock
        self._under_way: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._failed: OrderedDict[str, datetime] = OrderedDict()
        self._turns = Turns(
            at_once=limits.PICTURES_FETCHED_AT_ONCE, per_site=limits.PICTURES_FETCHED_PER_SITE
        )

    async def file(
        self, owner: str, name: str, size: int, url: str, digest: bytes | None, *, fetch: bool
    ) -> Path | None:
        """The file of one size, fetched if it is not here yet and `fetch`; None if there is none.

        owner: the id of what it belongs to. name: a digest of url and digest. digest: SHA-256 of
        what lies at the address, if its coop says so: anything else is not taken.
        """
        path = self._of(owner).path(name, size)
        if await asyncio.to_thread(path.is_file):
            return path
        if not fetch:
            return None
        await self._fetched(path, owner, name, url, digest)
        return path if await asyncio.to_thread(path.is_file) else None

    def bytes_of(self, owner: str, name: str, size: int) -> int | None:
        """How large a file is, if it was fetched already. Blocking."""
        return self._of(owner).size(name, size)

    async def keep_to(self, living: Callable[[Collection[str]], Awaitable[set[str]]]) -> None:
        """Delete what belongs to nothing any more; and the oldest, when all takes too much room.

        living: which of these owners are still there.
        """
        owners = await asyncio.to_thread(self._owners)
        gone = set(owners)
        for start in range(0, len(owners), MOST_ASKED_AT_ONCE):
            gone -= await living(owners[start : start + MOST_ASKED_AT_ONCE])
        await asyncio.to_thread(self._tidy, gone)

    def bytes_used(self) -> int:
        """What all of them take. Blocking."""
        return sum(one.stat().st_size for one in self._folder.glob("*/*/*.webp"))

    def percent_full(self) -> int:
        """How much of their room they take. Blocking."""
        return self.bytes_used() * 100 // limits.FETCHED_PICTURES_BYTES

    async def stop(self) -> None:
        """Give up what is under way."""
        under_way = list(self._under_way.values())
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    async def _fetched(
        self, path: Path, owner: str, name: str, url: str, digest: bytes | None
    ) -> None:
        """Once for all who ask at the same time."""
        if not is_over(self._failed.get(name), self._clock.now(), limits.PICTURE_AGAIN_AFTER):
            return
        key = owner, name  # two listings may show what lies at one address
        if key not in self._under_way:
            task = asyncio.create_task(self._fetch(path, owner, name, url, digest))
            self._under_way[key] = task
            task.add_done_callback(lambda _done: self._under_way.pop(key, None))
        await asyncio.shield(self._under_way[key])

    async def _fetch(
        self, path: Path, owner: str, name: str, url: str, digest: bytes | None
    ) -> None:
        if await asyncio.to_thread(path.is_file):  # it came since somebody looked
            return
        try:
            async with self._turns.at(url):
                got = await self._client.get(url, accept=_ACCEPT, max_bytes=limits.PICTURE_BYTES)
                made = await re_encoded(_as_told(got.expect_ok().body, digest))
            await asyncio.to_thread(self._of(owner).write, name, made.files)
        except (FederationError, ProtocolError, PictureUnreadable, OSError):
            self._failed[name] = self._clock.now()
            while len(self._failed) > limits.PICTURES_REMEMBERED:
                self._failed.popitem(last=False)

    def _of(self, owner: str) -> Files:
        return Files(self._folder / owner)

    def _owners(self) -> list[str]:
        if not self._folder.is_dir():
            return []
        return [one.name for one in self._folder.iterdir() if one.is_dir()]

    def _tidy(self, gone: Collection[str]) -> None:
        for owner in gone:
            shutil.rmtree(self._folder / owner, ignore_errors=True)
        files = [(one.stat(), one) for one in self._folder.glob("*/*/*.webp")]
        room = limits.FETCHED_PICTURES_BYTES - sum(known.st_size for known, _one in files)
        for known, one in sorted(files, key=lambda pair: pair[0].st_mtime):
            if room >= 0:
                break
            one.unlink(missing_ok=True)
            room += known.st_size
            with suppress(OSError):  # something else lies in it
                one.parent.rmdir()
                one.parent.parent.rmdir()


def _as_told(content: bytes, digest: bytes | None) -> bytes:
    if digest is not None and hashlib.sha256(content).digest() != digest:
        raise MalformedDocument("This is another picture than its coop said.", code="other-digest")
    return content
