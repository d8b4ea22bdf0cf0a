"""Needs and offers for each other, and the orders in which results can come."""

from datetime import timedelta

from node import listings
from node.listings import ANYBODY, ListingView
from tests.node.listings.conftest import Coop


async def fit(coop: Coop, view: ListingView) -> list[str]:
    hits = await coop.ask(lambda reader: listings.fitting(reader, view, ANYBODY, reader.now))
    return [hit.title for hit in hits]


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
