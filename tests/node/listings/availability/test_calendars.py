"""Other calendars that count for a listing, and secret addresses of our own."""

from collections.abc import Coroutine
from datetime import date, timedelta

import pytest
from aiohttp import web

from federation.errors import FederationError
from node import calendars, limits, listings
from node.calendars import CalendarUnreadable
from node.errors import Conflict, NotFound
from tests.node.calendars.test_calendars import calendar
from tests.node.listings.availability.test_rules import every_day
from tests.stories.market import offer
from tests.support.town import Coop

DAY = date(2027, 1, 6)
NINE = "DTSTART:20270106T090000Z DURATION:PT1H"
TEN = "DTSTART:20270106T100000Z DURATION:PT1H"
AGAIN = limits.CALENDAR_AGAIN_AFTER + timedelta(seconds=1)


@pytest.fixture
async def town(found_town):
    return await found_town(2)


@pytest.fixture
async def lanehead(town) -> Coop:
    coop: Coop = town.coops[0]
    return coop


async def offered(coop: Coop, capacity: int = 1) -> str:
    listing = await offer(coop, "Two-hour home clean")
    said = every_day("09:00-12:00", capacity=capacity)
    await coop.write(listings.set_availability, listing.id, said, by=None)
    return listing.id


async def add(coop: Coop, listing_id: str, *events: str, name: str = "Rosa") -> None:
    await listings.add_calendar_file(
        coop.node.database, listing_id, name, calendar(*events), by=None
    )


async def free(coop: Coop, listing_id: str) -> list[int]:
    found = await coop.read(listings.free_times, listing_id, DAY, DAY)
    return [one.start.hour for one in found]


async def feed_text(coop: Coop, secret: str) -> str:
    entries = await coop.read(listings.feed, secret)
    return calendars.written(entries, coop.node.clock.now()).decode()


async def test_when_another_calendar_is_busy_nothing_is_free(lanehead: Coop) -> None:
    listing_id = await offered(lanehead)
    await add(lanehead, listing_id, NINE)
    assert await free(lanehead, listing_id) == [10, 11]
    ten = (await lanehead.read(listings.free_times, listing_id, DAY, DAY))[0].start
    nine = ten - timedelta(hours=1)
    with pytest.raises(Conflict):
        await lanehead.write(listings.hold, listing_id, ref="a", start=nine, end=ten)


async def test_a_file_of_the_same_name_stands_for_the_one_before(lanehead: Coop) -> None:
    listing_id = await offered(lanehead)
    await add(lanehead, listing_id, NINE)
    await add(lanehead, listing_id, TEN)
    assert await free(lanehead, listing_id) == [9, 11]
    await add(lanehead, listing_id, NINE, name="Femi")
    assert await free(lanehead, listing_id) == [11]


async def test_each_calendar_takes_one_of_a_team(lanehead: Coop) -> None:
    listing_id = await offered(lanehead, capacity=2)
    await add(lanehead, listing_id, NINE, name="Rosa")
    assert await free(lanehead, listing_id) == [9, 10, 11]
    await add(lanehead, listing_id, NINE, name="Femi")
    assert await free(lanehead, listing_id) == [10, 11]


async def test_a_calendar_that_is_removed_counts_no_longer(lanehead: Coop) -> None:
    listing_id = await offered(lanehead)
    await add(lanehead, listing_id, NINE)
    [known] = await lanehead.read(listings.calendars_of, listing_id)
    await lanehead.write(listings.remove_calendar, listing_id, known.id, by=None)
    assert await free(lanehead, listing_id) == [9, 10, 11]
    with pytest.raises(NotFound):
        await lanehead.write(listings.remove_calendar, listing_id, known.id, by=None)


async def test_what_cannot_be_read_leaves_what_was_there(lanehead: Coop) -> None:
    listing_id = await offered(lanehead)
    await add(lanehead, listing_id, NINE)
    with pytest.raises(CalendarUnreadable):
        await listings.add_calendar_file(
            lanehead.node.database, listing_id, "Rosa", b"no calendar", by=None
        )
    assert await free(lanehead, listing_id) == [10, 11]


class CalendarSite:
    """Stands in for another coop's server: answers with what it is told to."""

    def __init__(self) -> None:
        self.body, self.status = b"", 200
        self.meanwhile: Coroutine[None, None, None] | None = None
        """What happens here while somebody asks."""

    async def answer(self, _request: web.Request) -> web.Response:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            await meanwhile
        return web.Response(body=self.body, status=self.status, content_type="text/calendar")


@pytest.fixture
async def site(town):
    """At the second coop's address, which the first may dial."""
    portici = town.coops[1]
    await portici.go_away()
    site = CalendarSite()
    app = web.Application()
    app.router.add_get("/{path:.*}", site.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", int(portici.address.rpartition(":")[2])).start()
    site.url = f"{portici.address}/private-7f3a/basic.ics?x=1"
    yield site
    await runner.cleanup()


async def subscribe(coop: Coop, listing_id: str, address: str) -> None:
    client = coop.node.federation.client
    await listings.add_calendar_address(
        coop.node.database, client, listing_id, "Rosa", address, by=None
    )


async def test_an_address_is_read_again_and_again(town, lanehead: Coop, site) -> None:
    listing_id = await offered(lanehead)
    site.body = calendar(NINE)
    await subscribe(lanehead, listing_id, site.url)
    assert await free(lanehead, listing_id) == [10, 11]
    site.body = calendar(TEN)
    await lanehead.node.read_calendars()
    assert await free(lanehead, listing_id) == [10, 11]
    town.clock.advance(AGAIN)
    await lanehead.node.read_calendars()
    assert await free(lanehead, listing_id) == [9, 11]


@pytest.mark.parametrize(("status", "body"), [(503, b""), (404, b""), (200, b"<html>")])
async def test_an_address_that_fails_is_told_and_what_was_read_stands(
    town, lanehead: Coop, site, status: int, body: bytes
) -> None:
    listing_id = await offered(lanehead)
    site.body = calendar(NINE)
    await subscribe(lanehead, listing_id, site.url)
    site.status, site.body = status, body
    town.clock.advance(AGAIN)
    await lanehead.node.read_calendars()
    assert await free(lanehead, listing_id) == [10, 11]
    [known] = await lanehead.read(listings.calendars_of, listing_id)
    assert known.fault
    assert "private-7f3a" not in known.fault


async def the_only(coop: Coop, listing_id: str) -> listings.CalendarView:
    [known] = await coop.read(listings.calendars_of, listing_id)
    return known


async def wait(town, coop: Coop, listing_id: str) -> float:
    """In how many hours its calendar is tried next; until then, and it is tried."""
    due = (await the_only(coop, listing_id)).next_read_at
    assert due is not None
    hours = (due - town.clock.now()) / timedelta(hours=1)
    town.clock.advance(due - town.clock.now() - timedelta(seconds=1))
    node = coop.node
    assert await listings.read_calendars_due(node.database, node.federation.client) == 0
    town.clock.advance(timedelta(seconds=1))
    assert await listings.read_calendars_due(node.database, node.federation.client) == 1
    return hours


async def test_one_that_fails_is_tried_twice_as_late_each_time_and_once_a_day_at_last(
    town, lanehead: Coop, site
) -> None:
    listing_id = await offered(lanehead)
    site.body = calendar(NINE)
    await subscribe(lanehead, listing_id, site.url)
    assert await wait(town, lanehead, listing_id) == 0.5
    site.status = 503
    waits = [await wait(town, lanehead, listing_id) for _ in range(9)]
    assert waits == [0.5, 1, 2, 4, 8, 16, 24, 24, 24]
    site.status = 200
    assert await wait(town, lanehead, listing_id) == 24
    assert await wait(town, lanehead, listing_id) == 0.5


async def test_one_that_is_read_by_hand_is_tried_at_once(town, lanehead: Coop, site) -> None:
    listing_id = await offered(lanehead)
    site.body = calendar(NINE)
    await subscribe(lanehead, listing_id, site.url)
    site.status = 503
    for _ in range(4):
        await wait(town, lanehead, listing_id)
    failed, node = await the_only(lanehead, listing_id), lanehead.node
    how = (node.database, node.federation.client, listing_id, failed.id)
    assert await listings.read_calendar(*how) == failed  # no later than before
    site.status, site.body = 200, calendar(TEN)
    read = await listings.read_calendar(*how)
    assert (read.read_at, read.fault) == (town.clock.now(), None)
    assert read.next_read_at == town.clock.now() + limits.CALENDAR_AGAIN_AFTER
    assert await free(lanehead, listing_id) == [9, 11]


async def test_nobody_reads_a_calendar_of_another_listing_by_hand(lanehead: Coop) -> None:
    mine, theirs = await offered(lanehead), await offered(lanehead)
    await add(lanehead, theirs, NINE)
    known, node = await the_only(lanehead, theirs), lanehead.node
    with pytest.raises(NotFound):
        await listings.read_calendar(node.database, node.federation.client, mine, known.id)


async def test_a_listing_that_says_nothing_of_its_times_any_more_holds_up_no_other(
    town, lanehead: Coop, site
) -> None:
    """The calendars of a whole coop were read no more once one member took their times back."""
    silent, listing_id = await offered(lanehead), await offered(lanehead)
    site.body = calendar(NINE)
    await subscribe(lanehead, silent, site.url)
    await subscribe(lanehead, listing_id, site.url)
    await lanehead.write(listings.set_availability, silent, None, by=None)
    site.body = calendar(TEN)
    town.clock.advance(AGAIN)
    await lanehead.node.read_calendars()
    assert await free(lanehead, listing_id) == [9, 11]


async def test_the_calendar_of_a_listing_that_was_taken_down_is_read_no_more(
    town, lanehead: Coop, site
) -> None:
    """Its secret address was asked each half hour for as long as the coop was there."""
    listing_id = await offered(lanehead)
    site.body = calendar(NINE)
    await subscribe(lanehead, listing_id, site.url)
    node, read = lanehead.node, []
    for event in ("pause", "retire", None):
        town.clock.advance(AGAIN)
        read.append(await listings.read_calendars_due(node.database, node.federation.client))
        if event:
            await lanehead.write(listings.change_state, listing_id, event, by=None)
    assert read == [1, 1, 0]


@pytest.mark.parametrize("status", [200, 503])
async def test_what_was_put_in_its_place_while_an_address_was_read_stands(
    town, lanehead: Coop, site, status: int
) -> None:
    listing_id = await offered(lanehead)
    site.body = calendar(NINE)
    await subscribe(lanehead, listing_id, site.url)
    town.clock.advance(AGAIN)
    site.status, site.meanwhile = status, add(lanehead, listing_id, TEN)
    await lanehead.node.read_calendars()
    assert await free(lanehead, listing_id) == [9, 11]
    [known] = await lanehead.read(listings.calendars_of, listing_id)
    assert (known.address, known.fault) == (None, None)
    town.clock.advance(AGAIN)
    await lanehead.node.read_calendars()
    assert await free(lanehead, listing_id) == [9, 11]


async def test_a_calendar_at_which_the_program_fails_holds_up_no_other(
    town, lanehead: Coop, site, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, listing_id = await offered(lanehead), await offered(lanehead)
    site.body = calendar(NINE)
    await subscribe(lanehead, broken, site.url + "&broken")
    await subscribe(lanehead, listing_id, site.url)
    site.body = calendar(TEN)
    town.clock.advance(AGAIN)
    client = lanehead.node.federation.client
    get = client.get

    async def get_or_fail(url: str, **how: object) -> object:
        if url.endswith("&broken"):
            raise RuntimeError
        return await get(url, **how)

    monkeypatch.setattr(client, "get", get_or_fail)
    with pytest.raises(RuntimeError):
        await lanehead.node.read_calendars()
    assert await free(lanehead, listing_id) == [9, 11]
    due = (await the_only(lanehead, broken)).next_read_at
    assert due == town.clock.now() + 2 * limits.CALENDAR_AGAIN_AFTER


async def test_an_address_that_cannot_be_read_is_not_taken(lanehead: Coop, site) -> None:
    listing_id = await offered(lanehead)
    site.body = b"x" * (limits.CALENDAR_BYTES + 1)
    for address in (site.url, "https://127.0.0.1/x.ics", "https://169.254.169.254/latest"):
        with pytest.raises(FederationError):
            await subscribe(lanehead, listing_id, address)
    assert await lanehead.read(listings.calendars_of, listing_id) == []


async def test_a_listings_feed_says_busy_and_nothing_else(lanehead: Coop) -> None:
    listing_id = await offered(lanehead)
    [nine, *_later] = await lanehead.read(listings.free_times, listing_id, DAY, DAY)
    await lanehead.write(
        listings.hold, listing_id, ref="agreement-of-mr-olatunji", start=nine.start, end=nine.end
    )
    made = await lanehead.write(listings.make_feed, by=None, listing_id=listing_id)
    text = await feed_text(lanehead, made.secret)
    assert "DTSTART:20270106T090000Z" in text
    assert "SUMMARY:Busy" in text
    assert "olatunji" not in text
    assert "clean" not in text


async def test_a_members_feed_names_their_listings_and_no_person(lanehead: Coop) -> None:
    listing_id = await offered(lanehead)
    [nine, *_later] = await lanehead.read(listings.free_times, listing_id, DAY, DAY)
    await lanehead.write(listings.hold, listing_id, ref="for-ada", start=nine.start, end=nine.end)
    of_all = await lanehead.write(listings.make_feed, by=None)
    of_another = await lanehead.write(listings.make_feed, by="somebody", account_id="somebody")
    text = await feed_text(lanehead, of_all.secret)
    assert "SUMMARY:Two-hour home clean" in text
    assert "for-ada" not in text
    assert "SUMMARY" not in await feed_text(lanehead, of_another.secret)


async def test_a_feed_that_was_ended_answers_nothing(lanehead: Coop) -> None:
    made = await lanehead.write(listings.make_feed, by="ada", account_id="ada")
    with pytest.raises(NotFound):
        await lanehead.write(listings.end_feed, made.view.id, by="somebody else")
    await lanehead.write(listings.end_feed, made.view.id, by="ada")
    assert await lanehead.read(listings.feed, made.secret) is None
