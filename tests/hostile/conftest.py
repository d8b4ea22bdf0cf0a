from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import pytest_asyncio

from federation.key_files import Generation
from node.migrations import migrate
from tests.hostile.siege import Siege, lay_siege
from tests.support.postgresql import administer


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def siege(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    town_keys: dict[str, Generation],
    migrated_file: Path,
) -> AsyncGenerator[Siege]:
    """One town for all tests of a file; on SQLite unless PostgreSQL is asked for."""
    urls = {}
    if getattr(request, "param", "sqlite") == "postgres":
        server = request.getfixturevalue("postgres_server")
        await administer(server, "CREATE DATABASE siege")
        urls = {"lanehead": f"{server}/siege"}
        await migrate(urls["lanehead"])
    folder = tmp_path_factory.mktemp("siege")
    async with lay_siege(folder, town_keys, migrated_file, urls) as laid:
        yield laid
