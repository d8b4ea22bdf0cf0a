"""The log outlives its host: handed over, taken over, and one history whatever the old host does.

As in `test_council`: one function for each course of events, and the seed draws their order.
"""

from collections.abc import Awaitable, Callable

import pytest

from node import council
from node.council import State
from node.errors import Conflict
from tests.faults.parliament import Parliament, VoteBeginner
from tests.faults.test_council import HOST, OTHERS, SEEDS
from tests.support.simulation import NAMES


async def handed_over_in_mid_vote(five: Parliament) -> None:
    """Ballots of before and after count; no ballot, no coop and no hour is lost."""
    heir = five.chance.choice(OTHERS)
    early = five.chance.sample(NAMES, 2)
    await five.vote_in_disorder(early)
    await five.host.write(
        council.hand_over, await five.id_at(HOST), five.coops[heir].uri, by="operator"
    )
    await five.settle()
    await five.coops[heir].write(council.accept_handover, await five.id_at(heir), by="operator")
    await five.vote_in_disorder([name for name in NAMES if name not in early])
    assert await five.hosts() == {heir}
    await five.is_counted()
    await five.all_counted()


async def taken_over_from_a_host_that_never_comes_back(five: Parliament) -> None:
    """It took ballots in, told nobody, and was gone before the close."""
    heir, last = five.chance.sample(OTHERS, 2)
    await five.vote_in_disorder([name for name in NAMES if name != last])
    await five.vote(last, "yes")
    await five.world.settle()
    await five.host.crash()
    with pytest.raises(Conflict):
        await five.take_over(heir)
    await five.closes_in()
    await five.wait(hours=25)
    await five.take_over(heir)
    await five.settle()
    assert await five.hosts() == {heir}
    await five.is_counted()
    await five.all_counted()


async def the_old_host_returns(five: Parliament) -> None:
    """It has closed the vote for itself alone; it follows, and drops what only it had."""
    heir = five.chance.choice(OTHERS)
    await five.vote_in_disorder()
    five.world.network.part([HOST], OTHERS)
    await five.closes_in()
    await five.wait(minutes=11)
    assert (await five.row(HOST)).state is State.FINALISING
    await five.wait(hours=25)
    await five.take_over(heir)
    await five.settle()
    assert await five.hosts(OTHERS) == {heir}
    await five.clears_up()
    assert await five.hosts() == {heir}
    await five.is_counted()
    await five.all_counted()
    assert not any([await five.evidence(name) for name in NAMES])


Course = Callable[[Parliament], Awaitable[None]]
COURSES: tuple[Course, ...] = (
    handed_over_in_mid_vote,
    taken_over_from_a_host_that_never_comes_back,
    the_old_host_returns,
)


def _name(value: object) -> str:
    return getattr(value, "__name__", f"seed{value}")


@pytest.mark.parametrize("course", COURSES, ids=_name)
async def test_the_log_outlives_its_host(course: Course, begin_vote: VoteBeginner) -> None:
    await course(await begin_vote(1))


@pytest.mark.soak
@pytest.mark.parametrize("seed", SEEDS, ids=_name)
@pytest.mark.parametrize("course", COURSES, ids=_name)
async def test_the_log_outlives_its_host_whatever_the_order(
    course: Course, seed: int, begin_vote: VoteBeginner
) -> None:
    await course(await begin_vote(seed))
