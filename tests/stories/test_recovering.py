"""A coop lost its computer, and is itself again from what lay in the safe."""

from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from federation.recovery import read_recovery
from node import accounts, keeping
from node.errors import Conflict
from node.peers import PeerState
from node.runtime import open_node
from tests.stories.market import found, offer, seen_by
from tests.support.entropy import SeededEntropy


@pytest.fixture
async def lost(town, tmp_path):
    """Portici worked with Lanehead, wrote a recovery file, and then burned down."""
    lanehead, portici, pioneer = town.coops
    await town.introduce(lanehead, portici)
    await offer(lanehead, "Home clean")
    await offer(portici, "Room with a view")
    assert await seen_by(town, lanehead, portici) == [["Room with a view"], ["Home clean"]]
    file = tmp_path / "recovery.json"
    await keeping.keep_recovery(portici.node.config, file, "four grey herons", clock=town.clock)
    await portici.node.run_due()
    await town.settle()
    await portici.go_away()
    await portici.node.stop()
    await portici.node.database.close()
    town.clock.advance(timedelta(days=2))
    return town, lanehead, portici, pioneer, file


@asynccontextmanager
async def recovered(town, portici, file, folder, *, more_peers=()):
    """Portici runs again, in a new folder on a new computer."""
    before = portici.node.config
    made = await keeping.recover_node(
        folder,
        read_recovery(file, "four grey herons"),
        place="Rochdale, GB",
        currency="GBP",
        dev_peers=list(before.dev_peers),
        more_peers=more_peers,
        clock=town.clock,
    )
    async with open_node(made.config, clock=town.clock, entropy=SeededEntropy(99)) as portici.node:
        await portici.come_back()
        await portici.node.attend()
        await portici.node.federation.settle()
        await portici.node.attend()
        yield made
        await portici.go_away()


async def test_it_is_in_touch_again_and_has_what_its_neighbours_offer(lost, tmp_path):
    town, lanehead, portici, _pioneer, file = lost
    weave = (await lanehead.view_of(portici)).weave_digest
    async with recovered(town, portici, file, tmp_path / "again") as made:
        assert made.owner_link is not None
        assert not portici.node.quarantine.is_on
        assert await found(portici, origin="local") == ["Room with a view"]
        assert await seen_by(town, portici) == [["Home clean"]]
        assert (await portici.view_of(lanehead)).state is PeerState.IN_TOUCH
        seen = await lanehead.view_of(portici)
        assert (seen.state, seen.weave_digest) == (PeerState.IN_TOUCH, weave)

        await offer(portici, "Room with two views")
        await offer(lanehead, "Ironing")
        assert await seen_by(town, portici) == [["Home clean", "Ironing"]]
        assert "Room with two views" in await found(lanehead)


async def test_a_neighbour_that_is_not_in_the_file_can_be_named(lost, tmp_path):
    town, _lanehead, portici, pioneer, file = lost
    named = [pioneer.address]
    async with recovered(town, portici, file, tmp_path / "again", more_peers=named):
        await town.settle()
        assert (await pioneer.view_of(portici)).state is PeerState.ASKED_BY_THEM


async def test_members_do_not_come_back(lost, tmp_path):
    town, _lanehead, portici, _pioneer, file = lost
    async with recovered(town, portici, file, tmp_path / "again"):
        known = await portici.read(accounts.accounts)
        assert [account.handle for account in known] == ["admin"]


async def test_a_folder_with_a_node_in_it_is_left_alone(lost):
    _town, lanehead, _portici, _pioneer, file = lost
    folder = lanehead.node.config.data
    (folder / "rochdale.toml").write_text("")
    with pytest.raises(Conflict, match="a node in"):
        await keeping.recover_node(folder, read_recovery(file, "four grey herons"))
