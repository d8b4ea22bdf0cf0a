"""A council in which coops say something before they have heard each other: the host's log puts it
in one order, and every coop ends with the same, also the one whose word came too late."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from node import council
from node.council.rows import store
from tests.stories.council import Council
from tests.stories.several_steps import both

pytestmark = pytest.mark.long

Step = Callable[[Council], Awaitable[object]]


async def puts_to_vote(story: Council) -> None:
    await story.submitted("portici")


async def notice_is_given(story: Council) -> None:
    await story.announced("portici")


async def vote_is_open(story: Council) -> None:
    await story.opened()


async def nothing_yet(_story: Council) -> None:
    """Three coops, one delegate each."""


async def freezes(story: Council) -> None:
    row = await story.row("portici")
    await story.coops["portici"].write(council.freeze, row.id, by="rosa")


async def withdraws(story: Council) -> None:
    row = await story.row("portici")
    await story.coops["portici"].write(council.withdraw, row.id, by="rosa")


async def amends(story: Council) -> None:
    row = await story.row("pioneer")
    rival = council.Amended("Four", "Nobody takes more than four per cent.")
    await story.coops["pioneer"].write(council.amend, row.id, rival, by="rosa")


async def makes_the_roll(story: Council) -> None:
    """The host's clock reaches the hour first."""
    story.town.clock.advance(timedelta(hours=76, minutes=1))
    await story.host.node.run_due()


def leaves(name: str) -> Step:
    async def left(story: Council) -> None:
        await story.coops[name].write(council.leave, await story.id_at(name), by="operator")

    return left


def votes(name: str) -> Step:
    async def voted(story: Council) -> None:
        await story.vote(name, "yes")

    return voted


def names_another(name: str) -> Step:
    async def named(story: Council) -> None:
        await story.name_delegate(name)

    return named


async def asks_to_keep(story: Council) -> None:
    of = await story.id_at(story._host)
    await story.host.write(council.hand_over, of, story.coops["pioneer"].uri, by="operator")


async def is_asked_to_keep(story: Council) -> None:
    await asks_to_keep(story)
    await story.settle()


async def keeps_it(story: Council) -> None:
    of = await story.id_at("pioneer")
    await story.coops["pioneer"].write(council.accept_handover, of, by="operator")


CROSSED = [
    (puts_to_vote, freezes, amends),
    (puts_to_vote, withdraws, amends),
    (notice_is_given, withdraws, makes_the_roll),
    (notice_is_given, withdraws, leaves("pioneer")),
    (notice_is_given, leaves("portici"), makes_the_roll),
    (vote_is_open, leaves("portici"), votes("pioneer")),
    (vote_is_open, both(votes("pioneer"), leaves("pioneer")), votes("portici")),
    (vote_is_open, both(votes("pioneer"), names_another("pioneer")), votes("portici")),
    (is_asked_to_keep, keeps_it, leaves("portici")),
    (is_asked_to_keep, both(keeps_it, leaves("pioneer")), names_another("portici")),
    (is_asked_to_keep, both(leaves("pioneer"), keeps_it), names_another("portici")),
    (nothing_yet, asks_to_keep, leaves("pioneer")),
]


@pytest.mark.parametrize("turned", [False, pytest.param(True, marks=pytest.mark.soak)])
@pytest.mark.parametrize(("before", "one", "other"), CROSSED)
async def test_what_several_say_at_once_ends_alike(found_town, before, one, other, turned):
    story = await Council(await found_town(3), "lanehead").found()
    await before(story)
    await one(story)
    await other(story)
    if turned:
        story.town.coops.reverse()
    await story.settle()
    for _day in range(9):
        await story.wait(days=1)
    known = [await told(story, name) for name in story.coops]
    members = [each for each in known if each[0] == "active"]
    assert len({each[1:] for each in members}) == 1, known
    _state, host, _size, _root, belong, _rows = members[0]
    assert host in belong


async def told(story: Council, name: str) -> tuple[object, ...]:
    coop = story.coops[name]
    [view] = await coop.read(council.federations)
    known = await coop.read(store.federation, view.id)
    record = await coop.read(store.record, known)
    rows = [row.state.value for row in await coop.read(council.proposals)]
    root = record.root_at(known.size)
    return known.state, known.host, known.size, root, tuple(record.members), tuple(rows)
