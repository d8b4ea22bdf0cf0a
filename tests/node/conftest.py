"""A database with every table of the node, for tests of one slice without a server."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

import node.tables  # noqa: F401 - registers the tables
from federation import identities as ours
from federation.identities import Identities
from federation.storage import Database, metadata
from tests.support.clock import FixedClock
from tests.support.entropy import SeededEntropy

BASE = "https://loaf.example"


@pytest.fixture(scope="session")
def loaf_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The keys of one coop, made once: RSA keys take a while."""
    folder = tmp_path_factory.mktemp("keys")
    ours.create(folder, BASE)
    return folder


@pytest.fixture
def identities(loaf_keys: Path, clock: FixedClock) -> Identities:
    return ours.load(loaf_keys, BASE, clock.now())


@pytest.fixture
async def database(
    tmp_path: Path, clock: FixedClock, entropy: SeededEntropy, identities: Identities
) -> AsyncGenerator[Database]:
    """A SQLite file with all tables: enough for what does not depend on the database."""
    url = f"sqlite:///{tmp_path / 'slice.sqlite'}"
    opened = await Database.open(url, clock=clock, entropy=entropy, identities=identities)
    await create_tables(opened)
    yield opened
    await opened.close()


@pytest.fixture
async def either_database(
    database_url: str, clock: FixedClock, entropy: SeededEntropy, identities: Identities
) -> AsyncGenerator[Database]:
    """The same on SQLite and then on PostgreSQL, for races and for SQL that differs."""
    opened = await Database.open(database_url, clock=clock, entropy=entropy, identities=identities)
    await create_tables(opened)
    yield opened
    await opened.close()


async def create_tables(database: Database) -> None:
    async def create(uow) -> None:
        connection = await uow.session.connection()
        await connection.run_sync(metadata.create_all)

    await database.write(create)
