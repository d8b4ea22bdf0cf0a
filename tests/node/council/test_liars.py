"""Whoever lies in a council is found out by everybody else."""

from types import SimpleNamespace

import pytest

from node import council
from node.council import State
from node.council.count import counting
from node.council.deeds import casting
from node.council.steps import hosting
from tests.node.council.hall import Assembly, HallOpener
from tests.node.council.liars import show_another_history, vote_again_under_one_number

pytestmark = pytest.mark.long


@pytest.fixture
async def five(assemble: HallOpener) -> Assembly:
    return await (await assemble(5)).found()


async def test_who_votes_twice_and_a_host_that_is_silent_or_two_faced_are_found_out(
    five, monkeypatch
):
    lanehead, mawimbi = five.coops["lanehead"], five.coops["mawimbi"]
    honest = casting.hear_ballot

    async def censoring(uow, known, ballot):
        if hosting.keeps(uow, known) and ballot.coop == lanehead.uri:
            return False
        return await honest(uow, known, ballot)

    monkeypatch.setattr(casting, "hear_ballot", censoring)
    await five.opened()
    await five.votes()
    row = await five.row("pioneer")
    twice = (vote_again_under_one_number, row.id, "yes", five.delegates["pioneer"])
    await five.coops["pioneer"].write(*twice)
    await five.settle()
    for name in five.coops:
        assert ("E1", "pioneer") in await five.evidence(name), name
    [silenced] = (await five.detail("lanehead")).ours
    assert (silenced.is_promised, silenced.is_counted, silenced.seen_by) == (False, False, 3)

    await five.ended()
    assert await five.states() == {State.FINALISING}
    standing = await lanehead.read(council.ballots, (await five.row("lanehead")).id)
    assert [each.standing for each in standing if each.coop == five.coops["pioneer"].uri] == [
        "void",
        "void",
    ]
    await five.wait(hours=100)
    assert await five.states() == {State.LAPSED}
    for name in five.coops:
        assert ("E7", "camara") in await five.evidence(name), name

    await five.host.write(show_another_history, await five.id_at("camara"), mawimbi.uri)
    await five.name_delegate("portici")
    await five.settle()
    for name in five.coops:
        assert ("E2a", "camara") in await five.evidence(name), name
        assert await five.is_proven_to_strangers(name)


async def test_a_forged_tally_is_dissented_from_and_proven_wrong(five, monkeypatch):
    await five.opened()
    await five.votes()

    def forged(record, proposal):
        result = counting.recount(record, proposal)
        return result | {"tally": result["tally"] | {"outcome": "rejected"}}

    lying = SimpleNamespace(**{**vars(counting), "recount": forged})
    monkeypatch.setattr(hosting, "counting", lying)
    await five.ended()
    assert await five.states() == {State.DISPUTED}
    for name in ("lanehead", "portici", "pioneer", "mawimbi"):
        detail = await five.detail(name)
        assert set(detail.attestations.values()) == {"dissent"}
        assert ("E6", "camara") in await five.evidence(name), name
        assert await five.is_proven_to_strangers(name)
        [view] = await five.coops[name].read(council.federations)
        assert view.stopped_because == "E6"
