"""What coops show to some and keep from the host: passed on to it, so that nobody stops the log."""

import pytest

from node import council
from node.council import State
from tests.node.council.hall import Assembly, HallOpener
from tests.node.council.liars import vote_past_the_host


@pytest.fixture
async def five(assemble: HallOpener) -> Assembly:
    return await (await assemble(5)).found()


async def show(five: Assembly, name: str, *others: str) -> str:
    """A coop votes, and shows that to some others alone."""
    to = [five.coops[each].uri for each in others]
    about = ((await five.row(name)).id, "no", five.delegates[name], to)
    made: str = await five.coops[name].write(vote_past_the_host, *about)
    await five.settle()
    return made


async def standing(five: Assembly, name: str) -> dict[str, str]:
    found = await five.coops[name].read(council.ballots, (await five.row(name)).id)
    return {each.digest: each.standing for each in found}


async def test_ballots_that_the_host_was_never_shown_hold_no_vote_up(five):
    """Two coops saw the one in time and pass it on: it is late. Three saw the other: it counts. Two
    saw one whose mandate was replaced before the end: it is lost, and no fault of the host."""
    await five.opened()
    await five.votes({"camara": "yes", "lanehead": "yes"})
    late = await show(five, "portici", "pioneer", "mawimbi")
    timely = await show(five, "mawimbi", "lanehead", "portici", "pioneer")
    lost = await show(five, "pioneer", "portici", "mawimbi")
    await five.name_delegate("pioneer")
    await five.settle()
    await five.ended()
    assert {"close-lacks-ballots"} == set(await stopped(five)) - {None}
    await five.wait(minutes=1)
    await five.wait(hours=2)
    assert await five.states() == {State.IN_FORCE}
    assert set(await stopped(five)) == {None}
    for name in five.coops:
        found = await standing(five, name)
        assert (found[late], found[timely], lost in found) == ("late", "timely", False)
        assert await five.evidence(name) == []


async def stopped(five: Assembly) -> list[str | None]:
    """Why coops cosign nothing."""
    found = []
    for seat in five.coops.values():
        [view] = await seat.read(council.federations)
        found.append(view.stopped_because)
    return found
