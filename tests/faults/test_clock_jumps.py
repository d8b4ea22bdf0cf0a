"""A clock that is a year off for an hour, and goes right again: what it planned waits no year, and
what was to happen happens once (F13)."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, text, update

from federation.storage import UnitOfWork, UtcDateTime, metadata
from federation.storage.pauses import bring_back
from tests.faults import judge
from tests.faults.trade import Market, MarketOpener
from tests.support.simulation import SimulatedCoop, said_how_it_is_run_again

_A_YEAR = timedelta(days=365)
_SAYS_WHEN_NEXT = ("next_", "due_at", "look_at", "probe_at", "leased_until")
_PLANNED = [
    column
    for table in metadata.sorted_tables
    for column in table.columns
    if "planned" in column.info
]
_ARE_DEADLINES = {
    "timer.due_at",  # each kind says for itself how far ahead it can be
    "application.due_at",  # told to the applicant
    "webhook_attempt.next_attempt_at",  # a log
}


def test_each_column_that_says_when_something_is_next_done_says_how_far_ahead_that_is_at_most() -> (
    None
):
    unsaid = {
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, UtcDateTime)
        and column.name.startswith(_SAYS_WHEN_NEXT)
        and "planned" not in column.info
    }
    assert unsaid == _ARE_DEADLINES


@pytest.mark.parametrize(
    "off",
    [timedelta(days=20), _A_YEAR, -_A_YEAR],
    ids=["ahead", "beyond the day of giving up", "behind"],
)
async def test_what_was_tried_under_a_wrong_clock_goes_out_when_the_clock_is_right(
    off: timedelta, open_market: MarketOpener
) -> None:
    market = await open_market(0)
    one, *others = market.world.coops
    with said_how_it_is_run_again(market.world, "what_was_tried_under_a_wrong_clock"):
        market.world.network.part([one.name], [coop.name for coop in others])
        await market.publish(one)
        await market.publish(one)
        market.world.puts_clock(one, off)
        for _time in range(6):
            await market.wait(minutes=10)
        one.clock.is_set()
        market.world.network.part()
        assert await _goes_out_within(market, one, minutes=20)


async def test_what_happened_while_a_clock_was_a_year_behind_happened_once(
    open_market: MarketOpener,
) -> None:
    market = await open_market(1)
    with said_how_it_is_run_again(market.world, "while_a_clock_was_a_year_behind"):
        await market.trade(20)
        coop = market.chance.choice(market.world.coops)
        for off in (-_A_YEAR, timedelta(0)):
            market.world.puts_clock(coop, off)
            await market.wait(minutes=17)
            await market.trade(20)
        await market.clears_up()
        assert await judge.faults(market) == []


async def _goes_out_within(market: Market, coop: SimulatedCoop, *, minutes: int) -> bool:
    undelivered = text("SELECT count(*) FROM delivery WHERE state != 'delivered'")
    for _minute in range(minutes):
        await market.wait(minutes=1)
        async with coop.node.reading() as reader:
            if not await reader.scalar(undelivered):
                return True
    return False


async def test_whatever_is_planned_for_next_year_is_brought_back(open_market: MarketOpener) -> None:
    """Of the rows that there are after some trade."""
    market = await open_market(0)
    await market.trade(15)
    coop = market.world.coops[0]
    far = coop.clock.now() + _A_YEAR

    async def plan(uow: UnitOfWork) -> None:
        await uow.execute(text("UPDATE delivery SET state = 'pending'"))
        for column in _PLANNED:
            await uow.execute(update(column.table).values({column.name: far}))

    await coop.node.write(plan)
    assert await _furthest(coop) == far
    await coop.node.write(bring_back)
    assert await _furthest(coop) <= coop.clock.now() + timedelta(minutes=5)


async def _furthest(coop: SimulatedCoop) -> datetime:
    async with coop.node.reading() as reader:
        found = [await reader.scalar(select(func.max(column))) for column in _PLANNED]
    return max(moment for moment in found if moment is not None)
