"""Votes of three coops in a world where things go wrong: one result on all nodes, or none.

What is tried on five coops stands in `test_council`. A run that fails says what to type to run it
again.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from node.council import State
from tests.faults.parliament import DECIDED, THREE, Parliament, VoteBeginner
from tests.faults.test_council import SEEDS
from tests.support.network import FLOOD, STORM
from tests.support.simulation import said_how_it_is_run_again

HOST = "camara"
OTHERS = tuple(name for name in THREE if name != HOST)


async def storm(three: Parliament) -> None:
    """Messages are lost, late, doubled, and their answers lost (F11, F12)."""
    three.world.network.weather = STORM
    await three.vote_in_disorder()
    await three.wait(minutes=12)
    await three.is_counted()
    assert await three.agree() is not None


async def flood(three: Parliament) -> None:
    """Half of all comes in another order, up to three days late; much of it ten times (F11)."""
    three.world.network.weather = FLOOD
    await three.vote_in_disorder()
    for _time in range(3):
        await three.wait(hours=9)
    await three.is_counted()
    for _time in range(3):
        await three.wait(hours=25)
    await three.agree()


async def clocks_jump_at_the_close(three: Parliament) -> None:
    """One by an hour ahead and one by an hour back, the host's perhaps, as voting ends; they are
    put right a while later (F13). All ballots were in: they count, everywhere."""
    await three.vote_in_disorder()
    ahead, back = three.chance.sample(three.world.coops, 2)
    await three.closes_in(minutes=three.chance.randrange(1, 50))
    three.world.puts_clock(ahead, timedelta(hours=1))
    await three.wait(minutes=2)
    three.world.puts_clock(back, timedelta(hours=-1))
    await three.closes_in()
    await three.wait(minutes=11)
    ahead.clock.is_set()
    back.clock.is_set()
    await three.wait(minutes=61)
    await three.is_counted()
    await three.all_counted()


async def parted_for_two_days(three: Parliament) -> None:
    """One is alone from a day before the close until a day after it (F14). What it cast, and had
    no receipt for, counts everywhere or nowhere."""
    alone = three.chance.choice(OTHERS)
    together = [name for name in THREE if name != alone]
    await three.vote_in_disorder(together)
    await three.closes_in(hours=24)
    three.world.network.part([alone], together)
    await three.vote(alone, "yes")
    await three.closes_in()
    await three.wait(minutes=11)
    assert not {(await three.row(alone)).state} & set(DECIDED)
    await three.wait(hours=24)
    await three.is_counted()
    result = await three.agree()
    states = await three.states()
    assert len(states) == 1 or State.FINALISING in states
    if result is not None:
        assert {each["coop"] for each in result["counted"]} >= {
            three.coops[n].uri for n in together
        }


Fault = Callable[[Parliament], Awaitable[None]]
EXERCISES: dict[Fault, set[str]] = {
    storm: {"lost", "late", "twice", "unanswered"},
    clocks_jump_at_the_close: {"clock"},
    parted_for_two_days: {"away"},
    flood: {"late", "came-late", "twice"},
}
FAULTS = tuple(EXERCISES)
IN_EVERY_RUN = [(storm, 1), (clocks_jump_at_the_close, 2), (parted_for_two_days, 3)]


def _name(value: object) -> str:
    return getattr(value, "__name__", f"seed{value}")


async def check(fault: Fault, three: Parliament) -> None:
    with said_how_it_is_run_again(three.world, f"votes and {fault.__name__}"):
        await fault(three)


@pytest.mark.parametrize(("fault", "seed"), IN_EVERY_RUN, ids=_name)
async def test_three_count_as_one(fault: Fault, seed: int, begin_vote: VoteBeginner) -> None:
    three = await begin_vote(seed, THREE)
    await check(fault, three)
    assert EXERCISES[fault] <= three.world.network.tried.keys()


@pytest.mark.soak
@pytest.mark.parametrize("fault", FAULTS, ids=_name)
@pytest.mark.parametrize("seed", SEEDS, ids=_name)
async def test_three_count_as_one_whatever_the_order(
    fault: Fault, seed: int, begin_vote: VoteBeginner
) -> None:
    await check(fault, await begin_vote(seed, THREE))
