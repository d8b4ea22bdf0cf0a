"""A coop of an earlier release, laid out as it was: see `make_release`."""

import base64
import json
import lzma
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any

from alembic import command
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    LargeBinary,
    MetaData,
    insert,
    inspect,
    text,
)

from federation.storage.database import migration_engine
from node.config import Config, load
from node.migrations.running import configuration
from tests.node.migrations.make_release import RELEASES

NAMES = sorted(path.name.removesuffix(".sql.xz") for path in RELEASES.glob("*.sql.xz"))
GONE = {("relation", "note")}
"""Columns in which nothing was ever written, and that went since."""
Shape = dict[str, dict[str, Any]]


def lay_out(release: str, folder: Path) -> Config:
    """That coop's folder, with its SQLite database."""
    for name, content in json.loads((RELEASES / f"{release}.json").read_text()).items():
        (folder / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / name).write_bytes(base64.b64decode(content))
        (folder / name).chmod(0o600)
    write_database(release, folder / "rochdale.sqlite")
    return load(folder, {})


def write_database(release: str, file: Path) -> None:
    """That release's database, as a file of SQLite's."""
    sql = lzma.decompress((RELEASES / f"{release}.sql.xz").read_bytes()).decode()
    with closing(sqlite3.connect(file)) as database:
        database.executescript(f"PRAGMA journal_mode=WAL; BEGIN; {sql} COMMIT;")


async def bring_to_postgresql(file: Path, url: str) -> None:
    """The rows of a SQLite file, in the tables that its revision makes in PostgreSQL."""
    with closing(sqlite3.connect(file)) as old:
        [[revision]] = old.execute("SELECT version_num FROM alembic_version")
        engine = migration_engine(url)
        async with engine.begin() as connection:
            await connection.run_sync(lambda to: command.upgrade(configuration(to), revision))
            await connection.run_sync(_bring_rows, old)
        await engine.dispose()


def _bring_rows(to: Connection, old: sqlite3.Connection) -> None:
    made = MetaData()
    made.reflect(to)
    for table in made.sorted_tables:
        columns = [column for column in table.c if column.computed is None]
        names = ", ".join(f'"{column.name}"' for column in columns)
        found = old.execute(f'SELECT {names} FROM "{table.name}"').fetchall()
        rows = [
            {column.name: _typed(column, value) for column, value in zip(columns, row, strict=True)}
            for row in found
        ]
        if rows and table.name != "alembic_version":
            to.execute(insert(table), sorted(rows, key=_as_made))


def _as_made(row: dict[str, Any]) -> Any:
    """By number, where there is one: an entry of the books comes after what it reverses."""
    return row.get("seq", 0)


def _typed(column: Column[Any], value: Any) -> Any:
    if value is None or isinstance(column.type, LargeBinary):
        return value
    if isinstance(column.type, JSON):
        return json.loads(value)
    if isinstance(column.type, DateTime):
        return datetime.fromisoformat(f"{value}+00:00")
    if isinstance(column.type, Date):
        return date.fromisoformat(value)
    return bool(value) if isinstance(column.type, Boolean) else value


async def inside(url: str, look: Any, *given: Any) -> Any:
    """What a look finds in a database."""
    engine = migration_engine(url)
    async with engine.begin() as connection:
        found = await connection.run_sync(look, *given)
    await engine.dispose()
    return found


def rows_of(connection: Connection, columns: dict[str, list[str]]) -> dict[str, list[str]]:
    """What each table holds in these columns."""
    held = {}
    for table, known in columns.items():
        names = ", ".join(f'"{name}"' for name in known)
        found = connection.execute(text(f'SELECT {names} FROM "{table}"'))
        held[table] = sorted(repr(tuple(row)) for row in found)
    return held


def columns_of(connection: Connection) -> dict[str, list[str]]:
    """The columns of each table, but for those of the word index, of the revision itself, and
    `GONE`."""
    if connection.dialect.name == "sqlite":
        query = (
            "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c"
            " WHERE t.type = 'table' ORDER BY t.name, c.cid"
        )
    else:
        query = (
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position"
        )
    found: dict[str, list[str]] = {}
    for table, column in connection.execute(text(query)):
        is_kept = not table.startswith(("search_words", "alembic_version"))
        if is_kept and (table, column) not in GONE:
            found.setdefault(table, []).append(column)
    return found


def shape_of(connection: Connection) -> Shape:
    """Tables with columns, keys and indexes; the triggers, on SQLite."""
    look = inspect(connection)
    shape: Shape = {
        table: {
            "columns": _named(look.get_columns(table)),
            "key": look.get_pk_constraint(table)["constrained_columns"],
            "references": _named(look.get_foreign_keys(table)),
            "unique": _named(look.get_unique_constraints(table)),
            "indexes": _named(look.get_indexes(table)),
        }
        for table in look.get_table_names()
    }
    if connection.dialect.name == "sqlite":
        triggers = text("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
        shape["triggers"] = {row.name: row.sql for row in connection.execute(triggers)}
    return shape


def _named(found: Sequence[Any]) -> dict[str, Any]:
    return {str(each["name"]): _plain(each) for each in found}


def _plain(found: Any) -> Any:
    if isinstance(found, dict):
        return {key: _plain(value) for key, value in found.items()}
    return str(found)
