from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio

from federation.key_files import Generation
from node.migrations import migrate
from tests.hostile.siege import Siege, lay_siege
from tests.support.postgresql import empty_database


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def siege(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    town_keys: dict[str, Generation],
    migrated_file: Path,
) -> AsyncGenerator[Siege]:
    """One town for all tests of a file; on SQLite unless PostgreSQL is asked for."""
    folder = tmp_path_factory.mktemp("siege")
    async with AsyncExitStack() as stack:
        urls = {}
        if getattr(request, "param", "sqlite") == "postgres":
            server = request.getfixturevalue("postgres_server")
            urls["lanehead"] = await stack.enter_async_context(empty_database(server))
            await migrate(urls["lanehead"])
        laid = lay_siege(folder, town_keys, migrated_file, urls)
        yield await stack.enter_async_context(laid)
