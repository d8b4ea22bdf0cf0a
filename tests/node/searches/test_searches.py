"""A search that somebody keeps tells them of news, once, and of nothing else."""

import math
from typing import Any

import pytest

from federation.storage import Database
from node import accounts, limits, listings, notices, peers, searches, timers
from node.accounts import AccountView
from node.errors import Conflict, InvalidInput, NotFound
from node.listings import ListingDraft, SearchQuery
from tests.node.listings.conftest import PROFILE
from tests.support.clock import FixedClock

BREAD = SearchQuery(q="bread", near=(53.8, -1.55), within_km=25.0)
LINK = "q=bread&near=Leeds"
LEEDS = {"lat": 53.8, "lon": -1.55}


class Baker:
    """A member who keeps searches, and the coop around her."""

    def __init__(self, database: Database, clock: FixedClock, account: AccountView) -> None:
        self.database, self.clock, self.account = database, clock, account

    async def write(self, command: Any, *arguments: Any) -> Any:
        return await self.database.write(lambda uow: command(uow, self.account, *arguments))

    async def keep(self, query: SearchQuery = BREAD, link: str = LINK) -> str:
        kept: str = await self.write(searches.keep, "bread · Leeds", query, link)
        return kept

    async def somebody_offers(self, title: str, **fields: Any) -> None:
        draft = ListingDraft(title, **fields)
        await self.database.write(
            lambda uow: listings.create(uow, draft, by="another", publish=True)
        )

    async def an_hour_later(self) -> list[str]:
        """What waits to be read after the searches were looked at again."""
        self.clock.advance(limits.SEARCH_LOOKS_EVERY)
        await self.database.write(timers.run_due)
        async with self.database.reading() as reader:
            told = await notices.notices(reader, self.account)
        return [str(notice.text) for notice in told if not notice.read]


@pytest.fixture
async def rosa(database: Database, clock: FixedClock) -> Baker:
    await database.write(lambda uow: peers.first_profile(uow, PROFILE))
    made = await database.write(
        lambda uow: accounts.create_account(
            uow, handle="rosa", name="Rosa", roles={accounts.Role.MEMBER}
        )
    )
    return Baker(database, clock, made)


def told(number: int) -> list[str]:
    return [f"New or changed for your search “bread · Leeds”: {number}."]


async def test_a_kept_search_tells_only_of_what_was_chosen(rosa: Baker) -> None:
    await rosa.keep(SearchQuery(q="chair", picks=("condition-used",)), "q=chair&condition=used")
    await rosa.somebody_offers("Chair", kind="goods", details={"condition": "new"})
    assert await rosa.an_hour_later() == []
    await rosa.somebody_offers("Old chair", kind="goods", details={"condition": "used"})
    assert await rosa.an_hour_later() == told(1)


async def test_who_keeps_a_search_is_told_of_what_fits_and_only_once(rosa: Baker) -> None:
    await rosa.somebody_offers("Bread", **LEEDS)
    kept = await rosa.keep()
    assert await rosa.an_hour_later() == []
    await rosa.somebody_offers("Rye bread", **LEEDS)
    await rosa.somebody_offers("Bread in Porto", lat=41.15, lon=-8.61)
    assert await rosa.an_hour_later() == told(1)
    await rosa.write(notices.mark_read)
    assert await rosa.an_hour_later() == []
    # What they have not looked at is counted on.
    await rosa.somebody_offers("Bread rolls", **LEEDS)
    assert await rosa.an_hour_later() == told(2)
    await rosa.write(searches.mark_seen, kept)
    assert await rosa.an_hour_later() == []
    await rosa.somebody_offers("Flat bread", **LEEDS)
    assert await rosa.an_hour_later() == told(1)


async def test_a_search_is_kept_once_and_by_its_owner(rosa: Baker, database: Database) -> None:
    kept = await rosa.keep()
    assert await rosa.keep() == kept
    other = await database.write(
        lambda uow: accounts.create_account(
            uow, handle="femi", name="Femi", roles={accounts.Role.MEMBER}
        )
    )
    with pytest.raises(NotFound):
        await database.write(lambda uow: searches.forget(uow, other, kept))
    await rosa.write(searches.forget, kept)
    await rosa.somebody_offers("Rye bread", **LEEDS)
    assert await rosa.an_hour_later() == []
    async with database.reading() as reader:
        assert await searches.kept(reader, rosa.account) == []


async def test_a_search_that_cannot_be_made_is_not_kept(rosa: Baker) -> None:
    for query, link in (
        (SearchQuery(near=(53.8, -1.55), within_km=math.nan), LINK),
        (SearchQuery(near=(91.0, 0.0)), LINK),
        (BREAD, "q=" + "%D8%AE" * 500),
    ):
        with pytest.raises(InvalidInput):
            await rosa.keep(query, link)


async def test_nobody_keeps_more_searches_than_can_be_looked_at(rosa: Baker) -> None:
    for number in range(limits.SEARCHES_KEPT):
        await rosa.keep(link=f"q={number}")
    with pytest.raises(Conflict, match="Forget one"):
        await rosa.keep(link="q=more")
