"""Free times and stock between coops: told with the listing, asked of its node."""

from datetime import date, timedelta

import aiohttp
import pytest

from federation.errors import FederationError
from node import listings
from node.errors import NotFound
from node.listings import Availability, Kind, Visibility, Way
from protocol.media_types import LD_JSON_AS2
from tests.node.listings.availability.test_rules import every_day
from tests.stories.market import offer
from tests.support.town import Coop, Town

DAY = date(2027, 1, 6)


async def say(coop: Coop, listing_id: str, said: Availability) -> None:
    await coop.write(listings.set_availability, listing_id, said, by=None)


async def mirror_of(coop: Coop, uri: str):
    return await coop.read(listings.mirror, uri)


async def ask(coop: Coop, uri: str, first: date = DAY, last: date = DAY) -> list[int]:
    mirror = await mirror_of(coop, uri)
    told = await coop.node.neighbours.free_times(mirror, first, last)
    return [one.start.hour for one in told.times]


@pytest.mark.parametrize("visibility", [Visibility.PUBLIC, Visibility.FEDERATION])
async def test_a_neighbour_learns_what_is_free(two: Town, visibility: Visibility) -> None:
    lanehead, portici = two.coops
    listing = await offer(lanehead, "Clean", visibility)
    await say(lanehead, listing.id, every_day("09:00-12:00", zone="Europe/London"))
    await two.settle()
    assert await ask(portici, listing.uri) == [9, 10, 11]


async def test_a_neighbour_learns_which_lengths_there_are(two: Town) -> None:
    lanehead, portici = two.coops
    listing = await offer(lanehead, "Massage")
    await say(lanehead, listing.id, every_day("09:00-10:30", slot=30, lengths=(30, 90)))
    await two.settle()
    mirror = await mirror_of(portici, listing.uri)
    told = await portici.node.neighbours.free_times(mirror, DAY, DAY)
    spans = [(one.start.strftime("%H%M"), one.end.strftime("%H%M")) for one in told.times]
    assert spans == [("0900", "0930"), ("0900", "1030"), ("0930", "1000"), ("1000", "1030")]


async def test_an_answer_is_remembered_for_a_few_minutes(two: Town) -> None:
    lanehead, portici = two.coops
    listing = await offer(lanehead, "Clean")
    await say(lanehead, listing.id, every_day("09:00-12:00"))
    await two.settle()
    assert await ask(portici, listing.uri) == [9, 10, 11]
    [free, *_more] = await lanehead.read(listings.free_times, listing.id, DAY, DAY)
    await lanehead.write(listings.hold, listing.id, ref="a", start=free.start, end=free.end)
    assert await ask(portici, listing.uri) == [9, 10, 11]
    two.clock.advance(timedelta(minutes=3))
    assert await ask(portici, listing.uri) == [10, 11]


async def test_a_neighbour_that_is_away_cannot_be_asked(two: Town) -> None:
    lanehead, portici = two.coops
    listing = await offer(lanehead, "Clean")
    await say(lanehead, listing.id, every_day("09:00-12:00"))
    await two.settle()
    await lanehead.go_away()
    with pytest.raises(FederationError):
        await ask(portici, listing.uri)


async def test_a_listing_that_says_nothing_has_no_free_times_to_ask_for(two: Town) -> None:
    lanehead, portici = two.coops
    listing = await offer(lanehead, "Clean")
    await two.settle()
    with pytest.raises(NotFound):
        await ask(portici, listing.uri)


@pytest.mark.parametrize(
    ("visibility", "path", "status"),
    [
        (Visibility.PUBLIC, "2027-01-06/2027-01-06", 200),
        (Visibility.FEDERATION, "2027-01-06/2027-01-06", 401),
        (Visibility.MEMBER, "2027-01-06/2027-01-06", 404),
        (Visibility.PUBLIC, "2027-01-06/2027-13-06", 404),
        (Visibility.PUBLIC, "2027-01-06/2027-01-05", 404),
        (Visibility.PUBLIC, "2027-01-06/2029-01-06", 404),
        (Visibility.PUBLIC, "0001-01-01/0001-01-02", 404),
        (Visibility.PUBLIC, "9999-12-30/9999-12-31", 404),
    ],
)
async def test_free_times_are_for_whom_the_listing_is(
    found_town, visibility: Visibility, path: str, status: int
) -> None:
    town = await found_town(1)
    [lanehead] = town.coops
    listing = await offer(lanehead, "Clean", visibility)
    await say(lanehead, listing.id, every_day("09:00-12:00"))
    port = lanehead.address.rpartition(":")[2]
    headers = {"Host": lanehead.node.config.authority, "Accept": LD_JSON_AS2}
    async with aiohttp.ClientSession() as session:
        url = f"http://127.0.0.1:{port}/listings/{listing.id}/free/{path}"
        async with session.get(url, headers=headers) as answer:
            assert answer.status == status


async def test_stock_travels_and_many_orders_are_one_message(two: Town) -> None:
    lanehead, portici = two.coops
    listing = await offer(lanehead, "Bread", kind=Kind.GOODS)
    await say(lanehead, listing.id, Availability(Way.STOCK, stock=10))
    await two.settle()
    assert (await mirror_of(portici, listing.uri)).stock == 10
    for number in range(4):
        await lanehead.write(listings.take_stock, listing.id, 2, f"order {number}")
    assert [await lanehead.write(listings.tell_stock) for _time in range(2)] == [1, 0]
    await two.settle()
    assert (await mirror_of(portici, listing.uri)).stock == 2


async def test_what_is_sold_out_says_so_to_neighbours_and_comes_back(two: Town) -> None:
    lanehead, portici = two.coops
    listing = await offer(lanehead, "Bread", kind=Kind.GOODS)
    await say(lanehead, listing.id, Availability(Way.STOCK, stock=1))
    await lanehead.write(listings.take_stock, listing.id, 1, "order")
    await lanehead.write(listings.tell_stock)
    await two.settle()
    assert not (await mirror_of(portici, listing.uri)).available
    await lanehead.write(listings.return_stock, "order")
    await lanehead.write(listings.tell_stock)
    await two.settle()
    mirror = await mirror_of(portici, listing.uri)
    assert (mirror.available, mirror.stock) == (True, 1)
