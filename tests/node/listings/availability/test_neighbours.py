"""Free times and stock between coops: told with the listing, asked of its node."""

import asyncio
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest

from federation.errors import FederationError
from node import limits, listings, obstacles
from node.errors import NotFound
from node.listings import Asker, Availability, Kind, Visibility, Way
from node.listings.availability.neighbours import Neighbours
from protocol.media_types import LD_JSON_AS2
from tests.node.listings.availability.test_rules import every_day
from tests.stories.market import offer
from tests.support.clock import FixedClock
from tests.support.town import Coop, Town

DAY = date(2027, 1, 6)


async def say(coop: Coop, listing_id: str, said: Availability) -> None:
    await coop.write(listings.set_availability, listing_id, said, by=None)


async def mirror_of(coop: Coop, uri: str):
    return await coop.read(listings.mirror, uri)


async def ask(
    coop: Coop, uri: str, first: date = DAY, last: date = DAY, by: Asker | None = None
) -> list[int]:
    mirror = await mirror_of(coop, uri)
    named = (by,) if by else ()
    told = await coop.node.neighbours.free_times(mirror, first, last, *named)
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


async def test_visitors_make_us_ask_a_neighbour_so_often_and_leave_enough_for_others(
    two: Town,
) -> None:
    """Each day of two years is another address: one visitor could have us ask for all of them."""
    lanehead, portici = two.coops
    listing = await offer(lanehead, "Clean")
    await say(lanehead, listing.id, every_day("09:00-12:00"))
    await two.settle()
    days = (DAY + timedelta(days=number) for number in range(200))
    said = list[str]()

    async def asked_by(name: str, *, account: bool = False) -> int:
        """How often they are answered before they are refused."""
        for answered in range(limits.FREE_TIMES_ASKED_A_MINUTE + 1):
            day = next(days)
            try:
                await ask(portici, listing.uri, day, day, Asker(name, account))
            except FederationError as refused:
                said.append(str(obstacles.of(refused)))
                return answered
        raise AssertionError("nobody is answered as often as that")

    one, all_others = limits.FREE_TIMES_OF_ONE_ASKER, limits.FREE_TIMES_ASKED_A_MINUTE
    assert [await asked_by(f"192.0.2.{number}") for number in range(4)] == [one] * 3 + [
        all_others - 3 * one
    ]
    assert await asked_by("rosa", account=True) == one
    two.clock.advance(timedelta(minutes=1))
    assert await asked_by("192.0.2.9") == one
    assert all(each.endswith("Ask again in a minute.") for each in said)


async def test_whoever_looks_at_the_same_time_makes_us_ask_once(
    two: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    lanehead, portici = two.coops
    listing = await offer(lanehead, "Clean")
    await say(lanehead, listing.id, every_day("09:00-12:00"))
    await two.settle()
    fetch, asked = portici.node.federation.remote_documents.fetch_normalised, list[str]()

    async def counted(uri: str) -> dict[str, Any]:
        asked.append(uri)
        return await fetch(uri)

    monkeypatch.setattr(portici.node.federation.remote_documents, "fetch_normalised", counted)
    found = await asyncio.gather(*(ask(portici, listing.uri) for _visitor in range(5)))
    assert (found, len(asked)) == ([[9, 10, 11]] * 5, 1)


async def test_a_neighbour_that_is_away_cannot_be_asked(two: Town) -> None:
    lanehead, portici = two.coops
    listing = await offer(lanehead, "Clean")
    await say(lanehead, listing.id, every_day("09:00-12:00"))
    await two.settle()
    await lanehead.go_away()
    with pytest.raises(FederationError):
        await ask(portici, listing.uri)


@pytest.mark.parametrize(
    ("begins", "ends"),
    [
        ("0001-01-01T00:00:00Z", "0001-01-02T00:00:00Z"),
        ("9999-12-30T00:00:00Z", "9999-12-31T23:59:59Z"),
        ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"),
    ],
)
async def test_what_is_free_at_the_ends_of_the_calendar_is_not_among_the_days_asked_for(
    begins: str, ends: str, clock: FixedClock
) -> None:
    listing = "https://mill.example/listings/1"
    items = [
        {"type": "Intent", "hasBeginning": begin, "hasEnd": end}
        for begin, end in ((begins, ends), ("2027-01-06T09:00:00Z", "2027-01-06T10:00:00Z"))
    ]
    told = {"type": "OrderedCollection", "id": f"{listing}/free", "context": listing}

    class Told:
        async def fetch_normalised(self, _uri: str) -> dict[str, Any]:
            return told | {"orderedItems": items}

    mirror: Any = SimpleNamespace(uri=listing, free_times=f"{listing}/free")
    asked: Any = Told()
    found = await Neighbours(asked, clock).free_times(mirror, DAY, DAY)
    assert [one.start.hour for one in found.times] == [9]


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
