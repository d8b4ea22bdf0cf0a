"""Being in touch, while both coops say something before either has heard the other: whichever
message comes first, what one thinks of the other is what the other thinks of it."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from node import peers
from node.peers import PeerState
from node.peers.commands import ask_actor
from tests.support.town import Coop, Town

Step = Callable[[Coop, Coop], Awaitable[object]]


async def asks(us: Coop, them: Coop) -> None:
    await us.write(ask_actor, them.uri)


async def accepts(us: Coop, them: Coop) -> None:
    await us.write(peers.accept, them.uri)


async def declines(us: Coop, them: Coop) -> None:
    await us.write(peers.decline, them.uri)


async def leaves(us: Coop, them: Coop) -> None:
    await us.write(peers.leave, them.uri)


async def pauses(us: Coop, them: Coop) -> None:
    await us.write(peers.suspend, them.uri, "a quarrel")


async def resumes(us: Coop, them: Coop) -> None:
    await us.write(peers.resume, them.uri)


async def strangers(town: Town) -> None:
    lanehead, portici = town.coops
    for one, other in ((lanehead, portici), (portici, lanehead)):
        await one.node.federation.actors.actor(other.uri)


async def asking(town: Town) -> None:
    lanehead, portici = town.coops
    await peers.ask(lanehead.node.federation, portici.address)
    await town.settle()


async def in_touch(town: Town) -> None:
    await town.introduce(*town.coops)


ASKED, BY_US = PeerState.ASKED_BY_THEM, PeerState.ASKED_BY_US
TOUCH, NO = PeerState.IN_TOUCH, PeerState.REFUSED

CROSSED = [
    (strangers, asks, asks, (TOUCH, TOUCH)),
    (asking, leaves, accepts, (ASKED, BY_US)),
    (asking, leaves, declines, (None, None)),
    (asking, asks, accepts, (TOUCH, TOUCH)),
    (asking, asks, declines, (NO, None)),
    (in_touch, leaves, leaves, (None, None)),
    (in_touch, asks, leaves, (BY_US, ASKED)),
    (in_touch, asks, asks, (TOUCH, TOUCH)),
    (in_touch, pauses, pauses, (PeerState.SUSPENDED, PeerState.SUSPENDED)),
]


@pytest.mark.parametrize("first", ["lanehead", "portici"])
@pytest.mark.parametrize(("before", "ours", "theirs", "end"), CROSSED)
async def test_what_both_say_at_once_ends_alike(found_town, first, before, ours, theirs, end):
    town = await found_town(2)
    lanehead, portici = town.coops
    await before(town)
    await ours(lanehead, portici)
    await theirs(portici, lanehead)
    if first == "portici":
        town.coops.reverse()
    await town.settle()
    assert await seen(lanehead, portici) == end


async def test_who_leaves_while_the_other_has_it_on_hold_is_heard_when_the_hold_ends(found_town):
    town = await found_town(2)
    lanehead, portici = town.coops
    await in_touch(town)
    await leaves(lanehead, portici)
    await pauses(portici, lanehead)
    await hours_pass(town)
    assert await seen(lanehead, portici) == (None, PeerState.SUSPENDED)
    await resumes(portici, lanehead)
    await hours_pass(town)
    assert await seen(lanehead, portici) == (None, NO)
    await asks(portici, lanehead)
    await hours_pass(town)
    assert await seen(lanehead, portici) == (ASKED, BY_US)


async def test_who_left_while_the_other_was_away_for_long_is_heard_when_it_speaks(found_town):
    town = await found_town(2)
    lanehead, portici = town.coops
    await in_touch(town)
    await portici.go_away()
    await leaves(lanehead, portici)
    for _day in range(33):
        await town.settle()
        town.clock.advance(timedelta(days=1))
    await portici.come_back()
    await hours_pass(town)
    assert await seen(lanehead, portici) == (None, TOUCH)
    await pauses(portici, lanehead)
    await resumes(portici, lanehead)
    await hours_pass(town)
    assert await seen(lanehead, portici) == (None, NO)


async def hours_pass(town: Town) -> None:
    for _hour in range(6):
        await town.settle()
        town.clock.advance(timedelta(hours=1))
    await town.settle()


async def seen(one: Coop, other: Coop) -> tuple[PeerState | None, PeerState | None]:
    views = await one.view_of(other), await other.view_of(one)
    found = [view.state if view and view.state is not PeerState.NONE else None for view in views]
    return found[0], found[1]
