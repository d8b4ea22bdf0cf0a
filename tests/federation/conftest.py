from collections.abc import AsyncGenerator

import pytest

import federation.models  # noqa: F401 - registers the tables
from federation.guard import Guard
from federation.http_client import GuardedClient
from federation.settings import FederationSettings
from federation.storage import Database
from tests.federation.peer import Peer
from tests.support.clock import FixedClock
from tests.support.loaf import OpenDatabase


@pytest.fixture
async def database(database_url: str, open_database: OpenDatabase) -> Database:
    """An open database with federation's tables, once on SQLite and once on PostgreSQL."""
    return await open_database(database_url)


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
