"""A vote in a world where things go wrong: one result, the same on all honest nodes, or none.

Each fault is one function; the seed decides in which order everything happens around it. A run that
fails is run again with `ROCHDALE_SEEDS=17 make soak ARGS="-k 'council and storm'"`.
"""

import os
import shutil
from collections.abc import Awaitable, Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest

from node import council
from node.council import State
from node.council.count import counting
from node.council.deeds import casting
from node.council.rows import store
from node.council.steps import following, hosting
from tests.faults.parliament import Parliament, VoteBeginner
from tests.node.council.liars import (
    close_with_heads_up_to,
    show_another_history,
    vote_again_under_one_number,
)
from tests.support.network import STORM
from tests.support.simulation import NAMES

HOST = "camara"
OTHERS = tuple(name for name in NAMES if name != HOST)
Lie = pytest.MonkeyPatch


async def storm(five: Parliament, _lie: Lie) -> None:
    """Messages are lost, late, doubled, and their answers lost."""
    five.world.network.weather = STORM
    await five.vote_in_disorder()
    await five.wait(minutes=12)
    await five.wait(minutes=12)
    await five.is_counted()
    assert await five.agree() is not None


async def parted_three_and_two(five: Parliament, _lie: Lie) -> None:
    """Three with the host are no quorum of five: nothing is decided until they meet again."""
    together = [HOST, *five.chance.sample(OTHERS, 2)]
    apart = [name for name in NAMES if name not in together]
    await five.vote_in_disorder(together)
    five.world.network.part(together, apart)
    await five.vote_in_disorder(apart)
    await five.closes_in()
    await five.wait(minutes=11)
    assert not await five.states() & {State.IN_FORCE, State.REJECTED}
    await five.is_counted()
    result = await five.agree()
    assert result is not None
    assert {each["coop"] for each in result["counted"]} >= {five.coops[n].uri for n in together}


async def parted_in_three(five: Parliament, _lie: Lie) -> None:
    """Nobody has a quorum, and they do not meet again in time."""
    names = five.chance.sample(NAMES, 5)
    five.world.network.part(names[:2], names[2:4], names[4:])
    await five.vote_in_disorder()
    await five.closes_in()
    await five.wait(hours=97)
    assert await five.agree() is None
    await five.clears_up()
    assert await five.agree() is None
    assert not await five.states() & {State.IN_FORCE, State.REJECTED}


async def host_crashes_before_the_close(five: Parliament, _lie: Lie) -> None:
    await five.vote_in_disorder()
    await five.closes_in(minutes=five.chance.randrange(1, 60))
    await five.host.crash()
    await five.closes_in()
    await five.wait(minutes=five.chance.randrange(11, 90))
    await five.host.start(five.world.seed)
    await five.is_counted()
    assert await five.agree() is not None


async def host_crashes_during_the_close(five: Parliament, _lie: Lie) -> None:
    """It has closed, and told some of it to some."""
    await five.vote_in_disorder()
    await five.closes_in()
    five.world.advance(timedelta(minutes=11))
    await five.host.node.run_due()
    await five.host.node.tell_councils()
    await five.some(40)
    await five.host.crash()
    await five.wait(minutes=five.chance.randrange(11, 90))
    await five.host.start(five.world.seed)
    await five.is_counted()
    assert await five.agree() is not None


async def host_shows_two_histories(five: Parliament, _lie: Lie) -> None:
    """One coop is shown an entry that nobody else is shown: all find out, and cosign no more."""
    victim = five.chance.choice(OTHERS)
    others = [name for name in OTHERS if name != victim]
    await five.vote_in_disorder(five.chance.sample(OTHERS, 2))
    await five.host.write(show_another_history, await five.id_at(HOST), five.coops[victim].uri)
    await five.some(12)
    await five.name_delegate(five.chance.choice(others))
    await five.settle()
    for name in OTHERS:
        assert ("E2a", HOST) in await five.evidence(name), name
    await five.is_counted()
    assert await five.agree(others) is None
    assert not await five.states() & {State.IN_FORCE, State.REJECTED}


async def host_censors_a_ballot(five: Parliament, lie: Lie) -> None:
    """It answers nothing to one coop; the others have seen the ballot."""
    victim = five.coops[five.chance.choice(OTHERS)]
    honest = casting.hear_ballot

    async def censoring(uow, known, ballot):
        if hosting.keeps(uow, known) and ballot.coop == victim.uri:
            return False
        return await honest(uow, known, ballot)

    lie.setattr(casting, "hear_ballot", censoring)
    await five.vote_in_disorder()
    await five.wait(minutes=11)
    await five.is_counted()
    await five.wait(hours=13)
    for name in OTHERS:
        assert ("E7", HOST) in await five.evidence(name), name
    await five.wait(hours=87)
    assert await five.agree() is None


async def host_closes_with_an_older_head(five: Parliament, lie: Lie) -> None:
    """It leaves out the head over the last ballot, of which there are no receipts: nobody cosigns
    that close, whatever came in which order, and all have proof."""
    last = five.chance.choice(OTHERS)
    await five.vote_in_disorder([name for name in NAMES if name != last])
    size = (await five.host.read(store.federation, await five.id_at(HOST))).size
    lie.setattr(casting.wire.some_of, "__defaults__", (0,))
    lie.setattr(casting, "ask_all", _ask_nobody)
    await five.vote_in_disorder([last])
    close_with_heads_up_to(size, lie, times=1_000)
    await five.is_counted()
    await five.wait(hours=13)
    for name in OTHERS:
        assert ("E7", HOST) in await five.evidence(name), name
    assert await five.agree() is None


async def _ask_nobody(_uow: object, _ballot_id: str) -> None:
    pass


async def host_forges_the_tally(five: Parliament, lie: Lie) -> None:
    def forged(record, proposal):
        result = counting.recount(record, proposal)
        return result | {"tally": result["tally"] | {"outcome": "rejected"}}

    lying = SimpleNamespace(**{**vars(counting), "recount": forged})
    lie.setattr(hosting, "counting", lying)
    await five.vote_in_disorder()
    await five.is_counted()
    for name in OTHERS:
        assert ("E6", HOST) in await five.evidence(name), name
    assert await five.states() == {State.DISPUTED}


async def a_coop_votes_twice(five: Parliament, _lie: Lie) -> None:
    """Under one number: both ballots are void, everybody else's count."""
    guilty = five.chance.choice(OTHERS)
    await five.vote_in_disorder()
    twice = (vote_again_under_one_number, (await five.row(guilty)).id, "abstain")
    await five.coops[guilty].write(*twice, five.delegates[guilty])
    await five.is_counted()
    for name in NAMES:
        assert ("E1", guilty) in await five.evidence(name), name
    result = await five.agree()
    assert result is not None
    counted = {each["coop"] for each in result["counted"]}
    assert counted == {five.coops[name].uri for name in NAMES if name != guilty}


async def clocks_are_wrong(five: Parliament, _lie: Lie) -> None:
    """Two clocks by ten minutes, one fast and one slow, the host's perhaps among them.

    Nobody takes what a fast clock signs, and a slow one takes nothing: both are away, in effect,
    and three are no quorum of five. A vote may lapse so; nobody is blamed or counts otherwise.
    """
    fast, slow = five.chance.sample(NAMES, 2)
    five.coops[fast].clock.by = timedelta(minutes=10)
    five.coops[slow].clock.by = timedelta(minutes=-10)
    await five.wait(minutes=11)
    await five.vote_in_disorder()
    await five.is_counted()
    await five.agree()
    assert not any([await five.evidence(name) for name in NAMES])


async def a_node_is_restored_from_an_old_copy(five: Parliament, _lie: Lie) -> None:
    """It has forgotten its ballot and its cosignatures. Until a quorum has told it what those were
    it cosigns nothing; it catches up, and votes once more without contradicting itself."""
    name = five.chance.choice(OTHERS)
    coop = five.coops[name]
    old = coop.folder.with_name("old")
    await coop.crash()
    shutil.copytree(coop.folder, old)
    await coop.start(five.world.seed)
    await five.vote_in_disorder()
    await coop.crash()
    shutil.rmtree(coop.folder)
    old.rename(coop.folder)
    before = await five.cosigned(name)
    other = five.chance.choice([each for each in OTHERS if each != name])
    three = [HOST, name, other]
    five.world.network.part(three, [each for each in NAMES if each not in three])
    await coop.start(five.world.seed)
    await five.name_delegate(other)
    await five.settle()
    await five.wait(minutes=1)
    assert (await coop.read(council.keeping, await five.id_at(name))).is_catching_up
    assert await five.cosigned(name) == before
    await five.clears_up()
    assert not (await coop.read(council.keeping, await five.id_at(name))).is_catching_up
    assert await five.cosigned(name) > before
    await five.name_delegate(next(each for each in OTHERS if each != name))
    await five.wait(minutes=1)
    await five.vote(name, "abstain")
    await five.is_counted()
    assert not any([await five.evidence(each) for each in NAMES])
    result = await five.agree()
    assert result is not None
    choices = {each["coop"]: each["choice"] for each in result["counted"]}
    assert choices[coop.uri] == "abstain"


async def one_engine_is_tampered_with(five: Parliament, lie: Lie) -> None:
    """It alone dissents, and says which ballot and which stage its count does not have."""
    name = five.chance.choice(OTHERS)
    uri = five.coops[name].uri
    honest, hear = counting.recount, following.after
    is_its_turn = False

    def tampered(record, proposal):
        result = honest(record, proposal)
        return result | {"counted": result["counted"][1:]} if is_its_turn else result

    async def after(uow, known, record, statement):
        nonlocal is_its_turn
        is_its_turn = uow.identities.coop.uri == uri
        try:
            return await hear(uow, known, record, statement)
        finally:
            is_its_turn = False

    lie.setattr(counting, "recount", tampered)
    lie.setattr(following, "after", after)
    await five.vote_in_disorder()
    await five.is_counted()
    result = await five.agree()
    assert result is not None
    for each in NAMES:
        verdicts = (await five.detail(each)).attestations
        assert [coop for coop in verdicts if verdicts[coop] == "dissent"] == [uri]
    assert await five.difference(name) is None
    is_its_turn = True
    left_out = result["counted"][0]["ballot"]
    assert await five.difference(name) == {"field": "counted", "ballots": [left_out]}


Fault = Callable[[Parliament, Lie], Awaitable[None]]
FAULTS: tuple[Fault, ...] = (
    host_crashes_during_the_close,
    one_engine_is_tampered_with,
    a_node_is_restored_from_an_old_copy,
    storm,
    host_shows_two_histories,
    parted_three_and_two,
    parted_in_three,
    host_crashes_before_the_close,
    host_censors_a_ballot,
    host_closes_with_an_older_head,
    host_forges_the_tally,
    a_coop_votes_twice,
    clocks_are_wrong,
)
IN_EVERY_RUN = [one_engine_is_tampered_with]
SEEDS = [int(each) for each in os.environ.get("ROCHDALE_SEEDS", "").split()] or range(2, 32)


def _name(value: object) -> str:
    return getattr(value, "__name__", f"seed{value}")


@pytest.mark.parametrize("fault", IN_EVERY_RUN, ids=_name)
async def test_one_result_or_none(fault: Fault, begin_vote: VoteBeginner, monkeypatch: Lie) -> None:
    await fault(await begin_vote(1), monkeypatch)


@pytest.mark.soak
@pytest.mark.parametrize("fault", FAULTS, ids=_name)
@pytest.mark.parametrize("seed", SEEDS, ids=_name)
async def test_one_result_or_none_whatever_the_order(
    fault: Fault, seed: int, begin_vote: VoteBeginner, monkeypatch: Lie
) -> None:
    await fault(await begin_vote(seed), monkeypatch)


@pytest.mark.soak
async def test_a_seed_is_the_same_run_message_by_message(
    begin_vote: VoteBeginner, monkeypatch: Lie
) -> None:
    runs = [await begin_vote(seed) for seed in (3, 3, 4)]
    for each in runs:
        await storm(each, monkeypatch)
    first, second, other = [each.world.network.trace for each in runs]
    assert first == second
    assert first != other
