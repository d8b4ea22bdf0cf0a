"""A database with every table of the node, for tests of one slice without a server."""

from pathlib import Path

import pytest

import node.tables  # noqa: F401 - registers the tables
from federation.storage import Database
from tests.support.loaf import OpenDatabase


@pytest.fixture
async def database(tmp_path: Path, open_database: OpenDatabase) -> Database:
    """A SQLite file with all tables: enough for what does not depend on the database."""
    return await open_database(f"sqlite:///{tmp_path / 'slice.sqlite'}")


@pytest.fixture
async def either_database(database_url: str, open_database: OpenDatabase) -> Database:
    """The same on SQLite and then on PostgreSQL, for races and for SQL that differs."""
    return await open_database(database_url)
