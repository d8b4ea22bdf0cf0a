from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from federation.http_client import GuardedClient
from federation.remote.actors import Actors
from federation.remote.documents import Documents
from federation.remote.keys import Keys
from federation.settings import FederationSettings
from federation.storage import Database
from federation.under_way import UnderWay
from protocol import keys as key_forms
from tests.support.clock import FixedClock
from tests.support.loaf import OpenDatabase


@pytest.fixture
async def database(tmp_path: Path, open_database: OpenDatabase) -> Database:
    """SQLite only: what is tested here is the network, and the statements are plain."""
    return await open_database(f"sqlite:///{tmp_path / 'node.sqlite'}")


@pytest.fixture
def documents(client: GuardedClient, database: Database, settings: FederationSettings) -> Documents:
    return Documents(client, database, settings=settings)


@pytest.fixture
def actors(
    client: GuardedClient, documents: Documents, database: Database, settings: FederationSettings
) -> Actors:
    return Actors(client, documents, database, settings=settings)


@pytest.fixture
def remote_keys(
    actors: Actors,
    documents: Documents,
    database: Database,
    clock: FixedClock,
    settings: FederationSettings,
) -> Keys:
    return Keys(
        actors, documents, database, clock=clock, settings=settings, under_way=UnderWay(None)
    )


@pytest.fixture(scope="session")
def rsa_key() -> RSAPrivateKey:
    return key_forms.generate_rsa()


@pytest.fixture(scope="session")
def other_rsa_key() -> RSAPrivateKey:
    return key_forms.generate_rsa()


@pytest.fixture(scope="session")
def ed25519_key() -> Ed25519PrivateKey:
    return key_forms.generate_ed25519()
