"""To a newer program and its database, or back.

For when the new program is in place and nobody serves the folder: a backup, the migration, a trial,
and the database of before if the trial fails.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from federation.ambient import Clock, SystemClock
from federation.errors import FederationError
from node import backups, migrations, obstacles
from node.backups import BackupMade
from node.config import Config
from node.errors import Conflict, NodeError
from node.i18n import _
from node.migrations import HEAD

FOLDER = "backups"


@dataclass(frozen=True)
class Upgraded:
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
    """Back up, migrate, try. Raises Conflict when the trial failed and all is as it was, and what
    a backup or a migration raises, before anything was changed.

    try_out: serves the node for a moment and raises NodeError or FederationError if it is not well.
    """
    now = (clock or SystemClock()).now()
    file = config.data / FOLDER / f"before-upgrade-{now:%Y%m%dT%H%M%SZ}.tar.gz"
    made = await asyncio.to_thread(backups.back_up, config, file, now)
    before = made.manifest.revision
    await migrations.migrate(config.database_url)
    try:
        await try_out(config)
    except (NodeError, FederationError) as error:
        await _go_back(config, file, made, error)
    return Upgraded(made, before, HEAD)


async def _go_back(
    config: Config, file: Path, made: BackupMade, error: NodeError | FederationError
) -> None:
    if made.manifest.database != "sqlite":
        raise Conflict(
            _(
                "The upgraded node is not well: %(why)s. Go back to the program of before, and "
                "restore %(file)s into an empty database.",
                why=obstacles.of(error),
                file=file,
            ),
            "upgrade-failed",
        ) from error
    await asyncio.to_thread(backups.put_back, file, config)
    raise Conflict(
        _(
            "The upgraded node is not well: %(why)s. The database is again what it was before. "
            "Go back to the program of before (%(version)s), and start that one.",
            why=obstacles.of(error),
            version=made.manifest.program,
        ),
        "upgrade-failed",
    ) from error
