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
from tests.node.council.liars import sign_any_host
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
    await five.is_counted()
    assert await five.hosts() == {heir}
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
    assert await five.noted(HOST, "council.entries-dropped")


async def two_coops_would_follow(five: Parliament) -> None:
    """Both at once, and nobody has a quorum: asked again for the next epoch, one of them has it."""
    first, second = five.chance.sample(OTHERS, 2)
    await five.vote_in_disorder()
    await five.host.crash()
    await five.closes_in()
    await five.wait(hours=25)
    for name in (first, second):
        await five.take_over(name)
    await five.settle()
    if await five.hosts() == {HOST}:
        await five.take_over(first)
        await five.settle()
    assert len(await five.hosts() & {first, second}) == 1
    await five.is_counted()
    await five.all_counted()
    assert not any([await five.evidence(name) for name in OTHERS])


async def a_coop_signs_two_hosts_of_one_epoch(five: Parliament) -> None:
    """Its two signatures meet at the coops that it signed for, and prove it."""
    first, second, guilty = five.chance.sample(OTHERS, 3)
    await five.host.crash()
    await five.closes_in()
    await five.wait(hours=25)
    five.world.network.part(
        [first], [second], [name for name in OTHERS if name not in (first, second)]
    )
    for name in (first, second):
        await five.take_over(name)
    for name in (first, second):
        [mandate] = await five.mandates(name)
        await five.coops[guilty].write(sign_any_host, await five.id_at(guilty), mandate)
    await five.clears_up()
    await five.wait(hours=2)
    for name in OTHERS:
        assert ("E5", guilty) in await five.evidence(name), name


Course = Callable[[Parliament], Awaitable[None]]
COURSES: tuple[Course, ...] = (
    handed_over_in_mid_vote,
    the_old_host_returns,
    taken_over_from_a_host_that_never_comes_back,
    two_coops_would_follow,
    a_coop_signs_two_hosts_of_one_epoch,
)
IN_EVERY_RUN = (the_old_host_returns,)


def _name(value: object) -> str:
    return getattr(value, "__name__", f"seed{value}")


@pytest.mark.long
async def test_between_two_hosts_people_vote_on(begin_vote: VoteBeginner) -> None:
    """The log has ended, and nobody goes on with it yet: those who vote need not know."""
    five = await begin_vote(1)
    heir = OTHERS[0]
    await five.host.write(
        council.hand_over, await five.id_at(HOST), five.coops[heir].uri, by="operator"
    )
    await five.settle()
    five.world.network.part([HOST, heir], [name for name in OTHERS if name != heir])
    await five.coops[heir].write(council.accept_handover, await five.id_at(heir), by="operator")
    await five.settle()
    assert await five.hosts() == {HOST}
    await five.vote_in_disorder()
    await five.clears_up()
    await five.is_counted()
    assert await five.hosts() == {heir}
    await five.all_counted()


@pytest.mark.soak
@pytest.mark.parametrize("course", IN_EVERY_RUN, ids=_name)
async def test_the_log_outlives_its_host(course: Course, begin_vote: VoteBeginner) -> None:
    await course(await begin_vote(1))


@pytest.mark.soak
@pytest.mark.parametrize("seed", SEEDS, ids=_name)
@pytest.mark.parametrize("course", COURSES, ids=_name)
async def test_the_log_outlives_its_host_whatever_the_order(
    course: Course, seed: int, begin_vote: VoteBeginner
) -> None:
    await course(await begin_vote(seed))
