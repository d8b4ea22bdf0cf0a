"""Copying a database beside whoever uses it, and looking whether a copy is whole.

SQLite by its online backup: one picture of one moment, while others read and write. PostgreSQL as
`postgresql` does it.
"""

import os
import re
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import make_url

from federation.key_files import write_private
from node.backups import postgresql
from node.config_template import toml_value
from node.errors import Conflict
from node.i18n import _

SQLITE, POSTGRESQL = "sqlite", "postgresql"
FILES = {SQLITE: "database.sqlite", POSTGRESQL: "database.dump"}
_BUSY_SECONDS = 30
_SETTING = re.compile(r"^\s*database_url\s*=.*$", re.MULTILINE)


def kind_of(url: str) -> str:
    """SQLITE or POSTGRESQL."""
    return SQLITE if make_url(url).get_backend_name() == SQLITE else POSTGRESQL


def sqlite_file(url: str) -> Path:
    return Path(make_url(url).database or "")


def name_database(settings: Path, url: str) -> None:
    """Name a node's database in its settings, at once; without a URL it is the file in its folder.
    Raises OSError: then they are as they were."""
    text = settings.read_text(encoding="utf-8")
    line = f"database_url = {toml_value(url)}" if url else ""
    text = _SETTING.sub("", text)
    changed = f"{line}\n{text}" if line else text
    file = settings.resolve()
    was = file.stat()
    write_private(file, changed.encode())
    file.chmod(stat.S_IMODE(was.st_mode))
    if os.geteuid() == 0:  # whoever runs the node reads it as before
        os.chown(file, was.st_uid, was.st_gid)


def copy(url: str, target: Path) -> dict[str, int]:
    """Write a copy of the database to a new file; the rows of each table in it. Raises Conflict
    with what stands against it."""
    if kind_of(url) != SQLITE:
        return postgresql.dump(url, target)
    _copy_sqlite(sqlite_file(url), target)
    return counts(target)


def integrity(path: Path) -> list[str]:
    """What is wrong with a SQLite file, in SQLite's words; nothing if it is whole."""
    try:
        with closing(_read_only(path)) as database:
            said = [str(row[0]) for row in database.execute("PRAGMA integrity_check(20)")]
            broken = database.execute("PRAGMA foreign_key_check").fetchmany(5)
    except sqlite3.Error as error:
        return [str(error)]
    except UnicodeDecodeError:  # SQLite names what is harmed, in the bytes that it has now
        return [str(_("It cannot be read, and even its own names are garbled."))]
    return [*(line for line in said if line != "ok"), *(f"reference {row}" for row in broken)]


def integrity_of(url: str) -> list[str]:
    """What is wrong with the database of that address; PostgreSQL looks after its own."""
    return integrity(sqlite_file(url)) if kind_of(url) == SQLITE else []


def trials_left(url: str) -> list[str]:
    """Copies that backups which were broken off left beside the database. Raises Conflict."""
    return [] if kind_of(url) == SQLITE else postgresql.trials_left(url)


def counts(path: Path) -> dict[str, int]:
    """Rows of each table of a SQLite file."""
    with closing(_read_only(path)) as database:
        names = database.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            " AND sql NOT LIKE 'CREATE VIRTUAL TABLE%' ORDER BY name"
        ).fetchall()
        return {
            name: int(database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0])  # noqa: S608
            for (name,) in names
        }


def revision(url: str, copied: Path) -> str:
    """The revision of the database that `copied` is a copy of."""
    if kind_of(url) == SQLITE:
        with closing(_read_only(copied)) as database:
            return str(database.execute("SELECT version_num FROM alembic_version").fetchone()[0])
    return postgresql.revision(url)


def _copy_sqlite(source: Path, target: Path) -> None:
    try:
        with closing(_read_only(source)) as database, closing(sqlite3.connect(target)) as copied:
            # In one step: a picture of one moment, however much is written meanwhile.
            database.backup(copied, pages=-1)
            copied.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise Conflict(
            _("The database %(file)s cannot be copied: %(why)s.", file=source, why=str(error)),
            "backup-failed",
        ) from None
    target.chmod(0o600)


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=_BUSY_SECONDS)
