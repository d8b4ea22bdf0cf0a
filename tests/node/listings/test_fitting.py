"""Needs and offers for each other, and the orders in which results can come."""

import sys
from datetime import timedelta

import pytest
from msgspec.structs import replace

from node import accounts, listings, notices
from node.accounts import AccountView, Role
from node.listings import ANYBODY, ListingDraft, ListingView
from tests.node.listings.conftest import Coop


async def fit(coop: Coop, view: ListingView) -> list[str]:
    hits = await coop.ask(lambda reader: listings.fitting(reader, view, ANYBODY, reader.now))
    return [hit.title for hit in hits]


async def tell_fitting(coop: Coop) -> None:
    found = await coop.ask(listings.look_for_fitting)
    await coop.write(lambda uow: listings.tell_fitting(uow, found))


async def test_needs_and_offers_find_each_other_on_both_databases(coop_on_each: Coop) -> None:
    coop = coop_on_each
    need = await coop.create("Somebody to paint our kitchen walls", kind="request")
    painter = await coop.create("Painting walls and ceilings", summary="We paint kitchens too")
    await coop.create("Kitchen knives sharpened")
    await coop.create("Bread for the street party")
    await coop.create("Walls to paint on", kind="request")
    assert await fit(coop, need) == ["Painting walls and ceilings"]
    assert await fit(coop, painter) == ["Walls to paint on", need.title]


async def test_little_words_tie_nothing_together(coop: Coop) -> None:
    need = await coop.create("Who can fix a roof for us?", kind="request")
    await coop.create("Bread for all of us")
    assert await fit(coop, need) == []


async def test_words_that_go_on_find_each_other_behind_those_that_are_the_same(
    coop_on_each: Coop,
) -> None:
    coop = coop_on_each
    need = await coop.create("Somebody to sharpen", kind="request")
    past = await coop.create("My scythe sharpened", kind="request")
    await coop.create("We sharpen")
    await coop.create("Knives sharpened")
    await coop.create("Bread")
    assert await fit(coop, need) == ["We sharpen", "Knives sharpened"]
    assert await fit(coop, past) == ["Knives sharpened", "We sharpen"]


async def test_what_others_say_in_their_texts_keeps_nothing_out_that_fits(
    coop_on_each: Coop, monkeypatch: pytest.MonkeyPatch
) -> None:
    coop = coop_on_each
    monkeypatch.setattr(sys.modules["node.listings.fitting"], "CAP", 3)
    need = await coop.create("My scythes sharpened", kind="request")
    await coop.create("We sharpen a scythe")
    for number in range(3):
        await coop.create(f"Thing {number}", summary="Of use", body="A scythe sharpened")
    assert await fit(coop, need) == ["We sharpen a scythe"]


async def test_words_that_begin_alike_and_go_on_for_long_say_something_else(coop: Coop) -> None:
    need = await coop.create("A room for my mother there", kind="request")
    await coop.create("Motherboards mended by a therapist")
    assert await fit(coop, need) == []


async def test_a_word_that_goes_on_counts_for_less(coop: Coop) -> None:
    need = await coop.create("A table and benches", kind="request")
    await coop.create("Tablet mended")
    await coop.create("Benches")
    assert await fit(coop, need) == ["Benches"]


async def test_what_fits_lies_around(coop: Coop) -> None:
    leeds, porto = {"lat": 53.8, "lon": -1.55}, {"lat": 41.15, "lon": -8.61}
    need = await coop.create("Bicycle repair", kind="request", **leeds)
    await coop.create("Bicycle repairs, any bicycle", **porto)
    await coop.create("Bicycle workshop: repair it together", **leeds)
    assert await fit(coop, need) == ["Bicycle workshop: repair it together"]


async def test_results_come_nearest_or_newest_first_if_one_asks_for_it(coop: Coop) -> None:
    leeds = (53.8, -1.55)
    await coop.create("Bread", lat=53.83, lon=-1.55)
    coop.clock.advance(timedelta(days=20))
    await coop.create("Bread and rolls of every kind", lat=53.81, lon=-1.55)
    await coop.create("Ovens", body="for bread", lat=54.4, lon=-1.55)
    fit_first = await coop.titles("bread", near=leeds)
    assert fit_first == ["Bread", "Bread and rolls of every kind", "Ovens"]
    assert await coop.titles("bread", near=leeds, order="nearest") == [
        "Bread and rolls of every kind",
        "Bread",
        "Ovens",
    ]
    newest = ["Ovens", "Bread and rolls of every kind", "Bread"]
    assert await coop.titles("bread", near=leeds, order="newest") == newest
    first = await coop.search("bread", order="newest", limit=2)
    rest = await coop.titles("bread", order="newest", limit=2, cursor=first.next)
    assert [hit.title for hit in first.hits] + rest == newest


async def test_who_needs_something_hears_once_of_each_that_may_fit(coop_on_each: Coop) -> None:
    coop = coop_on_each

    async def account(handle: str) -> AccountView:
        made: AccountView = await coop.write(
            lambda uow: accounts.create_account(
                uow, handle=handle, name=handle, roles={Role.MEMBER}
            )
        )
        return made

    async def create(by: AccountView, title: str, kind: str) -> ListingView:
        made: ListingView = await coop.write(
            lambda uow: listings.create(uow, ListingDraft(title, kind=kind), by=by.id, publish=True)
        )
        return made

    async def an_hour_later(who: AccountView) -> list[str]:
        coop.clock.advance(timedelta(hours=1))
        await tell_fitting(coop)
        found = await coop.ask(lambda reader: notices.notices(reader, who))
        await coop.write(lambda uow: notices.forget_account(uow, who.id))
        return [str(one.text) for one in found]

    rosa, sam = await account("rosa"), await account("sam")
    await create(sam, "Kitchen walls painted", "service")
    need = await create(rosa, "Paint our kitchen walls", "request")
    await create(rosa, "I paint kitchen walls", "service")
    assert await an_hour_later(rosa) == []
    painter = await create(sam, "We paint kitchen walls", "service")
    await create(sam, "Bread", "goods")
    await tell_fitting(coop)
    assert await coop.ask(lambda reader: notices.notices(reader, rosa)) == []
    said = "“We paint kitchen walls” may fit “Paint our kitchen walls”. See what else does."
    assert await an_hour_later(rosa) == [said]
    draft = replace(listings.draft_of(painter), summary="With care")
    await coop.write(
        lambda uow: listings.edit(
            uow, painter.id, draft, by=sam.id, expected_version=painter.version
        )
    )
    assert await an_hour_later(rosa) == []
    assert await an_hour_later(sam) == []
    await coop.write(lambda uow: listings.watch(uow, [painter.id]))
    await create(rosa, "Paint the kitchen walls of my aunt", "request")
    assert len(await an_hour_later(sam)) == 1
    await coop.write(lambda uow: listings.change_state(uow, need.id, "pause", by=rosa.id))
    await create(sam, "Kitchen walls: I paint them", "service")
    await coop.write(lambda uow: listings.unwatch(uow, [painter.id]))
    assert all("aunt" in one for one in await an_hour_later(rosa))
    await coop.write(lambda uow: listings.change_state(uow, need.id, "resume", by=rosa.id))
    assert any(need.title in one for one in await an_hour_later(rosa))
    await coop.write(lambda uow: listings.change_state(uow, need.id, "retire", by=rosa.id))
    assert not await coop.ask(lambda reader: listings.is_watched(reader, need.id))


async def test_a_need_hears_within_the_hour_of_an_offer_that_has_one_word_of_it(
    coop_on_each: Coop,
) -> None:
    coop = coop_on_each
    rosa, sam = [
        await coop.write(
            lambda uow, one=one: accounts.create_account(
                uow, handle=one, name=one, roles={Role.MEMBER}
            )
        )
        for one in ("rosa", "sam")
    ]

    async def create(by: AccountView, title: str, kind: str) -> None:
        draft = ListingDraft(title, kind=kind, lat=53.74, lon=-2.01)
        await coop.write(lambda uow: listings.create(uow, draft, by=by.id, publish=True))

    for title in ("Bread", "Somebody to talk to", "Knives and tools to sharpen"):
        await create(sam, title, "service")
    await create(rosa, "Somebody to sharpen scythes", "request")
    coop.clock.advance(timedelta(minutes=5))
    await create(sam, "Scythes sharpened", "service")
    coop.clock.advance(timedelta(minutes=55))
    await tell_fitting(coop)
    [told] = await coop.ask(lambda reader: notices.notices(reader, rosa))
    assert "Scythes sharpened" in str(told.text)
    await create(sam, "We sharpen scythes", "service")
    coop.clock.advance(timedelta(hours=1))
    [found] = await coop.ask(listings.look_for_fitting)
    assert [hit.title for hit in found.hits] == ["We sharpen scythes"]
    await coop.write(lambda uow: listings.unwatch(uow, [found.view.id]))
    await coop.write(lambda uow: listings.tell_fitting(uow, [found]))
    assert await coop.ask(lambda reader: notices.notices(reader, rosa)) == []
