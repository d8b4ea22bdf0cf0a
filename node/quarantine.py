"""A node that was restored from a backup listens before it speaks.

It does not know what it said since that backup: what it signed again could contradict it. So a
file beside the database, which `rochdale restore` writes, keeps every process of the node silent:
nothing is signed or sent, nothing is taken from peers' messages (they come again), no deadline
acts. Only the catalogues of the coops that it works with are read, whole. When all of them were
read, or after an hour half of them, the file goes and the node goes on.

What this does not bring back is said in docs/operating.md.
"""

import asyncio
from datetime import datetime
from pathlib import Path

import msgspec
import structlog

from federation import sync
from federation.ambient import Clock
from federation.errors import Silent
from federation.key_files import write_private
from federation.storage import Database, UnitOfWork
from node import audit, limits
from node.i18n import _

log = structlog.get_logger()

FILE_NAME = "restored.json"
WORDS = _(
    "This node was restored from a backup. It first reads what the other coops have, and says "
    "nothing until then. Try again in a few minutes."
)


class Restoration(msgspec.Struct, frozen=True):
    """Of when the backup is, and when it was restored."""

    made_at: datetime
    restored_at: datetime


class Quarantine:
    """Whether the node of a folder may speak; for every process that opens it."""

    def __init__(self, data: Path, database: Database, clock: Clock) -> None:
        self._data = data
        self._database = database
        self._clock = clock

    @property
    def is_on(self) -> bool:
        return self._database.is_silent

    async def begin(self) -> None:
        """Be silent from the first moment, if the folder says so."""
        self._database.is_silent = await asyncio.to_thread(restoration, self._data) is not None

    async def look(self) -> None:
        """Ask who was not asked yet; end the silence when enough has been heard, or when another
        process ended it."""
        if not self.is_on:
            return
        found = await asyncio.to_thread(restoration, self._data)
        if found is not None and not await self._end(found):
            return
        self._database.is_silent = False

    async def _end(self, found: Restoration) -> bool:
        async with self._database.reading() as reader:
            heard, asked = await sync.heard_since(reader, found.restored_at)
        waited = self._clock.now() - found.restored_at
        is_enough = heard == asked or (waited >= limits.RESTORED_WAIT and 2 * heard >= asked)
        if not is_enough:
            await self._database.write(lambda uow: sync.read_all_since(uow, found.restored_at))
            return False
        await end(self._data, self._database, audit.NODE, heard=heard, asked=asked)
        return True


def restoration(data: Path) -> Restoration | None:
    """What is known of the restoration of a node that is silent still; None if it is not."""
    try:
        return msgspec.json.decode((data / FILE_NAME).read_bytes(), type=Restoration)
    except FileNotFoundError:
        return None


def expect_over(data: Path) -> None:
    """Raise Silent while the node of this folder only listens."""
    if restoration(data) is not None:
        raise Silent


def begin(data: Path, *, restored_at: datetime, made_at: datetime) -> None:
    """Keep the node of this folder silent from now on."""
    content = msgspec.json.encode(Restoration(made_at=made_at, restored_at=restored_at))
    write_private(data / FILE_NAME, content)


async def end(data: Path, database: Database, actor: str, **heard: int) -> None:
    """Let the node speak again, by itself or because somebody says so; it is noted."""

    async def note(uow: UnitOfWork) -> None:
        await audit.record(uow, actor, "node.speak-again", uow.identities.coop.uri, dict(heard))

    await database.write(note)
    await asyncio.to_thread((data / FILE_NAME).unlink, missing_ok=True)
    log.info("restored-node-speaks-again", actor=actor, **heard)
