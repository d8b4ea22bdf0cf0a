"""A node's database, row by row, in another one: from SQLite to PostgreSQL and back.

All of it in one transaction on either side: nobody writes to the old database meanwhile, and the
new one holds everything or nothing. Before the commit the new one is read again, and each table
must have as many rows, and the same rows, as the old one. The old database stays as it is.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Table, func, insert, inspect, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

import node.tables  # noqa: F401 - names every table
from federation.errors import StorageUnavailable
from federation.storage import metadata
from federation.storage.address import async_url
from federation.storage.company import ALONE
from federation.storage.database import migration_engine
from node import migrations
from node.backups import databases
from node.config import FILE_NAME, Config
from node.errors import Conflict
from node.i18n import _

AT_ONCE = 500
Told = Callable[[str, int], None]
"""Told the name of each table and its rows, when they were copied."""


class Sum(Struct, frozen=True):
    """What a table holds, in whatever order: its rows, and the sum of their SHA-256 (mod 2^256)."""

    rows: int = 0
    digest: int = 0

    def and_rows(self, rows: Sequence[Sequence[Any]]) -> "Sum":
        digests = (hashlib.sha256(msgspec.msgpack.encode(list(row))).digest() for row in rows)
        total = sum((int.from_bytes(each) for each in digests), self.digest)
        return Sum(self.rows + len(rows), total % 2**256)


async def move_database(config: Config, url: str, told: Told) -> dict[str, Sum]:
    """Copy all to an empty database and name it in the settings; what each table holds.

    For a node that nobody serves. Raises Conflict, StorageUnavailable, SchemaTooNewError: then
    nothing is there and the settings are as they were.
    """
    _check_target(config, url)
    await migrations.migrate(config.database_url)
    async with _opened(config.database_url) as source, _opened(url, new=True) as target:
        await _expect_nobody(source)
        await target.run_sync(_expect_empty)
        await target.run_sync(migrations.bring_up_to_date)
        sums = {
            table.name: await _copy(source, target, table, told) for table in metadata.sorted_tables
        }
        await _count_on(target)
        await _compare(target, sums)
    await asyncio.to_thread(databases.name_database, config.data / FILE_NAME, url)
    return sums


def _check_target(config: Config, url: str) -> None:
    if async_url(url) == async_url(config.database_url):
        raise Conflict(_("The node uses that database already."), "database-in-use")
    if databases.kind_of(url) == databases.SQLITE and databases.sqlite_file(url).exists():
        raise Conflict(
            _(
                "There is a file %(file)s already. Move it away, or name another one.",
                file=databases.sqlite_file(url),
            ),
            "database-not-empty",
        )


@asynccontextmanager
async def _opened(url: str, *, new: bool = False) -> AsyncIterator[AsyncConnection]:
    """One transaction on a database. new: a file of SQLite's goes again if it came to nothing."""
    engine = migration_engine(url)
    made = databases.sqlite_file(url) if new and make_url(url).database else None
    is_whole = False
    try:
        async with engine.begin() as connection:
            yield connection
        is_whole = True
    except (DBAPIError, OSError) as error:
        why = error.orig if isinstance(error, DBAPIError) else error
        kept = "The database could not be moved, and the node keeps the one that it has"
        raise StorageUnavailable(f"{kept}: {_plain(why)}", code="move-failed") from error
    finally:
        await engine.dispose()
        if made is not None and databases.kind_of(url) == databases.SQLITE:
            await asyncio.to_thread(_keep_or_remove, made, is_whole)


def _keep_or_remove(file: Path, is_whole: bool) -> None:
    if is_whole:
        file.chmod(0o600)
        return
    for end in ("", "-wal", "-shm"):
        file.with_name(file.name + end).unlink(missing_ok=True)


async def _expect_nobody(source: AsyncConnection) -> None:
    """Nobody works on it from another computer either, and until the end nobody begins."""
    if source.dialect.name == "postgresql" and not await source.scalar(select(ALONE)):
        raise Conflict(
            _("A process of this node works on its database. Stop it, and try again."),
            "database-in-use",
        )


def _expect_empty(connection: Connection) -> None:
    if names := inspect(connection).get_table_names():
        raise Conflict(
            _(
                "There are tables in that database already, such as %(table)s. Name an empty one.",
                table=names[0],
            ),
            "database-not-empty",
        )


async def _copy(source: AsyncConnection, target: AsyncConnection, table: Table, told: Told) -> Sum:
    names, held = [column.key for column in table.c], Sum()
    async for rows in _rows(source, table):
        await target.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows])
        held = held.and_rows(rows)
    told(table.name, held.rows)
    return held


async def _rows(connection: AsyncConnection, table: Table) -> AsyncIterator[Sequence[Any]]:
    # By key: an entry of the books comes after the one that it reverses.
    query = select(table).order_by(*table.primary_key)
    async with connection.stream(query) as result:
        async for rows in result.partitions(AT_ONCE):
            yield rows


async def _count_on(target: AsyncConnection) -> None:
    """PostgreSQL's next row numbers come after those that were copied; SQLite looks for itself."""
    if target.dialect.name != "postgresql":
        return
    for table in metadata.sorted_tables:
        column = table.autoincrement_column
        if column is None or (highest := await target.scalar(select(func.max(column)))) is None:
            continue
        sequence = func.pg_get_serial_sequence(table.name, column.name)
        await target.execute(select(func.setval(sequence, highest)))


async def _compare(target: AsyncConnection, sums: dict[str, Sum]) -> None:
    for table in metadata.sorted_tables:
        held = Sum()
        async for rows in _rows(target, table):
            held = held.and_rows(rows)
        if held != sums[table.name]:
            raise Conflict(
                _(
                    "In the new database, %(table)s does not hold what it should (rows: %(now)s "
                    "instead of %(before)s). Nothing was moved; please tell the authors.",
                    table=table.name,
                    now=held.rows,
                    before=sums[table.name].rows,
                ),
                "move-failed",
            )


def _plain(why: BaseException | None) -> str:
    """What the server said, without the driver's name in front."""
    return str(why).partition("Error'>: ")[2] or str(why)
