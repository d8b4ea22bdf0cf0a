"""Times and pieces are taken once, also when a hundred people want the last one together."""

import asyncio
from collections.abc import Awaitable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from node import listings
from node.errors import Closed, Conflict, InvalidInput, NotFound
from node.listings import Availability, HoldState, Kind, ListingView, Way
from tests.node.listings.availability.test_rules import every_day
from tests.node.listings.conftest import ACCOUNT, Coop

pytestmark = [pytest.mark.usefixtures("sqlite_in_threads"), pytest.mark.long]

MONDAY = date(2027, 1, 11)
HOUR = timedelta(hours=1)
RACERS = 100


def at(hour: float, day: date = MONDAY) -> datetime:
    return datetime.combine(day, datetime.min.time(), UTC) + hour * HOUR


async def offered(coop: Coop, said: Availability | None, kind: Kind = Kind.SERVICE) -> ListingView:
    view = await coop.create("Two-hour home clean", kind=kind)
    await coop.write(lambda uow: listings.set_availability(uow, view.id, said, by=ACCOUNT))
    return view


async def hold(coop: Coop, view: ListingView, ref: str, start: float, end: float, **more: Any):
    return await coop.write(
        lambda uow: listings.hold(uow, view.id, ref=ref, start=at(start), end=at(end), **more)
    )


async def free_hours(coop: Coop, view: ListingView) -> list[int]:
    found = await coop.ask(lambda reader: listings.free_times(reader, view.id, MONDAY, MONDAY))
    return [one.start.hour for one in found]


async def take(coop: Coop, view: ListingView, quantity: int, ref: str) -> int | None:
    return await coop.write(lambda uow: listings.take_stock(uow, view.id, quantity, ref))


async def outcomes(tries: list[Awaitable[Any]]) -> tuple[int, list[str]]:
    """How many were let have it, and what all others were told."""
    ended = await asyncio.gather(*tries, return_exceptions=True)
    lost = [one for one in ended if isinstance(one, BaseException)]
    assert all(isinstance(one, Conflict) for one in lost), lost
    return len(ended) - len(lost), sorted({one.code for one in lost})  # type: ignore[union-attr]


async def test_a_time_that_is_held_is_not_free(coop: Coop) -> None:
    view = await offered(coop, every_day("09:00-12:00"))
    held = await hold(coop, view, "a", 10, 11)
    assert held.state is HoldState.HELD
    assert await free_hours(coop, view) == [9, 11]
    with pytest.raises(Conflict) as refusal:
        await hold(coop, view, "b", 10, 11)
    assert refusal.value.code == "taken"


async def test_holding_the_same_again_changes_nothing(coop: Coop) -> None:
    view = await offered(coop, every_day("09:00-12:00"))
    first = await hold(coop, view, "a", 10, 11)
    assert await hold(coop, view, "a", 10, 11) == first
    with pytest.raises(Conflict) as refusal:
        await hold(coop, view, "a", 9, 10)
    assert refusal.value.code == "ref-in-use"


async def test_a_hold_whose_time_ran_out_gives_way(coop: Coop) -> None:
    view = await offered(coop, every_day("09:00-12:00"))
    await hold(coop, view, "a", 10, 11, until=coop.clock.now() + HOUR)
    coop.clock.advance(HOUR)
    await hold(coop, view, "b", 10, 11)
    with pytest.raises(Closed):
        await coop.write(lambda uow: listings.keep(uow, "a"))


async def test_a_kept_time_stays_taken(coop: Coop) -> None:
    view = await offered(coop, every_day("09:00-12:00"))
    await hold(coop, view, "a", 10, 11, until=coop.clock.now() + HOUR)
    kept = await coop.write(lambda uow: listings.keep(uow, "a"))
    assert kept == await coop.write(lambda uow: listings.keep(uow, "a"))
    coop.clock.advance(2 * HOUR)
    assert await free_hours(coop, view) == [9, 11]


async def test_what_is_released_is_free_and_cannot_be_kept(coop: Coop) -> None:
    view = await offered(coop, every_day("09:00-12:00"))
    await hold(coop, view, "a", 10, 11)
    for _time in range(2):
        await coop.write(lambda uow: listings.release(uow, "a"))
    assert await free_hours(coop, view) == [9, 10, 11]
    with pytest.raises(Conflict):
        await coop.write(lambda uow: listings.keep(uow, "a"))
    assert (await hold(coop, view, "a", 9, 10)).state is HoldState.HELD
    assert await free_hours(coop, view) == [10, 11]


async def test_moving_is_both_or_neither(coop: Coop) -> None:
    view = await offered(coop, every_day("09:00-13:00", most=2))
    await hold(coop, view, "a", 9, 11)
    await hold(coop, view, "b", 12, 13)
    with pytest.raises(Conflict):
        await coop.write(lambda uow: listings.move(uow, "a", at(11), at(13)))
    assert await free_hours(coop, view) == [11]
    # Into a time that it holds in part itself.
    await coop.write(lambda uow: listings.move(uow, "a", at(10), at(12)))
    assert await free_hours(coop, view) == [9]


async def test_nothing_is_held_of_what_is_not_offered(coop: Coop) -> None:
    view = await offered(coop, every_day("09:00-12:00"))
    for start, end in [(8, 9), (9.5, 10.5), (9, 11)]:
        with pytest.raises(Conflict) as refusal:
            await hold(coop, view, "a", start, end)
        assert refusal.value.code == "not-offered"
    with pytest.raises(InvalidInput):
        await hold(coop, view, "a", 10, 10)
    with pytest.raises(InvalidInput):
        await hold(coop, view, "a", 10, 11, quantity=0)
    with pytest.raises(NotFound):
        await coop.write(lambda uow: listings.keep(uow, "a"))


async def test_a_listing_that_says_nothing_can_always_be_held(coop: Coop) -> None:
    view = await offered(coop, None)
    for ref in "ab":
        await hold(coop, view, ref, 3, 4.5)


async def test_a_team_can_be_in_as_many_places_as_it_has_people(coop: Coop) -> None:
    view = await offered(coop, every_day("09:00-10:00", capacity=3))
    await hold(coop, view, "a", 9, 10, quantity=2)
    await hold(coop, view, "b", 9, 10)
    with pytest.raises(Conflict):
        await hold(coop, view, "c", 9, 10)


async def test_stock_is_taken_and_given_back_once(coop: Coop) -> None:
    view = await offered(coop, Availability(Way.STOCK, stock=5), Kind.GOODS)
    assert [await take(coop, view, 3, "a"), await take(coop, view, 3, "a")] == [2, 2]
    with pytest.raises(Conflict) as refusal:
        await take(coop, view, 3, "b")
    assert refusal.value.code == "sold-out"
    with pytest.raises(Conflict):
        await take(coop, view, 1, "a")
    for _time in range(2):
        await coop.write(lambda uow: listings.return_stock(uow, "a"))
    said = await coop.ask(lambda reader: listings.availability_of(reader, view.id))
    assert said.stock == 5
    assert await take(coop, view, 4, "a") == 1


async def test_of_what_is_unlimited_there_is_always_enough(coop: Coop) -> None:
    view = await offered(coop, Availability(Way.STOCK), Kind.GOODS)
    assert await take(coop, view, 1_000, "a") is None


async def test_a_listing_of_another_kind_forgets_what_it_said(coop: Coop) -> None:
    view = await offered(coop, every_day("09:00-12:00"))
    draft = listings.draft_of(view)
    await coop.edit(view, listings.ListingDraft(draft.title, kind=Kind.GOODS))
    assert await coop.ask(lambda reader: listings.availability_of(reader, view.id)) is None


@pytest.mark.parametrize("capacity", [1, 3])
async def test_of_a_hundred_who_want_the_last_time_one_gets_it(
    coop_on_each: Coop, capacity: int
) -> None:
    coop = coop_on_each
    view = await offered(coop, every_day("09:00-12:00", capacity=capacity, before=20))
    for number in range(capacity - 1):
        await hold(coop, view, f"before-{number}", 10, 11)
    tries = [hold(coop, view, f"r{number}", 10, 11) for number in range(RACERS)]
    assert await outcomes(tries) == (1, ["taken"])


async def test_of_a_hundred_with_times_that_only_overlap_one_gets_it(coop_on_each: Coop) -> None:
    coop = coop_on_each
    view = await offered(coop, every_day("00:00-24:00", slot=10, most=30))
    spans = [(10 - number % 10 / 6, 11 + number // 10 / 6) for number in range(RACERS)]
    tries = [hold(coop, view, f"r{number}", *span) for number, span in enumerate(spans)]
    assert await outcomes(tries) == (1, ["taken"])


async def test_of_a_hundred_who_choose_how_long_only_those_who_are_apart_get_it(
    coop_on_each: Coop,
) -> None:
    coop = coop_on_each
    view = await offered(coop, every_day("09:00-12:00", slot=30, lengths=(30, 60, 90)))
    free = await coop.ask(lambda reader: listings.free_times(reader, view.id, MONDAY, MONDAY))
    spans = [free[number % len(free)] for number in range(RACERS)]
    tries = [
        coop.write(
            lambda uow, n=n, one=one: listings.hold(
                uow, view.id, ref=f"r{n}", start=one.start, end=one.end
            )
        )
        for n, one in enumerate(spans)
    ]
    ended = await asyncio.gather(*tries, return_exceptions=True)
    had = sorted((one.start, one.end) for one in ended if not isinstance(one, BaseException))
    lost = {one.code for one in ended if isinstance(one, Conflict)}
    assert (len(had) >= 2, lost) == (True, {"taken"})
    assert all(one[1] <= two[0] for one, two in pairwise(had))
    left = await coop.ask(lambda reader: listings.free_times(reader, view.id, MONDAY, MONDAY))
    assert all(end <= one.start or one.end <= start for start, end in had for one in left)


async def test_of_a_hundred_who_move_to_one_time_one_gets_there(coop_on_each: Coop) -> None:
    coop = coop_on_each
    view = await offered(coop, every_day("00:00-24:00", slot=10))
    for number in range(RACERS):
        await hold(coop, view, f"r{number}", number / 6, (number + 1) / 6)

    def move(ref: str) -> Awaitable[Any]:
        return coop.write(lambda uow: listings.move(uow, ref, at(20), at(20 + 1 / 6)))

    assert await outcomes([move(f"r{number}") for number in range(RACERS)]) == (1, ["taken"])
    assert len(await free_hours(coop, view)) == 144 - RACERS


async def test_of_a_hundred_who_want_the_last_piece_one_gets_it(coop_on_each: Coop) -> None:
    coop = coop_on_each
    view = await offered(coop, Availability(Way.STOCK, stock=1), Kind.GOODS)
    tries = [take(coop, view, 1, f"r{number}") for number in range(RACERS)]
    assert await outcomes(tries) == (1, ["sold-out"])


async def test_the_same_order_sent_a_hundred_times_takes_one_piece(coop_on_each: Coop) -> None:
    coop = coop_on_each
    view = await offered(coop, Availability(Way.STOCK, stock=7), Kind.GOODS)
    tries = [take(coop, view, 1, "one order") for _number in range(RACERS)]
    assert await outcomes(tries) == (RACERS, [])
    assert await take(coop, view, 6, "the rest") == 0


async def test_a_keep_and_another_hold_do_not_both_have_the_time(coop_on_each: Coop) -> None:
    """Taking and giving back at once, in all orders: nobody is left with more than there is."""
    coop = coop_on_each
    view = await offered(coop, every_day("09:00-10:00"))
    await hold(coop, view, "first", 9, 10)

    async def give_back() -> None:
        await coop.write(lambda uow: listings.release(uow, "first"))

    async def try_(ref: str) -> None:
        await hold(coop, view, ref, 9, 10)

    tries = [try_(f"r{number}") for number in range(20)]
    tries[10:10] = [give_back()]
    done, _told = await outcomes(tries)
    assert done in (1, 2)  # the giving back, and at most one who came after it
    assert await free_hours(coop, view) == ([9] if done == 1 else [])
