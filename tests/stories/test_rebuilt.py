"""A coop that lost everything but its recovery file goes on with what it had agreed and decides."""

import asyncio
from datetime import timedelta

import pytest

from federation.recovery import read_recovery
from node import agreements, council, keeping, peers
from node.runtime import open_node
from tests.stories import dealing
from tests.stories.council import Council
from tests.support import books
from tests.support.entropy import SeededEntropy
from tests.support.town import Coop, Town

SECRET = "four grey herons"
A_MINUTE = timedelta(minutes=1)


class Rebuilt:
    """The node of a coop that burned, made anew in another folder; it has listened, and speaks."""

    def __init__(self, town: Town, coop: Coop) -> None:
        self._town, self._coop = town, coop
        self._file = coop.node.config.data / "safe.json"

    async def burn(self) -> None:
        node = self._coop.node
        await keeping.keep_recovery(node.config, self._file, SECRET, clock=self._town.clock)
        await node.run_due()
        await self._town.settle()
        await self._coop.go_away()
        await node.stop()
        await node.database.close()
        self._town.clock.advance(timedelta(hours=2))

    async def __aenter__(self) -> None:
        before, clock = self._coop.node.config, self._town.clock
        kept = await asyncio.to_thread(read_recovery, self._file, SECRET)
        made = await keeping.recover_node(
            before.data.with_name("again"), kept, dev_peers=list(before.dev_peers), clock=clock
        )
        self._opened = open_node(made.config, clock=clock, entropy=SeededEntropy(99))
        self._coop.node = await self._opened.__aenter__()
        await self._coop.come_back()
        for _again in range(2):
            await self._coop.node.attend()
            await self._town.settle()
        assert not self._coop.node.quarantine.is_on

    async def __aexit__(self, *failed: object) -> None:
        await self._coop.go_away()
        await self._opened.__aexit__(None, None, None)


@pytest.mark.parametrize("burned", ["portici", "lanehead"])
async def test_an_agreement_comes_back_and_is_fulfilled(town, burned):
    deal = await dealing.begin(town)
    await deal.pass_time(A_MINUTE)
    await deal.asked()
    await deal.pass_time(A_MINUTE)
    await deal.say(deal.rosa, "accept")
    await deal.pass_time(A_MINUTE)
    coop = deal.portici if burned == "portici" else deal.lanehead
    rebuilt = Rebuilt(town, coop)
    await rebuilt.burn()
    async with rebuilt:
        [here] = await coop.read(agreements.agreements, agreements.OPERATOR)
        assert here.state is agreements.State.SCHEDULED
        for whose, step in ((deal.rosa, "deliver"), (deal.giulia, "confirm")):
            by = agreements.OPERATOR if whose.coop is coop else whose.by
            [view] = await whose.coop.read(agreements.agreements, by)
            await whose.coop.write(agreements.do, view.id, step, by)
            await town.settle()
        [here] = await coop.read(agreements.agreements, agreements.OPERATOR)
        neighbour = deal.rosa if coop is deal.portici else deal.giulia
        assert here.state is (await neighbour.newest()).state is agreements.State.CONFIRMED
        assert await books.faults(coop.node.database) == []


@pytest.mark.long
async def test_a_federation_takes_it_back_with_new_keys_and_counts_its_vote(town):
    lanehead, portici, pioneer = town.coops
    for other in (lanehead, pioneer):
        await town.introduce(portici, other)
    three = await Council(town, host="lanehead").found()
    rebuilt = Rebuilt(town, portici)
    await rebuilt.burn()
    async with rebuilt:
        for other in (lanehead, pioneer):
            assert (await portici.view_of(other)).state is peers.PeerState.IN_TOUCH
        assert await portici.read(council.federations) == []

        said = (lanehead.uri, three.digest)
        number = await portici.write(council.rejoin, *said, by="operator")
        await three.settle()
        burned = (number, "The computer burned.")
        assert await portici.write(council.replace_key, *burned, by="operator")
        await three.settle()
        for name in ("lanehead", "pioneer"):
            vouched = (await three.id_at(name), portici.uri, "We telephoned.")
            await three.coops[name].write(council.vouch, *vouched, by="rosa")
        await three.settle()
        del three.delegates["portici"]
        await three.name_delegate("portici")
        await three.settle()

        await three.announced("lanehead")
        await three.wait(hours=76, minutes=1)
        await three.wait(hours=24)
        await three.votes({"lanehead": "yes", "portici": "yes", "pioneer": "no"})
        await three.ended()
        assert await three.states() == {council.State.IN_FORCE}
        for name, coop in three.coops.items():
            archive = await coop.read(council.archive_of, (await three.row(name)).id)
            votes = council.verify_archive(archive, three.digest).result["tally"]["stages"][0]
            assert (votes["votes"]["yes"], votes["votes"]["no"]) == (2, 1)
            assert await three.evidence(name) == []
