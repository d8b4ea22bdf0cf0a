"""Trade in a world where things go wrong: nothing is lost, nothing is doubled, both sides agree.

Each fault is one function; the seed decides how many coops there are, who does what, and in which
order all of it happens. A run that fails says what to type to run it again.
"""

import os
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from node import doctor
from node.doctor import inside
from tests.faults import judge
from tests.faults.trade import Market, MarketOpener
from tests.support.network import CALM, DEAF, FLOOD, STORM, Letter
from tests.support.simulation import said_how_it_is_run_again


async def storm(market: Market) -> None:
    """Messages are lost, late, doubled, and their answers lost (F11, F12)."""
    market.world.network.weather = STORM
    await market.trade()
    await market.wait(minutes=12)
    await market.trade(10)


async def flood(market: Market) -> None:
    """Half of all comes in another order, within three days; much of it ten times (F11)."""
    market.world.network.weather = FLOOD
    await market.trade(25)
    for _time in range(4):
        await market.wait(hours=9)
        await market.trade(5)
    market.world.network.weather = STORM
    for _time in range(4):
        await market.wait(hours=20)


async def nobody_hears_the_answer(market: Market) -> None:
    """Three of ten answers are lost after the other side has committed (F12)."""
    market.world.network.weather = DEAF
    await market.trade()
    await market.wait(minutes=12)
    await market.trade(10)


async def parted(market: Market) -> None:
    """One coop is cut off for two days, and trade goes on at both ends (F14)."""
    alone = market.chance.choice(market.names)
    await market.trade(20)
    market.world.network.part([alone], [name for name in market.names if name != alone])
    await market.trade(20)
    await market.wait(minutes=30)
    await market.trade(5)
    await market.wait(hours=48)


async def one_way(market: Market) -> None:
    """One reaches another, and is not reached by it, while they pass people on (F15)."""
    one, other = market.chance.sample(market.names, 2)
    await market.trade(10)
    market.world.network.cut(other, one)
    for _time in range(3):
        await market.tries(market.refer, market.coop(one))
        await market.trade(8)
        await market.wait(hours=9)
    await _is_told_of(market, timedelta(days=1))


async def _is_told_of(market: Market, longest: timedelta) -> None:
    """Where something waits for longer, people are told: nothing is stuck unseen."""
    for coop in market.world.coops:
        stuck = [since for _uri, since in await judge.waiting(coop)]
        now, figures = market.world.clock.now(), await doctor.figures(coop.node)
        told = inside.deliveries(coop.config, figures.waiting, figures.oldest, figures.now)
        if stuck and now - min(stuck) > longest:
            assert told.state == "failed", coop.name


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
        market.world.puts_clock(coop, timedelta(minutes=market.chance.randrange(-20, 21)))
        await market.trade(10)
        await market.wait(minutes=11)


async def clocks_are_far_off(market: Market) -> None:
    """One a day behind, one a day ahead, one that jumps by hours, one that drifts by a tenth; then
    they are set, and what was to be tried tomorrow is tried (F13)."""
    slow, fast, other = market.chance.sample(market.world.coops, 3)
    market.world.puts_clock(slow, timedelta(days=-1))
    market.world.puts_clock(fast, timedelta(days=1))
    for hours in (1, 0, -1):
        market.world.puts_clock(other, timedelta(hours=hours))
        await market.trade(8)
        await market.wait(minutes=11)
    slow.clock.is_set()
    fast.clock.is_set()
    drift = market.chance.choice((-0.1, 0.1))
    market.world.puts_clock(other, timedelta(0), drift=drift)
    for _time in range(3):
        await market.trade(5)
        await market.wait(hours=9)
    other.clock.is_set()
    for _time in range(2):  # what a fast clock signed is from the future until then
        await market.wait(hours=13)


async def away_for_a_week(market: Market) -> None:
    """Nobody answers there for seven days; all of it follows within an hour (F09)."""
    await _away(market, days=7)


async def away_for_a_month(market: Market) -> None:
    """Nobody answers there for 32 days; what was not given up follows within an hour (F09)."""
    await _away(market, days=32)


async def _away(market: Market, days: int) -> None:
    alone = market.chance.choice(market.names)
    await market.trade(20)
    market.world.network.part([alone], [name for name in market.names if name != alone])
    await market.trade(15)
    for _time in range(4):
        await market.wait(days=days / 4)
    market.world.network.part()
    for _quarter in range(4):
        await market.wait(minutes=15)
    assert not any([await judge.waiting(coop) for coop in market.world.coops])
    for _time in range(5):  # what came too late is refused three times, hours apart
        await market.wait(hours=13)


async def ill_mannered(market: Market) -> None:
    """One answers everything with nonsense, one hangs, one fails at one thing alone (F10)."""
    nonsense, hanging, failing = market.chance.sample(market.names, 3)
    market.world.network.manners = {
        nonsense: lambda _letter: "nonsense",
        hanging: lambda _letter: "hangs" if market.chance.randrange(2) else None,
        failing: _fails_at_one_thing(),
    }
    await market.trade(30)
    await market.wait(minutes=11)
    await market.trade(10)
    await market.wait(hours=3)


def _fails_at_one_thing() -> Callable[[Letter], str | None]:
    """What the first letter is about fails, every time it comes."""
    first: list[bytes] = []

    def manner(letter: Letter) -> str | None:
        number = letter.body.partition(b"/activities/")[2][:26]
        first[:] = first or [number]
        return "fails" if [number] == first else None

    return manner


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


async def forgotten(market: Market) -> None:
    """People take back that they were passed on, and members leave, while all of it is on its way;
    then a backup is restored that knows them still (F24)."""
    market.forgets = True
    market.world.network.weather = STORM
    coop = market.chance.choice(market.world.coops)
    for _time in range(3):
        await market.tries(market.join, coop)
        await market.tries(market.refer, coop)
        await market.trade(8)
    await market.wait(minutes=12)
    put_back = await market.burn(coop)
    await market.tries(market.take_consent_back, coop)
    await market.tries(market.leave, coop)
    await market.some(6)
    await market.trade(8)
    await coop.node.run_due()
    await put_back()
    await market.wait(minutes=1)
    await market.trade(8)
    market.world.network.weather = CALM
    for _time in range(2):  # what few had heard of it is read from its catalogue once a week
        await market.wait(days=4)


Fault = Callable[[Market], Awaitable[None]]
EXERCISES: dict[Fault, set[str]] = {
    storm: {"lost", "late", "twice", "unanswered"},
    flood: {"late", "came-late", "twice"},
    nobody_hears_the_answer: {"unanswered"},
    parted: {"away"},
    one_way: {"one-way"},
    crashes: {"crashed"},
    clocks_are_wrong: {"clock"},
    clocks_are_far_off: {"clock", "drift"},
    away_for_a_week: {"away"},
    away_for_a_month: {"away"},
    ill_mannered: {"nonsense", "hangs", "fails"},
    restored: {"restored"},
    forgotten: {"restored", "forgotten"},
}
FAULTS = tuple(EXERCISES)
IN_EVERY_RUN = [
    *zip(FAULTS, range(len(FAULTS)), strict=True),
    (storm, 24),
    (flood, 15),
    (crashes, 19),
    (restored, 21),
]
SEEDS = [int(each) for each in os.environ.get("ROCHDALE_SEEDS", "").split()] or range(100, 300)


def _name(value: object) -> str:
    return getattr(value, "__name__", f"seed{value}")


async def check(fault: Fault, market: Market) -> None:
    with said_how_it_is_run_again(market.world, f"trade and {fault.__name__}"):
        await fault(market)
        await market.clears_up()
        assert await judge.faults(market) == []


@pytest.mark.parametrize(("fault", "seed"), IN_EVERY_RUN, ids=_name)
async def test_trade_comes_out_the_same_on_both_sides(
    fault: Fault, seed: int, open_market: MarketOpener
) -> None:
    market = await open_market(seed)
    await check(fault, market)
    assert EXERCISES[fault] <= market.world.network.tried.keys()


@pytest.mark.soak
@pytest.mark.parametrize("fault", FAULTS, ids=_name)
@pytest.mark.parametrize("seed", SEEDS, ids=_name)
async def test_trade_comes_out_the_same_whatever_the_order(
    fault: Fault, seed: int, open_market: MarketOpener
) -> None:
    await check(fault, await open_market(seed))
