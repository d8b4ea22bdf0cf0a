from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

import federation.models  # noqa: F401 - registers the tables
from federation import identities as ours
from federation.guard import Guard
from federation.http_client import GuardedClient
from federation.identities import Identities
from federation.settings import FederationSettings
from federation.storage import Database, metadata
from tests.federation.peer import Peer
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
    database_url: str, clock: FixedClock, entropy: SeededEntropy, identities: Identities
) -> AsyncGenerator[Database]:
    """An open database with federation's tables, once on SQLite and once on PostgreSQL."""
    opened = await Database.open(database_url, clock=clock, entropy=entropy, identities=identities)
    await create_tables(opened)
    yield opened
    await opened.close()


async def create_tables(database: Database) -> None:
    async def create(uow) -> None:
        connection = await uow.session.connection()
        await connection.run_sync(metadata.create_all)

    await database.write(create)


@pytest.fixture
async def grocer() -> AsyncGenerator[Peer]:
    """A foreign server that the guard lets us reach."""
    peer = await Peer("grocer.example").start()
    yield peer
    await peer.stop()


@pytest.fixture
async def evil() -> AsyncGenerator[Peer]:
    """Another one, with bad intentions."""
    peer = await Peer("evil.example").start()
    yield peer
    await peer.stop()


@pytest.fixture
async def canary() -> AsyncGenerator[Peer]:
    """A server that nobody may ever reach."""
    peer = await Peer("canary.example").start()
    yield peer
    assert peer.requests == []
    await peer.stop()


@pytest.fixture
def guard(grocer: Peer, evil: Peer) -> Guard:
    return Guard({peer.authority: ("127.0.0.1", peer.port) for peer in (grocer, evil)})


@pytest.fixture
def settings() -> FederationSettings:
    return FederationSettings()


@pytest.fixture
async def client(
    guard: Guard, clock: FixedClock, settings: FederationSettings
) -> AsyncGenerator[GuardedClient]:
    made = GuardedClient(guard, clock=clock, settings=settings)
    yield made
    await made.close()
