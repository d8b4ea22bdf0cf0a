"""A coop called Loaf: its keys, made once, and its database with every table that is registered."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from federation import identities as ours
from federation.identities import Identities
from federation.storage import Database
from tests.support import tables
from tests.support.clock import FixedClock
from tests.support.entropy import SeededEntropy

BASE = "https://loaf.example"

OpenDatabase = Callable[[str], Awaitable[Database]]


@pytest.fixture(scope="session")
def loaf_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The keys of the coop, made once: RSA keys take a while."""
    folder = tmp_path_factory.mktemp("keys")
    ours.create(folder, BASE)
    return folder


@pytest.fixture
def identities(loaf_keys: Path, clock: FixedClock) -> Identities:
    return ours.load(loaf_keys, BASE, clock.now())


@pytest.fixture
async def open_database(
    clock: FixedClock, entropy: SeededEntropy, identities: Identities
) -> AsyncGenerator[OpenDatabase]:
    """Opens an empty database at a URL and makes its tables; closes all at the end."""
    async with AsyncExitStack() as stack:

        async def open_at(url: str) -> Database:
            await tables.lay(url)
            database = await Database.open(url, clock=clock, entropy=entropy, identities=identities)
            stack.push_async_callback(database.close)
            return database

        yield open_at
