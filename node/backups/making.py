"""Making a backup beside a running node, and trying it before it counts."""

import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import chain
from pathlib import Path

import msgspec

from federation import identities as keyring
from federation.key_files import STATE_FILE, write_private
from federation.ourselves import software_version
from node.backups import archive, databases, postgresql
from node.backups.archive import BackupUnusableError, Manifest
from node.backups.workshops import BACKUP, NAMES, workshop
from node.config import UNDER_WAY, Config
from node.errors import Conflict
from node.i18n import Text, _
from node.quarantine import FILE_NAME as QUARANTINE
from node.served import LOCK_FILE

LAST_BACKUP = "last-backup.json"
# What is of this folder alone, or is meant to lie anywhere but beside the rest.
_LEFT_OUT = frozenset({LOCK_FILE, "recovery.json", LAST_BACKUP, QUARANTINE})
_FOLDERS_LEFT_OUT = frozenset({"backups", "cache", UNDER_WAY})


class LastBackup(msgspec.Struct, frozen=True):
    """When a backup of this node was last made, where it was put, and when it was restored for
    trial. uncounted_for: the role, as SQL writes it, that may create no database of PostgreSQL in
    which the rows could have been counted. uncounted_why: what else stood against counting them."""

    made_at: datetime
    file: str
    bytes: int
    sha256: str
    rehearsed_at: datetime | None = None
    uncounted_for: str = ""
    uncounted_why: str = ""

    @property
    def is_counted(self) -> bool:
        return not (self.uncounted_for or self.uncounted_why)

    @property
    def way_to_count(self) -> str:
        """The line that lets that role create databases."""
        change = f"ALTER ROLE {self.uncounted_for} CREATEDB"
        return shlex.join(["runuser", "-u", "postgres", "--", "psql", "--command", change])


class BackupMade(msgspec.Struct, frozen=True):
    """A backup that was made and tried."""

    last: LastBackup
    manifest: Manifest


def back_up(config: Config, file: Path, now: datetime) -> BackupMade:
    """Write database, keys, settings and files to one archive, replacing an older one at once.

    It is unpacked again and looked through before it gets its name. Raises Conflict,
    IdentityUnusable if the node's keys cannot be read, and BackupUnusableError if it does not hold
    what it should.
    """
    file = file.absolute()
    keyring.load(config.keys, config.address, now)
    with _workshop(file.parent) as work:
        kind = databases.kind_of(config.database_url)
        copied = work / databases.FILES[kind]
        left = databases.trials_left(config.database_url)  # before: others may begin meanwhile
        counts = databases.copy(config.database_url, copied)
        manifest = Manifest(
            format=archive.FORMAT,
            program=software_version(),
            revision=databases.revision(config.database_url, copied),
            made_at=now,
            name=config.name,
            address=config.address,
            database=kind,
            counts=counts,
        )
        packed = work / "backup"
        files = chain([(databases.FILES[kind], copied)], _files(config, file))
        manifest = archive.pack(packed, manifest, files)
        copied.unlink()
        (work / "tried").mkdir(mode=0o700)
        try_out(packed, work / "tried")
        keyring.load(work / "tried" / archive.DATA / config.keys.name, config.address, now)
        last = LastBackup(now, str(file), packed.stat().st_size, archive.digest_of(packed))
        if kind == databases.POSTGRESQL:
            postgresql.drop_trials(config.database_url, left)
            last = _count_again(last, config.database_url, work, counts)
        packed.replace(file)
    note_last(config, last)
    return BackupMade(last, manifest)


def note_last(config: Config, last: LastBackup) -> None:
    """Write down in the node's folder what is known of its last backup. Raises Conflict."""
    try:
        write_private(config.data / LAST_BACKUP, msgspec.json.format(msgspec.json.encode(last)))
    except OSError as error:
        raise Conflict(
            _(
                "The backup %(file)s is whole, but %(folder)s has no room to note that: %(why)s.",
                file=last.file,
                folder=config.data,
                why=error.strerror or str(error),
            ),
            "backup-not-noted",
        ) from None


def last_backup(data: Path) -> LastBackup | None:
    """The last backup that was made here; None if none ever was."""
    try:
        return msgspec.json.decode((data / LAST_BACKUP).read_bytes(), type=LastBackup)
    except (OSError, msgspec.DecodeError):
        return None


def try_out(file: Path, folder: Path) -> Manifest:
    """Unpack a backup into an empty folder and look whether its database is whole and complete.

    Raises BackupUnusableError; Conflict where PostgreSQL's programs are missing.
    """
    manifest = archive.unpack(file, folder)
    database = folder / databases.FILES.get(manifest.database, "")
    if not database.is_file():
        raise BackupUnusableError(_("There is no database in %(file)s.", file=file))
    if manifest.database == databases.POSTGRESQL:
        postgresql.check(database)
        return manifest
    if wrong := databases.integrity(database):
        raise _damaged(file, "; ".join(wrong))
    if databases.counts(database) != manifest.counts:
        raise _damaged(file, _("rows are missing"))
    return manifest


def _damaged(file: Path | str, why: Text | str) -> BackupUnusableError:
    return BackupUnusableError(
        _("The database in %(file)s is damaged: %(why)s.", file=file, why=why)
    )


def _count_again(last: LastBackup, url: str, work: Path, counts: dict[str, int]) -> LastBackup:
    """Restore the dump that was unpacked, where that can be done, and count what came of it.

    A server that does not let us try it says nothing against a dump that can be read to its end.
    """
    dump = work / "tried" / databases.FILES[databases.POSTGRESQL]
    name = work.name.rpartition("-")[2]  # random, as the folder's is
    try:
        if role := postgresql.who_may_not_try(url):
            return msgspec.structs.replace(last, uncounted_for=role)
        found = postgresql.counts_when_restored(url, dump, name)
    except Conflict as error:
        # Lines after the first may show what is in the rows.
        return msgspec.structs.replace(last, uncounted_why=str(error).partition("\n")[0])
    if found != counts:
        raise _damaged(last.file, _("rows are missing"))
    return last


@contextmanager
def _workshop(parent: Path) -> Iterator[Path]:
    """Where the backup is made, beside where it will be. Raises Conflict."""
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with workshop(parent, BACKUP) as work:
            yield work
    except OSError as error:
        raise Conflict(
            _(
                "The backup cannot be written to %(folder)s: %(why)s. Name a folder that this "
                "account may write to, with about three times the room of the database.",
                folder=parent,
                why=error.strerror or str(error),
            ),
            "backup-failed",
        ) from None


def _files(config: Config, file: Path) -> Iterator[tuple[str, Path]]:
    """What else lies in the node's folder, by its name in the archive, each found when the one
    before it is packed: so whatever the list of keys names is there, though they change meanwhile.
    """
    state = config.keys / STATE_FILE
    yield _name_of(config, state), state
    database = databases.sqlite_file(config.database_url)
    unwanted = {database.with_name(database.name + end) for end in ("", "-wal", "-shm")}
    unwanted |= {file, state, *(config.data / name for name in _LEFT_OUT)}
    for folder, names, files in os.walk(config.data):
        here = Path(folder)
        names[:] = sorted(
            name
            for name in names
            if not name.startswith(NAMES) and (here != config.data or name not in _FOLDERS_LEFT_OUT)
        )
        for name in sorted(files):
            path = here / name
            if path not in unwanted and path.is_file() and not path.is_symlink():
                yield _name_of(config, path), path


def _name_of(config: Config, path: Path) -> str:
    return f"{archive.DATA}/{path.relative_to(config.data).as_posix()}"
