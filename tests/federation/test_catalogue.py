"""A peer's catalogue: all of it at first, then what changed, and nothing that is not its own."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update

from federation import relations
from federation.models import SyncState
from federation.settings import FederationSettings
from federation.sync import request_sync
from tests.federation import shop
from tests.federation.nodes import Foreigner, Founder, Node, settle
from tests.support.clock import FixedClock
from tests.support.signing import prove

PAGE = "/coop/catalogue?since="


@pytest.fixture
async def friends(found: Founder) -> list[Node]:
    """A loaf that reads and a mill that is read, in pages of two."""
    loaf, mill = await found(2, settings=FederationSettings(page_size=2))
    return [loaf, mill]


async def stock(mill: Node, *names: str, **how: Any) -> None:
    for name in names:
        await mill.write(shop.stock, name.lower(), name, **how)


async def state(loaf: Node, peer: str) -> SyncState:
    async with loaf.database.reading() as reader:
        found = await reader.session.get(SyncState, peer)
        assert found is not None
        return found


def catalogue(farm: Foreigner, *items: dict[str, Any], next_: str | None = None) -> None:
    """Serve a catalogue of one page."""
    base = f"{farm.coop}/catalogue"
    farm.publish(catalogue=base)
    front = {"id": base, "type": "OrderedCollection", "first": f"{base}?since="}
    farm.peer.serve("/coop/catalogue", {"@context": shop.CONTEXT} | front)
    page(farm, PAGE, *items, next_=next_)


def page(farm: Foreigner, path: str, *items: dict[str, Any], next_: str | None = None) -> None:
    document = {
        "@context": shop.CONTEXT,
        "id": f"{farm.base}{path}",
        "type": "OrderedCollectionPage",
        "orderedItems": list(items),
    }
    farm.peer.serve(path, document | ({"next": next_} if next_ else {}))


async def test_all_that_a_new_peer_has_is_read(friends: list[Node]) -> None:
    loaf, mill = friends
    await stock(mill, "Rye", "Spelt", "Oats", "Bran", "Semolina")
    await loaf.follow(mill)
    await settle(loaf, mill)
    assert await loaf.goods() == ["Bran", "Oats", "Rye", "Semolina", "Spelt"]
    assert [len(batch.items) for batch in loaf.shop.readings] == [2, 2, 1, 0]
    assert loaf.shop.readings[-1].complete


async def test_later_only_what_changed_is_read(friends: list[Node]) -> None:
    loaf, mill = friends
    await stock(mill, "Rye", "Spelt", "Oats")
    await loaf.follow(mill)
    await settle(loaf, mill)
    loaf.shop.readings.clear()

    await stock(mill, "Oats", gone=True)
    await stock(mill, "Bran")
    await loaf.write(request_sync, mill.coop, complete=False)
    await settle(loaf, mill)
    told = [(item.uri[-4:], item.tombstone) for b in loaf.shop.readings for item in b.items]
    assert told == [("oats", True), ("bran", False)]
    assert await loaf.goods() == ["Bran", "Rye", "Spelt"]


async def test_what_vanished_from_a_complete_catalogue_is_gone(
    friends: list[Node], clock: FixedClock
) -> None:
    loaf, mill = friends
    await stock(mill, "Rye", "Spelt")
    await loaf.follow(mill)
    await settle(loaf, mill)
    await mill.database.write(
        lambda uow: uow.execute(delete(shop.GOODS).where(shop.GOODS.c.name == "Rye"))
    )
    clock.advance(60)
    await loaf.write(request_sync, mill.coop, complete=True)
    await settle(loaf, mill)
    assert await loaf.goods() == ["Spelt"]


async def test_a_reading_that_was_cut_short_goes_on_where_it_was(
    friends: list[Node], clock: FixedClock
) -> None:
    loaf, mill = friends
    await stock(mill, "Rye", "Spelt", "Oats", "Bran")
    await loaf.follow(mill)
    pages = 0
    fetch = loaf.federation.catalogues._documents.fetch_document

    async def dying(url: str) -> Any:
        nonlocal pages
        pages += "since=" in url
        if pages == 2:
            raise asyncio.CancelledError
        return await fetch(url)

    loaf.federation.catalogues._documents.fetch_document = dying  # type: ignore[method-assign]
    with pytest.raises(asyncio.CancelledError):
        await loaf.federation.sync_due()
    assert await loaf.goods() == ["Rye", "Spelt"]

    clock.advance(FederationSettings().sync_lease)
    mill.requests.clear()
    await settle(loaf, mill)
    assert await loaf.goods() == ["Bran", "Oats", "Rye", "Spelt"]
    first = f"{mill.coop}/catalogue?since="
    assert first not in {str(request.url) for request in mill.requests}


async def test_a_peer_that_lost_our_place_is_read_again_from_the_start(friends: list[Node]) -> None:
    loaf, mill = friends
    await stock(mill, "Rye")
    await loaf.follow(mill)
    await settle(loaf, mill)
    lost = f"{mill.coop}/catalogue?since=bm90IG91cnM%3D"
    await loaf.database.write(lambda uow: uow.execute(update(SyncState).values(cursor=lost)))
    await stock(mill, "Spelt")
    await loaf.write(request_sync, mill.coop, complete=False)
    await settle(loaf, mill)
    assert await loaf.goods() == ["Rye", "Spelt"]


async def test_private_goods_are_in_the_catalogue_for_peers_only(friends: list[Node]) -> None:
    loaf, mill = friends
    await stock(mill, "Rye")
    await stock(mill, "Barley", private=True)
    await loaf.follow(mill)
    await settle(loaf, mill)
    assert await loaf.goods() == ["Rye"]
    await mill.follow(loaf)
    await loaf.write(request_sync, mill.coop, complete=True)
    await settle(loaf, mill)
    assert await loaf.goods() == ["Barley", "Rye"]


async def test_a_peer_that_was_away_is_read_when_it_is_back(
    friends: list[Node], clock: FixedClock
) -> None:
    loaf, mill = friends
    await loaf.follow(mill)
    await settle(loaf, mill)
    await mill.go_away()
    await stock(mill, "Rye")  # its own delivery of this was lost with its database, say
    for number in range(5):
        await loaf.announce("Create", str(number), "Bread")
    await loaf.federation.settle()
    await mill.come_back()
    clock.advance(timedelta(minutes=16))
    await settle(loaf, mill)
    assert "Rye" in await loaf.goods()


async def test_a_catalogue_is_looked_at_again_after_a_week_of_silence(
    friends: list[Node], clock: FixedClock
) -> None:
    loaf, mill = friends
    await loaf.follow(mill)
    await settle(loaf, mill)
    await stock(mill, "Rye")
    await settle(loaf, mill)
    assert await loaf.goods() == []
    clock.advance(timedelta(days=8))
    await settle(loaf, mill)
    assert await loaf.goods() == ["Rye"]


async def test_an_item_of_somebody_else_is_left_out(
    loaf: Node, farm: Foreigner, eve: Foreigner
) -> None:
    own = f"{farm.base}/goods"
    signed = prove(shop.good(f"{own}/2", farm.coop, "Signed"), farm.signer, "2027-01-05T09:00:00Z")
    catalogue(
        farm,
        shop.good(f"{own}/1", farm.coop, "Plain"),
        signed,
        signed | {"id": f"{own}/3", "name": "Altered"},
        shop.good(f"{eve.base}/goods/1", eve.coop, "Elsewhere"),
        shop.good(f"{own}/4", eve.coop, "Owned by another"),
        prove(shop.good(f"{own}/5", farm.coop, "By another"), eve.signer, "2027-01-05T09:00:00Z"),
    )
    await loaf.follow(farm)
    await loaf.federation.settle()
    assert await loaf.goods() == ["Plain", "Signed"]
    assert (await state(loaf, farm.coop)).finished_at is not None


@pytest.mark.parametrize("next_page", [PAGE, "/coop/catalogue"])
async def test_a_catalogue_that_goes_in_a_circle_is_left(
    next_page: str, loaf: Node, farm: Foreigner
) -> None:
    item = shop.good(f"{farm.base}/goods/1", farm.coop, "Rye")
    catalogue(farm, item, next_=f"{farm.base}{PAGE}2")
    page(farm, f"{PAGE}2", next_=f"{farm.base}{next_page}")
    await loaf.follow(farm)
    await loaf.federation.settle()
    assert await loaf.goods() == ["Rye"]
    if next_page == PAGE:
        assert "circle" in str((await state(loaf, farm.coop)).last_error)


async def test_a_page_on_another_host_is_not_read(
    loaf: Node, farm: Foreigner, eve: Foreigner
) -> None:
    catalogue(farm, next_=f"{eve.base}/page")
    await loaf.follow(farm)
    await loaf.federation.settle()
    assert eve.peer.paths == []
    assert "another host" in str((await state(loaf, farm.coop)).last_error)


async def test_the_catalogue_of_a_suspended_peer_is_not_read(
    loaf: Node, farm: Foreigner, clock: FixedClock
) -> None:
    catalogue(farm)
    await loaf.follow(farm)
    farm.peer.requests.clear()
    await loaf.write(relations.change, farm.coop, suspended_at=clock.now())
    await loaf.write(request_sync, farm.coop, complete=True)
    await loaf.federation.settle()
    assert farm.peer.paths == []
