"""A database of PostgreSQL, copied and tried by its own programs, which must be as new as the
server.

The rows of each table are counted in the very picture that `pg_dump` copies, and again in what
`pg_restore` made of it: a dump can be read to its end and lack rows all the same.
"""

import asyncio
import os
import shlex
import shutil
import subprocess
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, func, inspect, select, table, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from federation.storage.database import migration_engine
from node.errors import Conflict
from node.i18n import _

Found = TypeVar("Found")
_PLAIN = ("--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", "--command")
_REVISION = "SELECT version_num FROM alembic_version"
_TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()"
# With letters as the database has them: those of template0 may be too few for what is in it.
_CREATE = (
    "SELECT format('CREATE DATABASE {name} TEMPLATE template0 ENCODING %L LC_COLLATE %L LC_CTYPE"
    " %L', pg_encoding_to_char(encoding), datcollate, datctype)"
    " FROM pg_database WHERE datname = current_database()"
)
_EMPTY = (
    "SELECT unnest(ARRAY[format('DROP DATABASE %I', datname),"
    " format('CREATE DATABASE %I OWNER %s', datname, datdba::regrole)])"
    " FROM pg_database WHERE datname = current_database()"
)
# Of ours, and nobody is connected to them.
_LEFT = (
    "SELECT quote_ident(datname) FROM pg_database WHERE starts_with(datname, 'rochdale_trial_')"
    " AND pg_get_userbyid(datdba) = current_user AND NOT EXISTS"
    " (SELECT FROM pg_stat_activity AS used WHERE used.datname = pg_database.datname)"
)
_WHO_MAY_NOT = (
    "SELECT quote_ident(rolname) FROM pg_roles"
    " WHERE rolname = current_user AND NOT (rolcreatedb OR rolsuper)"
)


def dump(url: str, target: Path) -> dict[str, int]:
    """Copy the database to a new file; the rows of each table, in the picture that was copied.

    Raises Conflict.
    """

    async def copied() -> dict[str, int]:
        async with _connected(url) as connection:
            await connection.execution_options(isolation_level="REPEATABLE READ")
            picture = await connection.scalar(select(func.pg_export_snapshot()))
            words = ("--format=custom", "--no-owner", f"--snapshot={picture}")
            await asyncio.to_thread(_run, "pg_dump", url, *words, f"--file={target}")
            return await _counts(connection)

    return _driven(copied())


def counts(url: str) -> dict[str, int]:
    """Rows of each table. Raises Conflict."""

    async def counted() -> dict[str, int]:
        async with _connected(url) as connection:
            return await _counts(connection)

    return _driven(counted())


def who_may_not_try(url: str) -> str:
    """The role that may create no database, as SQL writes it; empty if ours may."""
    return _run("psql", url, *_PLAIN, _WHO_MAY_NOT).strip()


def counts_when_restored(url: str, copied: Path, name: str) -> dict[str, int]:
    """Rows of each table in a database beside that of the URL, made of a dump, which goes again.

    name: of that database, after "rochdale_trial_". Where it cannot be dropped, `trials_left`
    finds it. Raises Conflict.
    """
    trial = f"rochdale_trial_{name}"
    beside = make_url(url).set(database=trial).render_as_string(hide_password=False)

    async def restored() -> dict[str, int]:
        async with _connected(beside) as connection:  # so others see that it is in use
            await asyncio.to_thread(load, copied, beside)
            return await _counts(connection)

    try:
        _run("psql", url, *_PLAIN, _run("psql", url, *_PLAIN, _CREATE.format(name=trial)).strip())
        return _driven(restored())
    finally:
        with suppress(Conflict):
            _run("psql", url, *_PLAIN, f"DROP DATABASE IF EXISTS {trial} WITH (FORCE)")


def trials_left(url: str) -> list[str]:
    """Databases for trial of backups that were broken off, as SQL writes them. Raises Conflict."""

    async def found() -> list[str]:
        async with _connected(url) as connection:
            return list(await connection.scalars(text(_LEFT)))

    return _driven(found())


def drop_trials(url: str, names: Sequence[str]) -> None:
    """Drop what was left, but none that somebody uses by now."""
    for name in names:
        with suppress(Conflict):
            _run("psql", url, *_PLAIN, f"DROP DATABASE IF EXISTS {name}")


def load(copied: Path, url: str) -> None:
    """Bring a dump into an empty database, all of it or nothing. Raises Conflict."""
    name = make_url(url).database or ""
    options = ("--no-owner", "--exit-on-error", "--single-transaction")
    _run("pg_restore", url, *options, f"--dbname={name}", str(copied))


def check(copied: Path) -> None:
    """Read a dump through to its end. Raises Conflict."""
    _run("pg_restore", None, "--file=/dev/null", str(copied))


def revision(url: str) -> str:
    return _run("psql", url, *_PLAIN, _REVISION).strip()


def is_empty(url: str) -> bool:
    """Whether it has no table yet."""
    return _run("psql", url, *_PLAIN, _TABLES).strip() == "0"


def way_to_empty(url: str) -> str:
    """The line that makes it anew, without anything in it."""
    steps = _run("psql", url, *_PLAIN, _EMPTY).splitlines()
    commands = [word for step in steps for word in ("--command", step)]
    return shlex.join(["runuser", "-u", "postgres", "--", "psql", *commands])


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[AsyncConnection]:
    engine = migration_engine(url)
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()


def _driven(work: Coroutine[Any, Any, Found]) -> Found:
    import asyncpg  # only where it is the driver

    try:
        return asyncio.run(work)
    except (DBAPIError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        why = error.orig if isinstance(error, DBAPIError) else error
        raise Conflict(
            _("The database cannot be read: %(why)s.", why=str(why)), "postgresql-failed"
        ) from None


async def _counts(connection: AsyncConnection) -> dict[str, int]:
    names = await connection.run_sync(_tables)
    found = {}
    for name in names:
        found[name] = await connection.scalar(select(func.count()).select_from(table(name))) or 0
    return found


def _tables(connection: Connection) -> list[str]:
    return sorted(inspect(connection).get_table_names())


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
