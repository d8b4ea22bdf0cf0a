"""Restoring a backup for trial, beside the node: a backup that nobody has restored is a hope."""

import asyncio
from pathlib import Path

import msgspec
from msgspec import Struct

from federation.ambient import Clock
from node import ledger, members, referrals
from node.backups import databases
from node.backups.archive import BackupUnusableError
from node.backups.making import LastBackup, note_last
from node.backups.restoring import restore
from node.backups.workshops import TRIAL, workshop
from node.config import Config
from node.errors import Conflict
from node.i18n import _
from node.runtime import open_node


class Rehearsed(Struct, frozen=True):
    """What the node of a backup holds: it opened, and its registers hold together."""

    members: int
    entries: int


async def rehearse(config: Config, last: LastBackup, clock: Clock) -> Rehearsed:
    """Make a node of the backup in a folder that goes again, open it, and read its registers.

    It sends nothing, and that it was done is noted. Raises Conflict, BackupUnusableError and what
    `restore` raises.
    """
    if databases.kind_of(config.database_url) != databases.SQLITE:
        raise Conflict(
            _(
                "A backup of PostgreSQL is restored for trial by hand, into an empty database; see "
                "docs/operating.md."
            ),
            "rehearsal-by-hand",
        )
    file, now = Path(last.file), clock.now()
    with workshop(file.parent, TRIAL) as folder:
        restored = await asyncio.to_thread(restore, file, folder / "node", now)
        found = await _read(restored.config, clock, file)
    await asyncio.to_thread(note_last, config, msgspec.structs.replace(last, rehearsed_at=now))
    return found


async def _read(config: Config, clock: Clock, file: Path) -> Rehearsed:
    async with open_node(config, clock=clock) as node, node.reading() as reader:
        books = await ledger.verify(reader)
        broken = [await members.first_fault(reader), await referrals.first_fault(reader)]
        if books.fault is not None or any(each is not None for each in broken):
            raise BackupUnusableError(
                _(
                    "%(file)s can be restored, but a register in it was changed by hand. Look at "
                    "the node itself: rochdale ledger verify.",
                    file=file,
                )
            )
        return Rehearsed(sum((await members.count_by_class(reader)).values()), books.entries)
