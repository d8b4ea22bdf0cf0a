"""A node's folder out of a backup: verified, brought up to date, and in quarantine."""

import asyncio
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from msgspec import Struct
from sqlalchemy.engine import make_url

from federation import identities as keyring
from node import migrations, quarantine
from node.backups import archive, databases, postgresql
from node.backups.archive import BackupUnusableError, Manifest
from node.backups.making import try_out
from node.backups.workshops import PUT_BACK, RESTORING, workshop
from node.config import DATABASE_NAME, FILE_NAME, Config, load
from node.errors import Conflict
from node.i18n import _
from node.migrations import HEAD, SchemaTooNewError
from node.served import served_by
from node.vault import ErasureLog


class Restored(Struct, frozen=True):
    """A folder that holds a node again. migrated: its database was older than this program."""

    config: Config
    manifest: Manifest
    migrated: bool
    erasures: int
    """Erasures of personal content, also those since the backup, that will be done again."""


def restore(
    file: Path,
    data: Path,
    now: datetime,
    *,
    last_folder: Path | None = None,
    database_url: str = "",
    environ: Mapping[str, str] | None = None,
) -> Restored:
    """Make the node of a backup in a fresh folder; the folder is there when all of it is. In one
    that is there, empty, and cannot be replaced, the settings come last.

    last_folder: where the node was, if that is still there: what was erased since the backup is
    known only there. database_url: an empty database of PostgreSQL, for a backup of one. Raises
    Conflict, BackupUnusableError, SchemaTooNewError, StorageUnavailable.
    """
    data = data.absolute()
    _check_free(data)
    if (environ or {}).get("ROCHDALE_DATABASE_URL"):
        raise Conflict(
            _("ROCHDALE_DATABASE_URL names a database already. Unset it, and try again."),
            "database-set",
        )
    try:
        data.parent.mkdir(parents=True, exist_ok=True)
        with workshop(*_place_for_work(data)) as work:
            return _restored(file, data, work, now, last_folder, database_url)
    except OSError as error:
        raise _cannot_write(data, error) from None


def put_back(file: Path, config: Config) -> None:
    """Give a SQLite node that nobody serves the database of a backup again, and nothing else.

    For an upgrade that went wrong a moment ago: nothing was said since. Raises as `restore`.
    """
    target = databases.sqlite_file(config.database_url)
    with workshop(target.parent, PUT_BACK) as work:
        try_out(file, work)
        for end in ("-wal", "-shm"):
            target.with_name(target.name + end).unlink(missing_ok=True)
        (work / databases.FILES[databases.SQLITE]).replace(target)
        _sync_folder(target.parent)


def _restored(
    file: Path, data: Path, work: Path, now: datetime, last_folder: Path | None, database_url: str
) -> Restored:
    manifest = try_out(file, work)
    if not (migrations.VERSIONS / f"{manifest.revision}.py").exists():
        raise SchemaTooNewError(
            _(
                "This backup was made by a newer Rochdale (%(version)s). Install that one first.",
                version=manifest.program,
            ),
            "schema-too-new",
        )
    folder = work / archive.DATA
    _place_database(file, manifest, work, folder, database_url)
    erased = ErasureLog(folder)
    if last_folder is not None:
        known, newer = erased.read(), ErasureLog(last_folder).read()
        erased.add({subject: at for subject, at in newer.items() if subject not in known})
    known = erased.read()
    quarantine.begin(folder, restored_at=now, made_at=manifest.made_at)
    config = load(folder, {})
    # A key of the backup may have been changed since because it was stolen: none is used again.
    keyring.rotate(config.keys, config.address, now, overlap=keyring.AT_ONCE)
    asyncio.run(migrations.migrate(config.database_url))
    _bring(folder, data)
    is_older = manifest.revision != HEAD
    return Restored(load(data, {}), manifest, is_older, len(known))


def _place_database(
    file: Path, manifest: Manifest, work: Path, folder: Path, database_url: str
) -> None:
    database, settings = work / databases.FILES[manifest.database], folder / FILE_NAME
    if manifest.database == databases.SQLITE:
        if database_url:
            raise Conflict(
                _("This is a backup of a node with SQLite: leave --database out."), "database-set"
            )
        database.replace(folder / DATABASE_NAME)
        databases.name_database(settings, "")
        return
    if not database_url or make_url(database_url).get_backend_name() != databases.POSTGRESQL:
        raise Conflict(
            _(
                "This is a backup of a node with PostgreSQL. Make an empty database and name it: "
                "--database postgresql://user@host/name"
            ),
            "database-missing",
        )
    if not postgresql.is_empty(database_url):
        raise Conflict(
            _("There are tables in that database already. Name an empty one."), "database-not-empty"
        )
    postgresql.load(database, database_url)
    # Before 0.2 they were not counted.
    if manifest.counts and postgresql.counts(database_url) != manifest.counts:
        raise BackupUnusableError(
            _(
                "The database in %(file)s is damaged: rows are missing. The rest of them is in the "
                "database that you named; empty it before you restore another file into it: "
                "%(line)s",
                file=file,
                line=postgresql.way_to_empty(database_url),
            )
        )
    databases.name_database(settings, database_url)


def _check_free(data: Path) -> None:
    if not data.exists():
        return
    if not data.is_dir() or not all(map(_counts_for_nothing, data.iterdir())):
        raise Conflict(
            _(
                "%(data)s is in use by process %(process)s. Name a folder that does not exist yet.",
                data=data,
                process=process,
            )
            if (process := served_by(data))
            else _("%(data)s is not empty. Name a folder that does not exist yet.", data=data),
            "folder-in-use",
        )


def _counts_for_nothing(found: Path) -> bool:
    """What every new disk has in it, or a restore that was killed left."""
    return found.name == "lost+found" or found.name.startswith(RESTORING)


def _place_for_work(data: Path) -> tuple[Path, str]:
    """Where it is made, and how that is called: beside the folder, or inside of one that cannot be
    replaced, such as a disk of its own or the volume of a container."""
    is_fixed = os.path.ismount(data) or not os.access(data.parent, os.W_OK)
    if data.is_dir() and (is_fixed or any(data.iterdir())):
        return data, RESTORING
    return data.parent, f".{data.name}{RESTORING}"


def _bring(folder: Path, data: Path) -> None:
    """What was made, to its place."""
    if folder.is_relative_to(data):
        for each in sorted(folder.iterdir(), key=lambda each: each.name == FILE_NAME):
            each.replace(data / each.name)
        return _sync_folder(data)
    if data.exists():
        data.rmdir()
    folder.replace(data)
    return _sync_folder(data.parent)


def _cannot_write(data: Path, error: OSError) -> Conflict:
    return Conflict(
        _(
            "The backup cannot be restored to %(folder)s: %(why)s. Nothing was left there.",
            folder=data,
            why=error.strerror or str(error),
        ),
        "restore-failed",
    )


def _sync_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
