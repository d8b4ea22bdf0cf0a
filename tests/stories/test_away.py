"""A coop that was away, on hold, or lost everything has in the end what it would have had."""

import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta

from sqlalchemy import func, select

from federation.models import Delivery, DeliveryState
from node import peers
from node.listings.models import mirror_table
from node.peers import PeerState
from node.runtime import open_node
from tests.stories.market import change, found, offer, seen_by, step
from tests.support.entropy import SeededEntropy

A_PROBE = timedelta(minutes=16)
A_WEEK = timedelta(days=7)


async def two_in_touch(town):
    lanehead, portici, _pioneer = town.coops
    await town.introduce(lanehead, portici)
    return lanehead, portici


async def test_a_coop_that_was_away_catches_up_and_gets_nothing_twice(town):
    lanehead, portici = await two_in_touch(town)
    old = await offer(lanehead, "Home clean")
    going = await offer(lanehead, "Ironing")
    assert await seen_by(town, portici) == [["Home clean", "Ironing"]]

    await portici.go_away()
    for number in range(8):
        await offer(lanehead, f"New {number}")
    await change(lanehead, old, title="Home and garden")
    await step(lanehead, going, "retire")
    await town.settle()
    assert await found(portici) == ["Home clean", "Ironing"]
    assert (await lanehead.view_of(portici)).state is PeerState.AWAY

    await portici.come_back()
    await some_probes_later(town, lanehead, portici)
    assert await found(portici) == ["Home and garden", *(f"New {number}" for number in range(8))]
    assert (await lanehead.view_of(portici)).state is PeerState.IN_TOUCH
    assert await undelivered(lanehead) == 0
    assert await mirrors(portici) == 10


async def test_a_coop_away_for_a_day_is_knocked_at_now_and_then_only(town):
    lanehead, portici = await two_in_touch(town)
    await portici.go_away()
    for number in range(20):
        await offer(lanehead, f"New {number}")
    await town.settle()
    tries_at_first = await tries(lanehead)
    for _ in range(24):
        town.clock.advance(timedelta(hours=1))
        await lanehead.node.federation.settle()
    assert await tries(lanehead) - tries_at_first <= 24 * 4


async def test_what_a_coop_missed_for_ever_is_read_from_the_catalogue(town):
    """Longer away than messages are kept: they are given up, the listings are not lost."""
    lanehead, portici = await two_in_touch(town)
    await portici.go_away()
    for number in range(6):
        await offer(lanehead, f"New {number}")
    for _ in range(7):
        town.clock.advance(A_WEEK)
        await lanehead.node.federation.settle()
    assert await undelivered(lanehead) == 0

    await portici.come_back()
    await town.settle()
    town.clock.advance(A_WEEK)
    assert await seen_by(town, portici) == [[f"New {number}" for number in range(6)]]


async def test_a_coop_on_hold_sees_nothing_new_and_catches_up_after(town):
    lanehead, portici = await two_in_touch(town)
    old = await offer(lanehead, "Home clean")
    theirs = await offer(portici, "Room with a view")
    assert await seen_by(town, portici, lanehead) == [["Home clean"], ["Room with a view"]]

    await lanehead.write(peers.suspend, portici.uri, "unanswered invoices")
    await offer(lanehead, "Ironing")
    await change(lanehead, old, title="Home and garden")
    await change(portici, theirs, title="Room with two views")
    town.clock.advance(A_PROBE)
    assert await seen_by(town, portici) == [["Home clean"]]
    assert await found(lanehead) == []

    await lanehead.write(peers.resume, portici.uri)
    await some_probes_later(town, lanehead, portici)
    assert await found(portici) == ["Home and garden", "Ironing"]
    assert await found(lanehead) == ["Room with two views"]


async def test_a_node_that_lost_its_database_is_told_everything_again(town, migrated_file):
    lanehead, portici = await two_in_touch(town)
    await offer(lanehead, "Home clean")
    await offer(portici, "Room with a view")
    assert await seen_by(town, portici, lanehead) == [["Home clean"], ["Room with a view"]]

    async with loss_of(portici, migrated_file):
        town.clock.advance(timedelta(days=2))
        assert await seen_by(town, portici) == [[]]
        await peers.ask(portici.node.federation, lanehead.address)
        await town.settle()
        assert (await portici.view_of(lanehead)).state is PeerState.IN_TOUCH
        assert (await lanehead.view_of(portici)).state is PeerState.IN_TOUCH
        assert await found(portici) == ["Home clean"]

        await offer(lanehead, "Ironing")
        await offer(portici, "Room with two views")
        assert await seen_by(town, portici) == [["Home clean", "Ironing"]]
        assert "Room with two views" in await found(lanehead)


@asynccontextmanager
async def loss_of(coop, migrated_file) -> AsyncGenerator[None]:
    """The coop's database is gone; its keys and settings are there."""
    lost = coop.node
    await coop.go_away()
    await lost.stop()
    await lost.database.close()
    path = lost.config.data / migrated_file.name
    for rest in lost.config.data.glob(f"{path.name}*"):
        rest.unlink()
    shutil.copy(migrated_file, path)
    clock, entropy = lost.clock, SeededEntropy(99)
    async with open_node(lost.config, clock=clock, entropy=entropy) as coop.node:
        await coop.come_back()
        yield
        await coop.go_away()


async def some_probes_later(town, *coops) -> None:
    """Long enough for whoever was away to be found at home, and to read what it missed."""
    for _ in range(3):
        town.clock.advance(A_PROBE)
        await town.settle()


async def undelivered(coop) -> int:
    done = (DeliveryState.DELIVERED, DeliveryState.DEAD)
    return await ask(coop, select(func.count()).where(Delivery.state.not_in(done)))


async def tries(coop) -> int:
    return await ask(coop, select(func.coalesce(func.sum(Delivery.attempts), 0)))


async def mirrors(coop) -> int:
    """How many copies of others' listings a coop keeps, taken down ones too."""
    return await ask(coop, select(func.count()).select_from(mirror_table))


async def ask(coop, query) -> int:
    return await coop.read(lambda reader: reader.scalar(query))
