"""Evidence that lying nodes leave behind themselves, checked by somebody who knows the charter."""

import pytest

from node import council
from node.council import State
from node.council.deeds import casting
from node.council.rows import proving, wire
from node.council.steps import hosting
from node.council.words import statements
from protocol import jcs
from tests.node.council.hall import Assembly, HallOpener
from tests.node.council.liars import (
    cosign_whatever_comes,
    name_two_sets_of_delegates,
    rewrite_an_entry,
    show_another_history,
)
from ui.web import council_words as words

pytestmark = pytest.mark.long


@pytest.fixture
async def five(assemble: HallOpener) -> Assembly:
    return await (await assemble(5)).found()


async def known_to(five: Assembly, name: str) -> dict[str, str]:
    """What one coop can prove to a stranger who has the file alone: culprits by code. Each is told
    in words, too."""
    shown = await five.coops[name].read(council.found_evidence, await five.id_at(name))
    by_uri = {seat.uri: each for each, seat in five.coops.items()}
    found = {}
    for each in shown:
        data = await five.coops[name].read(council.evidence_of, await five.id_at(name), each.id)
        proven = council.verify_file(data, five.digest)
        assert isinstance(proven, council.Proven)
        assert each.code in words.EVIDENCE
        assert proven.found_by is not None
        with pytest.raises(council.ArchiveRefused):
            council.verify_file(data.replace(b"T", b"t", 1), five.digest)
        found[proven.finding.code] = by_uri[proven.finding.culprit]
    return found


async def test_two_sets_of_delegates_under_one_number_are_shown_to_all(five):
    await five.coops["portici"].write(name_two_sets_of_delegates, await five.id_at("portici"))
    await five.settle()
    for name in five.coops:
        assert await known_to(five, name) == {"E5": "portici"}
    before = await five.coops["lanehead"].read(council.our_delegates, await five.id_at("lanehead"))
    assert len(before) == 1


async def test_a_host_that_changes_an_entry_and_a_witness_that_signs_all_are_found_out(five):
    """E2b by whoever is sent the other entries, E4 by whoever sees both cosignatures."""
    mawimbi, victim = five.coops["mawimbi"], five.coops["lanehead"]
    await five.host.write(rewrite_an_entry, await five.id_at("camara"), victim.uri)
    await five.settle()
    for name in five.coops:
        assert await known_to(five, name) == {"E2b": "camara"}
    [view] = await victim.read(council.federations)
    assert view.stopped_because == "E2b"

    await five.host.write(show_another_history, await five.id_at("camara"), mawimbi.uri)
    await five.name_delegate("portici")
    await five.settle()
    await mawimbi.write(cosign_whatever_comes, await five.id_at("mawimbi"))
    await five.settle()
    found = await known_to(five, "pioneer")
    assert (found["E4"], found["E2a"]) == ("mawimbi", "camara")


async def test_a_promise_that_is_not_kept_is_evidence_when_the_vote_is_decided(five, monkeypatch):
    """The host promises to log a ballot and does not; it closes, and nobody else saw the ballot:
    its coop asks none of them."""
    honest, victim = casting.hear_ballot, five.coops["pioneer"].uri

    async def promising(uow, known, ballot):
        if hosting.keeps(uow, known) and ballot.coop == victim:
            row = await casting.store.proposal_named(uow, known.id, ballot.proposal)
            record = await casting.store.record(uow, known, [row.proposal])
            return await casting._answer(uow, known, record, ballot)
        return await honest(uow, known, ballot)

    monkeypatch.setattr(casting, "hear_ballot", promising)

    async def ask_nobody(_uow, _ballot_id):
        pass

    monkeypatch.setattr(casting, "ask_all", ask_nobody)
    monkeypatch.setattr(casting.wire, "WATCHERS", 0)
    monkeypatch.setattr(casting.wire.some_of, "__defaults__", (0,))
    await five.opened()
    await five.votes()
    [ours] = (await five.detail("pioneer")).ours
    assert (ours.is_promised, ours.is_counted, ours.seen_by) == (True, False, 0)
    await five.ended()
    assert await five.states() == {State.IN_FORCE}
    for name in five.coops:
        assert await known_to(five, name) == {"E3": "camara"}


async def test_evidence_whose_own_proof_does_not_hold_is_refused(five):
    """Nobody whom it is shown to as a file could tell what was changed in it."""
    await five.coops["portici"].write(name_two_sets_of_delegates, await five.id_at("portici"))
    await five.settle()
    [known] = await five.host.read(council.found_evidence, await five.id_at("camara"))
    _federation, told = await five.host.read(proving.of, known.id)
    changed = dict(told.document) | {"culprit": five.coops["pioneer"].uri}
    finder = next(seat for seat in five.coops.values() if seat.uri == told.coop)

    async def say(uow):
        said = statements.read(jcs.canonical(changed).decode())
        lane = wire.lane_of(uow, await five.id_at(finder.name))
        others = [seat.uri for seat in five.coops.values() if seat is not finder]
        await wire.tell(uow, said, others, lane)

    assert finder.refused == []
    await finder.write(say)
    await five.settle()
    assert finder.refused == ["proof-mismatch"] * 4
