"""The shape of the database, and how an older one becomes today's.

`migrate(url)` runs at every start and does nothing when there is nothing to do. A revision is a
file in `versions/`, written by

    python -m node.migrations revision "what changes"

which compares the tables of `node.tables` with a temporary database that has every revision so far.
`0001_first` is what release 0.1.0 made of an empty database. It stays as it is, like every revision
that was released: nodes are at it, and what comes later begins there. `tests/vectors/releases` has
a database of each release, which the tests bring up to date.

What SQLAlchemy cannot say (full-text tables, triggers) is written into a revision by hand, per
dialect; `raw.py` has its names.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from federation.errors import StorageUnavailable
from federation.storage.database import migration_engine
from federation.storage.failures import unavailable
from node.errors import NodeError
from node.i18n import _

VERSIONS = Path(__file__).parent / "versions"
HEAD = max((path.stem for path in VERSIONS.glob("[0-9]*.py")), default="")
"""The newest revision; a revision is named like its file, and files sort by number."""

RELEASES: Mapping[str, str] = {"0001_first": "0.1.0"}
"""Which release was the first with a revision; the newest is in none yet."""

# Any number will do, if every process of a node asks for the same one.
_POSTGRESQL_LOCK = 0x726F6368


class SchemaTooNewError(NodeError):
    """The database was written by a newer program than this one."""


async def migrate(database_url: str, before: Callable[[], None] | None = None) -> None:
    """Bring a database to today's shape, in one transaction: all of it or nothing. before: called
    if there is something to change, and changes nothing if it raises.

    Raises SchemaTooNewError, or StorageUnavailable when the database cannot be reached or another
    program holds it.
    """
    engine = migration_engine(database_url)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(bring_up_to_date, before)
    except (DBAPIError, OSError) as error:
        raise unavailable(error) or StorageUnavailable(
            f"The database could not be brought up to date, and was left as it was: {error}",
            code="migration-failed",
        ) from error
    finally:
        await engine.dispose()


def revision_of(connection: Connection) -> str | None:
    """The revision that a database is at; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def release_of(revision: str) -> str:
    """The program that a database of this revision belongs to; the revision, if none was released
    with it."""
    return RELEASES.get(revision, revision)


def bring_up_to_date(connection: Connection, before: Callable[[], None] | None = None) -> None:
    """`migrate` in a transaction that is open. Raises SchemaTooNewError."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_POSTGRESQL_LOCK})"))
    current = revision_of(connection)
    if current == HEAD:
        return
    if current is not None and not (VERSIONS / f"{current}.py").exists():
        raise SchemaTooNewError(
            _(
                "This database was made by a newer Rochdale (%(revision)s). "
                "Upgrade the program, or restore the backup from before the upgrade.",
                revision=current,
            ),
            "schema-too-new",
        )
    if current is not None and before is not None:
        before()
    from node.migrations.running import upgrade  # Alembic is only loaded when there is work

    upgrade(connection)
    _check_references(connection)


def _check_references(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return  # PostgreSQL has checked them all along
    broken = connection.execute(text("PRAGMA foreign_key_check")).all()
    if broken:
        raise AssertionError(f"a migration broke references: {broken[:5]}")


__all__ = [
    "HEAD",
    "RELEASES",
    "VERSIONS",
    "SchemaTooNewError",
    "bring_up_to_date",
    "migrate",
    "release_of",
    "revision_of",
]
