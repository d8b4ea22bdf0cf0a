"""A coop goes on from yesterday's backup: it reads what its neighbours have before it speaks."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from federation.errors import Silent
from federation.models import Delivery
from federation.outbox import UNDELIVERED
from node import audit, backups, limits, listings
from node.runtime import open_node
from tests.stories.market import found, offer
from tests.support.entropy import SeededEntropy

A_DAY = timedelta(days=1)
ON_ITS_WAY = {"Room on its way": "published"}


@pytest.fixture
async def backed_up(town, tmp_path):
    """Portici works with both others, and made a backup; then things happened, and it burned."""
    lanehead, portici, pioneer = town.coops
    await town.introduce(lanehead, portici)
    await town.introduce(pioneer, portici)
    await offer(portici, "Room with a view", expires_on=(town.clock.now() + A_DAY / 2).date())
    await offer(lanehead, "Home clean")
    await town.settle()
    await offer(portici, "Room on its way")
    file = tmp_path / "backup.tar.gz"
    await asyncio.to_thread(backups.back_up, portici.node.config, file, town.clock.now())
    await offer(lanehead, "Ironing")
    await offer(portici, "Room since the backup")
    await town.settle()
    await portici.go_away()
    await portici.node.stop()
    await portici.node.database.close()
    town.clock.advance(A_DAY)
    return town, file


@asynccontextmanager
async def restored(town, file, folder) -> AsyncGenerator[None]:
    """Portici runs again, out of the backup, in another folder."""
    portici = town.coops[1]
    done = await asyncio.to_thread(backups.restore, file, folder, town.clock.now())
    opening = open_node(done.config, clock=town.clock, entropy=SeededEntropy(99))
    async with opening as portici.node:
        await portici.come_back()
        yield
        await portici.go_away()


async def test_a_restored_node_is_silent_until_all_its_neighbours_were_read(backed_up, tmp_path):
    town, file = backed_up
    lanehead, portici, pioneer = town.coops
    await pioneer.go_away()
    async with restored(town, file, tmp_path / "again"):
        await portici.node.attend()
        waiting = await undelivered(portici)
        with pytest.raises(Silent):
            await offer(portici, "Another room")
        await offer(lanehead, "Gardening")
        await town.settle()
        await portici.node.run_due()
        assert await found(portici) == ["Gardening", "Home clean", "Ironing"]
        assert waiting == await undelivered(portici) == 2
        assert "restored from a backup" in await refusal(lanehead)
        assert await states(portici) == {"Room with a view": "published", **ON_ITS_WAY}
        await portici.node.attend()
        assert portici.node.quarantine.is_on

        await pioneer.come_back()
        town.clock.advance(limits.RESTORED_WAIT / 2)
        await town.settle()
        await portici.node.attend()
        assert not portici.node.quarantine.is_on
        await portici.node.run_due()
        came_back = {"Room since the backup": "published"}
        assert await states(portici) == {"Room with a view": "expired", **ON_ITS_WAY, **came_back}
        town.clock.advance(limits.RESTORED_WAIT / 2)
        await offer(portici, "Another room")
        await town.settle()
        assert await undelivered(portici) == 0
        assert "Another room" in await found(pioneer)
        [noted] = [e for e in await portici.read(audit.entries) if e.what == "node.speak-again"]
        assert noted.detail.items() >= {"heard": 2, "asked": 2}.items()


async def test_after_an_hour_half_of_them_are_enough(backed_up, tmp_path):
    town, file = backed_up
    _lanehead, portici, pioneer = town.coops
    await pioneer.go_away()
    async with restored(town, file, tmp_path / "again"):
        await portici.node.attend()
        await town.settle()
        town.clock.advance(limits.RESTORED_WAIT - timedelta(seconds=1))
        await portici.node.attend()
        assert portici.node.quarantine.is_on
        town.clock.advance(timedelta(seconds=1))
        await portici.node.attend()
        assert not portici.node.quarantine.is_on
        await offer(portici, "Another room")


async def states(coop):
    return {view.title: view.state for view in await coop.read(listings.mine, None)}


async def undelivered(coop):
    waiting = select(func.count(Delivery.seq)).where(Delivery.state.in_(UNDELIVERED))
    return await coop.read(lambda reader: reader.scalar(waiting))


async def refusal(coop):
    errors = select(Delivery.last_error).where(Delivery.last_error.is_not(None))
    return await coop.read(lambda reader: reader.scalar(errors))
