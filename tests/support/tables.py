"""A database with every registered table, made once for each set of tables and copied from then on.

A node has a hundred tables: making them anew for each test took half of the time of all tests.
"""

import asyncio
import shutil
import tempfile
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from federation.storage import metadata
from tests.support.postgresql import administer

_folder = tempfile.TemporaryDirectory(prefix="rochdale-tables-")
_made: dict[tuple[str, frozenset[str]], str] = {}
"""The template of a kind of database, by the names of its tables: a file, or a database."""


async def lay(url: str) -> None:
    """Put an empty database with the tables registered by now where the URL says."""
    if url.startswith("sqlite:"):
        path = Path(url.removeprefix("sqlite:///"))
        shutil.copy(await asyncio.to_thread(_file), path)
    else:
        await _copy_of(url)


def _file() -> str:
    kind = ("sqlite", frozenset(metadata.tables))
    if kind not in _made:
        path = f"{_folder.name}/{len(_made)}.sqlite"
        engine = create_engine(f"sqlite:///{path}")
        metadata.create_all(engine)
        engine.dispose()
        _made[kind] = path
    return _made[kind]


async def _copy_of(url: str) -> None:
    server, _, name = url.rpartition("/")
    kind = (server, frozenset(metadata.tables))
    if kind not in _made:
        _made[kind] = await _template(server, f"tables_{len(_made)}")
    await administer(server, f"DROP DATABASE {name} WITH (FORCE)")
    await administer(server, f"CREATE DATABASE {name} TEMPLATE {_made[kind]}")


async def _template(server: str, name: str) -> str:
    await administer(server, f"CREATE DATABASE {name}")
    engine = create_async_engine(make_url(f"{server}/{name}").set(drivername="postgresql+asyncpg"))
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    await engine.dispose()
    return name
