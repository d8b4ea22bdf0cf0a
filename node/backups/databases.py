"""Copying a database beside whoever uses it, and looking whether a copy is whole.

SQLite by its online backup: one picture of one moment, while others read and write. PostgreSQL by
its own `pg_dump` and `pg_restore`, which must be as new as the server.
"""

import os
import re
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import URL, make_url

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
    """Name a node's database in its settings; without a URL it is the file in its folder."""
    text = settings.read_text(encoding="utf-8")
    line = f"database_url = {toml_value(url)}" if url else ""
    text = _SETTING.sub("", text)
    settings.write_text(f"{line}\n{text}" if line else text, encoding="utf-8")


def copy(url: str, target: Path) -> None:
    """Write a copy of the database to a new file. Raises Conflict with what stands against it."""
    if kind_of(url) == SQLITE:
        _copy_sqlite(sqlite_file(url), target)
    else:
        _run("pg_dump", url, "--format=custom", "--no-owner", f"--file={target}")


def load(dump: Path, url: str) -> None:
    """Bring a dump into an empty database of PostgreSQL, all of it or nothing. Raises Conflict."""
    name = make_url(url).database or ""
    options = ("--no-owner", "--exit-on-error", "--single-transaction")
    _run("pg_restore", url, *options, f"--dbname={name}", str(dump))


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
    said = _run("psql", url, "--tuples-only", "--no-align", "--command", _REVISION)
    return said.strip()


def is_empty(url: str) -> bool:
    """Whether a database of PostgreSQL has no table yet."""
    said = _run("psql", url, "--tuples-only", "--no-align", "--command", _TABLES)
    return said.strip() == "0"


def check_dump(dump: Path) -> None:
    """Read a dump of PostgreSQL through to its end. Raises Conflict."""
    _run("pg_restore", None, "--file=/dev/null", str(dump))


_REVISION = "SELECT version_num FROM alembic_version"
_TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()"


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


def _run(program: str, url: str | None, *arguments: str) -> str:
    """Run a program of PostgreSQL's; the way to the database, its password too, by environment."""
    if shutil.which(program) is None:
        raise Conflict(
            _(
                "%(program)s is not there. It comes with PostgreSQL's client programs; on Debian: "
                "apt install postgresql-client",
                program=program,
            ),
            "no-postgresql-client",
        )
    environment = os.environ | (_reached(make_url(url)) if url else {})
    done = subprocess.run(  # noqa: S603 - the operator's own database, no shell
        [program, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        why = done.stderr.strip() or str(done.returncode)
        raise Conflict(
            _("%(program)s failed: %(why)s", program=program, why=why), "postgresql-failed"
        )
    return done.stdout


def _reached(url: URL) -> dict[str, str]:
    host = url.host or url.query.get("host")
    ways = {
        "PGHOST": host,
        "PGPORT": url.port,
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
    }
    return {name: str(value) for name, value in ways.items() if value}
