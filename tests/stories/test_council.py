"""Five coops found a federation and decide."""

import pytest

from node import council
from node.council import State
from tests.stories.council import Council


@pytest.fixture
async def five(found_town) -> Council:
    return await Council(await found_town(5)).found()


async def test_five_coops_decide_and_everybody_counts_the_same(five):
    for coop in five.town.coops:
        [view] = await coop.read(council.federations)
        assert (view.digest, view.state, len(view.members)) == (five.digest, "active", 5)
        assert (view.size, view.cosigned) == (6, 6)

    await five.opened()
    assert await five.states() == {State.OPEN}
    await five.votes()
    for name in five.coops:
        [ballot] = (await five.detail(name)).ours
        assert (ballot.is_promised, ballot.is_counted) == (True, True), name
    await five.vote("pioneer", "yes")
    await five.settle()

    await five.ended()
    assert await five.states() == {State.IN_FORCE}
    for name, coop in five.coops.items():
        row = await five.row(name)
        archive = await coop.read(council.archive_of, row.id)
        verdict = council.verify_archive(archive, five.digest)
        assert verdict.is_decided
        assert verdict.result["tally"]["stages"][0]["votes"]["yes"] == 5
        assert await five.evidence(name) == []
