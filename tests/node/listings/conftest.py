"""A coop called Loaf with a database, peers that trade, and one follower that only reads notes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from federation.models import RelationState
from federation.ourselves import CoopProfile
from federation.storage import Database, Reader, UnitOfWork
from node import listings, peers
from node.listings import ANYBODY, ListingDraft, ListingView, SearchPage, SearchQuery, Viewer
from node.listings.publishing import TRADES
from tests.federation.factories import related, remote_actor
from tests.support.clock import FixedClock
from tests.support.loaf import OpenDatabase

GROCER = "https://grocer.example/coop"
MILL = "https://mill.example/coop"
MICROBLOG = "https://blog.example/users/ada"
ACCOUNT = "01accountofamember00000000"
PROFILE = CoopProfile("Loaf", "Bread for all.", "Leeds, GB", 53.8, -1.55, ("en",), (), None)
MEMBER = Viewer("member", ACCOUNT)
PEER = Viewer("peer")


@dataclass
class Coop:
    """What the tests drive: commands in units of work, queries on a reader."""

    database: Database
    clock: FixedClock

    async def write(self, work: Callable[[UnitOfWork], Awaitable[Any]]) -> Any:
        return await self.database.write(work)

    async def create(self, title: str = "Sourdough", **fields: Any) -> ListingView:
        publish = fields.pop("publish", True)
        draft = ListingDraft(title, **fields)
        return await self.write(
            lambda uow: listings.create(uow, draft, by=ACCOUNT, publish=publish)
        )

    async def edit(self, view: ListingView, draft: ListingDraft, **options: Any) -> ListingView:
        version = options.get("expected_version", view.version)
        return await self.write(
            lambda uow: listings.edit(uow, view.id, draft, by=ACCOUNT, expected_version=version)
        )

    async def change(self, view: ListingView, event: str) -> ListingView:
        return await self.write(lambda uow: listings.change_state(uow, view.id, event, by=ACCOUNT))

    async def search(self, q: str = "", *, viewer: Viewer = ANYBODY, **query: Any) -> SearchPage:
        asked = SearchQuery(q=q, **query)
        return await self.ask(
            lambda reader: listings.search(reader, asked, viewer, self.clock.now())
        )

    async def titles(self, q: str = "", **query: Any) -> list[str]:
        return [hit.title for hit in (await self.search(q, **query)).hits]

    async def ask(self, query: Callable[[Reader], Awaitable[Any]]) -> Any:
        async with self.database.reading() as reader:
            return await query(reader)


OpenCoop = Callable[[str], Awaitable[Coop]]


@pytest.fixture
def open_coop(open_database: OpenDatabase, clock: FixedClock) -> OpenCoop:
    """Opens a node's empty database at a URL."""

    async def open_at(url: str) -> Coop:
        database = await open_database(url)
        await database.write(lambda uow: peers.first_profile(uow, PROFILE))
        return Coop(database, clock)

    return open_at


@pytest.fixture
async def coop(tmp_path: Path, open_coop: OpenCoop) -> Coop:
    return await open_coop(f"sqlite:///{tmp_path / 'loaf.sqlite'}")


@pytest.fixture
async def coop_on_each(database_url: str, open_coop: OpenCoop) -> Coop:
    """The same coop, once on SQLite and once on PostgreSQL."""
    return await open_coop(database_url)


@pytest.fixture
async def followed(coop: Coop) -> Coop:
    """Grocer and mill are peers both ways; a microblog follows us."""
    return await make_peers(coop)


@pytest.fixture
async def followed_on_each(coop_on_each: Coop) -> Coop:
    """The same, once on SQLite and once on PostgreSQL."""
    return await make_peers(coop_on_each)


async def make_peers(coop: Coop) -> Coop:
    async def know(uow: UnitOfWork) -> None:
        for uri in (GROCER, MILL):
            remote_actor(uow, uri, implements=[TRADES])
            related(uow, uri, following_state=RelationState.ACCEPTED)
        remote_actor(uow, MICROBLOG, type="Person")
        related(uow, MICROBLOG)

    await coop.write(know)
    return coop
