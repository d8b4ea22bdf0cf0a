"""All that a node has written down, in a form that is quickly compared: a digest for each table."""

import hashlib
import sqlite3
from dataclasses import dataclass
from typing import Any

import asyncpg

Pages = dict[str, str]
"""A digest of the rows of each table, by its name."""


@dataclass
class Registers:
    """One database, read from beside the node."""

    names: list[str]
    connection: Any
    _last: tuple[object, Pages] = (None, {})

    @classmethod
    async def open(cls, url: str) -> "Registers":
        if url.startswith("sqlite:"):
            connection = sqlite3.connect(url.removeprefix("sqlite:///"))
            listed = "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0"
            return cls(sorted(name for (name,) in connection.execute(listed)), connection)
        connection = await asyncpg.connect(url)
        listed = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        return cls(sorted(row[0] for row in await connection.fetch(listed)), connection)

    async def read(self) -> Pages:
        """What stands in every table now; read again only if anything was committed since."""
        stamp = await self._stamp()
        if self._last[0] != stamp:
            self._last = stamp, await self._pages()
        return self._last[1]

    async def _stamp(self) -> object:
        if isinstance(self.connection, sqlite3.Connection):
            return self.connection.execute("PRAGMA data_version").fetchone()
        return await self.connection.fetchval("SELECT pg_current_wal_insert_lsn()")

    async def _pages(self) -> Pages:
        if isinstance(self.connection, sqlite3.Connection):
            return {name: self._digest(name) for name in self.names}
        each = (
            f"SELECT '{name}', "
            "md5(coalesce(string_agg(md5(r::text), '' ORDER BY md5(r::text)), ''))"
            f' FROM "{name}" r'
            for name in self.names
        )
        return dict(await self.connection.fetch(" UNION ALL ".join(each)))

    async def close(self) -> None:
        closing = self.connection.close()
        if closing is not None:
            await closing

    def _digest(self, name: str) -> str:
        rows = sorted(map(repr, self.connection.execute(f'SELECT * FROM "{name}"')))
        return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def differing(before: Pages, after: Pages) -> set[str]:
    """The tables in which something changed."""
    return {name for name in before if before[name] != after[name]}
