"""To a newer program and its database, or back.

For when the new program is in place and nobody serves the folder: a backup, the migration, a trial,
and the database of before if the trial fails.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog
from msgspec import Struct

from federation.ambient import Clock, SystemClock
from node import backups, migrations, obstacles
from node.backups import BackupMade
from node.config import Config
from node.errors import Conflict
from node.i18n import _
from node.migrations import HEAD, SchemaTooNewError

FOLDER = "backups"
log = structlog.get_logger()


class Upgraded(Struct, frozen=True):
    """revision_before: that of the database; the same as `revision` if nothing had to change."""

    backup: BackupMade
    revision_before: str
    revision: str


async def upgrade(
    config: Config,
    try_out: Callable[[Config], Awaitable[None]],
    *,
    clock: Clock | None = None,
) -> Upgraded:
    """Back up, migrate, try. Raises Conflict when migration or trial failed, and says whether all
    is as it was; and what a backup raises, or SchemaTooNewError, before anything was changed.

    try_out: serves the node for a moment, and raises whatever it likes if it is not well.
    """
    now = (clock or SystemClock()).now()
    file = config.data / FOLDER / f"before-upgrade-{now:%Y%m%dT%H%M%SZ}.tar.gz"
    made = await asyncio.to_thread(backups.back_up, config, file, now)
    before = made.manifest.revision
    try:
        await migrations.migrate(config.database_url)
    except SchemaTooNewError:
        raise  # it says by itself what to do
    except Exception as error:
        log.exception("migration-failed")
        raise _not_migrated(file, made, error) from error
    try:
        await try_out(config)
    except Exception as error:  # a new program may fail in any way, and goes back in any case
        log.exception("trial-failed")
        raise await _gone_back(config, file, made, error) from error
    return Upgraded(made, before, HEAD)


def _not_migrated(file: Path, made: BackupMade, error: Exception) -> Conflict:
    """It is one transaction: all of it, or nothing."""
    return Conflict(
        _(
            "The database could not be upgraded, and is as it was: %(why)s. Go back to the "
            "program of before (%(version)s). The backup from before is %(file)s.",
            why=_why(error),
            version=migrations.release_of(made.manifest.revision),
            file=file,
        ),
        "upgrade-failed",
    )


async def _gone_back(config: Config, file: Path, made: BackupMade, error: Exception) -> Conflict:
    version = migrations.release_of(made.manifest.revision)
    if made.manifest.database != "sqlite":
        return Conflict(
            _(
                "The upgraded node is not well: %(why)s. Go back to the program of before "
                "(%(version)s), and restore %(file)s into an empty database.",
                why=_why(error),
                version=version,
                file=file,
            ),
            "upgrade-failed",
        )
    try:
        await asyncio.to_thread(backups.put_back, file, config)
    except Exception as second:
        log.exception("not-put-back")
        return Conflict(
            _(
                "The upgraded node is not well: %(why)s. The database of before could not be put "
                "back: %(second)s. Go back to the program of before (%(version)s), and restore "
                "%(file)s into a fresh folder.",
                why=_why(error),
                version=version,
                second=_why(second),
                file=file,
            ),
            "upgrade-failed",
        )
    return Conflict(
        _(
            "The upgraded node is not well: %(why)s. The database is again what it was before. "
            "Go back to the program of before (%(version)s), and start that one. The backup from "
            "before is %(file)s.",
            why=_why(error),
            version=version,
            file=file,
        ),
        "upgrade-failed",
    )


def _why(error: Exception) -> str:
    """As the middle of a sentence: some of those words end in a full stop."""
    return str(obstacles.of(error)).rstrip(".")
