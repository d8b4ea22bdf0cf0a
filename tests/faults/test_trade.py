"""Trade in a world where things go wrong: nothing is lost, nothing is doubled, both sides agree.

Each fault is one function; the seed decides who does what, and in which order all of it happens. A
run that fails is run again with `ROCHDALE_SEEDS=17 make soak ARGS="-k 'trade and storm'"`.
"""

import os
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from tests.faults.trade import COOPS, Market, MarketOpener
from tests.support.network import STORM


async def storm(market: Market) -> None:
    """Messages are lost, late, doubled, and their answers lost (F11, F12)."""
    market.world.network.weather = STORM
    await market.trade()
    await market.wait(minutes=12)
    await market.trade(10)


async def parted(market: Market) -> None:
    """One coop is cut off for a while, and trade goes on at both ends (F14, F15)."""
    alone = market.chance.choice(COOPS)
    await market.trade(20)
    market.world.network.part([alone], [name for name in COOPS if name != alone])
    await market.trade(20)
    await market.wait(minutes=30)


async def crashes(market: Market) -> None:
    """Nodes are gone from one message to the next, and come back (F01, F02)."""
    market.world.network.weather = STORM
    for _time in range(4):
        await market.trade(10)
        coop = market.chance.choice(market.world.up)
        await coop.crash()
        await market.trade(5)
        await coop.start(market.world.seed)


async def clocks_are_wrong(market: Market) -> None:
    """By minutes in either direction, and they jump (F13)."""
    for _time in range(4):
        coop = market.chance.choice(market.world.coops)
        coop.clock.by = timedelta(minutes=market.chance.randrange(-20, 21))
        await market.trade(10)
        await market.wait(minutes=11)


async def away_for_a_month(market: Market) -> None:
    """Nobody answers there for 32 days; then all of it follows (F09)."""
    alone = market.chance.choice(COOPS)
    await market.trade(20)
    market.world.network.part([alone], [name for name in COOPS if name != alone])
    await market.trade(15)
    for _time in range(8):
        await market.wait(days=4)
    market.world.network.part()
    for _time in range(5):  # what came too late is refused three times, hours apart
        await market.wait(hours=13)


async def restored(market: Market) -> None:
    """One coop loses what it did for a while, and the others give it back (F16)."""
    coop = market.chance.choice(market.world.coops)
    await market.trade(20)
    await market.wait(minutes=1)
    put_back = await market.burn(coop)
    await market.wait(minutes=1)
    await market.trade(20)
    await market.wait(minutes=20)
    await put_back()
    await market.wait(minutes=1)
    await market.trade(10)


Fault = Callable[[Market], Awaitable[None]]
FAULTS: tuple[Fault, ...] = (storm, parted, crashes, clocks_are_wrong, away_for_a_month, restored)
IN_EVERY_RUN = [(storm, 0), pytest.param(restored, 1, marks=pytest.mark.long)]
SEEDS = [int(each) for each in os.environ.get("ROCHDALE_SEEDS", "").split()] or range(100, 300)


def _name(value: object) -> str:
    return getattr(value, "__name__", f"seed{value}")


async def check(fault: Fault, market: Market) -> None:
    await fault(market)
    await market.clears_up()
    assert await market.faults() == []


@pytest.mark.parametrize(("fault", "seed"), IN_EVERY_RUN, ids=_name)
async def test_trade_comes_out_the_same_on_both_sides(
    fault: Fault, seed: int, open_market: MarketOpener
) -> None:
    await check(fault, await open_market(seed))


@pytest.mark.soak
@pytest.mark.parametrize("seed", SEEDS, ids=_name)
@pytest.mark.parametrize("fault", FAULTS, ids=_name)
async def test_trade_comes_out_the_same_whatever_the_order(
    fault: Fault, seed: int, open_market: MarketOpener
) -> None:
    await check(fault, await open_market(seed))


@pytest.mark.soak
async def test_a_seed_is_the_same_trade_message_by_message(open_market: MarketOpener) -> None:
    runs = [await open_market(seed) for seed in (3, 3, 4)]
    for each in runs:
        await storm(each)
    first, second, other = [each.world.network.trace for each in runs]
    assert first == second
    assert first != other
