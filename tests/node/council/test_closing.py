"""Six coops and a host that closes a vote with less than a quorum has stored, or before its time.

Receipts are no help: with six coops a ballot has three at first, and more than half are four.
"""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from node import council
from node.council import State
from node.council.deeds import casting
from node.council.rows import store, wire
from node.council.rows.wire import Message
from node.council.steps import hosting
from tests.node.council.hall import Assembly, HallOpener
from tests.node.council.liars import close_with_heads_up_to
from tests.stories.council import CLASSES, VOTES

pytestmark = pytest.mark.long

OTHERS = ("lanehead", "portici", "pioneer", "mawimbi", "hartland")
Lie = pytest.MonkeyPatch


@pytest.fixture
async def six(assemble: HallOpener) -> Assembly:
    hall = await assemble(6)
    hall.classes = {"ordinary": CLASSES["ordinary"] | {"proxies": 2}}
    return await hall.found()


def keep_heads_secret(lie: Lie) -> None:
    async def say(uow, kind, *told):
        if kind is not Message.HEAD:
            await wire.say(uow, kind, *told)

    lie.setattr(hosting, "wire", SimpleNamespace(**vars(wire) | {"say": say}))


async def counted(six: Assembly, name: str) -> dict[str, str]:
    """What each coop's votes say, as certified."""
    by_uri = {seat.uri: each for each, seat in six.coops.items()}
    result = (await six.detail(name)).result or {"counted": []}
    return {by_uri[each["coop"]]: each["choice"] for each in result["counted"]}


async def test_a_host_that_keeps_heads_to_itself_and_closes_without_them_decides_nothing(
    six: Assembly, monkeypatch: Lie
) -> None:
    """The others put the head together when the vote ends, show it, and have proof. When the host
    takes it, the vote is decided. Nor do they cosign the roll of the next vote, made while the row
    of a coop was on its way."""
    await six.opened()
    with monkeypatch.context() as lie:
        keep_heads_secret(lie)
        close_with_heads_up_to(0, lie, times=1_000)
        lie.setattr(casting, "ask_all", _ask_nobody)
        await six.votes()
        await six.ended()
        assert await six.states() == {State.FINALISING}
        [view] = await six.coops["pioneer"].read(council.federations)
        assert view.stopped_because == "close-lacks-head"
        await six.wait(hours=13)
    for name in OTHERS:
        assert ("E7", "camara") in await six.evidence(name), name
    assert await six.states() == {State.FINALISING}

    await six.wait(minutes=1)
    await six.wait(hours=2)
    assert await six.states() == {State.IN_FORCE}
    made = await six.submitted("portici")
    six.town.cut = {frozenset(("mawimbi", "camara"))}
    await six.coops["portici"].write(council.freeze, made, by="rosa")
    await six.settle()
    assert await six.host.write(hosting.make_roll, (await six.row("camara")).id)
    six.town.cut = set()
    await six.settle()
    assert "roll-closed" in six.coops["mawimbi"].refused
    for name in OTHERS:
        assert await _stopped(six, name) == "roll-early"


async def test_who_was_not_told_of_a_head_is_shown_it_and_a_close_before_its_time_waits(
    six: Assembly, monkeypatch: Lie
) -> None:
    """What a head alone covers counts, a ballot and a grant; so does a vote after that close."""
    await six.opened()
    await six.votes({name: VOTES[name] for name in ("lanehead", "portici", "camara")})
    size = (await six.host.read(store.federation, await six.id_at("camara"))).size
    until = six.town.clock.now() + timedelta(days=90)
    grant = (await six.id_at("mawimbi"), six.coops["lanehead"].uri, "ordinary")
    await six.coops["mawimbi"].write(council.stand_in, *grant, until=until, by="operator")
    await six.votes({"pioneer": "no"})

    await six.host.write(hosting.close, (await six.row("camara")).id)
    await six.settle()
    for name in OTHERS:
        assert (await six.row(name)).state is State.FINALISING
        assert await _stopped(six, name) == "closed-early"
    await six.votes({"hartland": "yes"})
    await six.wait(minutes=11)

    close_with_heads_up_to(size, monkeypatch, times=2)
    await six.wait(hours=71, minutes=49)
    await six.wait(minutes=10)
    assert await six.states() == {State.FINALISING}
    assert await _stopped(six, "pioneer") == "close-lacks-head"
    await six.wait(minutes=1)
    await six.wait(hours=2)
    assert await six.states() == {State.IN_FORCE}
    said = {"lanehead": "yes", "portici": "yes", "camara": "yes", "pioneer": "no"}
    assert await counted(six, "hartland") == said | {"mawimbi": "yes", "hartland": "yes"}
    assert await six.evidence("hartland") == [], "it closed anew with what it was shown"


async def _stopped(six: Assembly, name: str) -> str | None:
    """Why a coop cosigns nothing; it has cosigned all but the last entry."""
    known = await six.coops[name].read(store.federation, await six.id_at(name))
    assert known.cosigned_size < known.size
    found: str | None = known.stopped_because
    return found


async def _ask_nobody(_uow, _ballot_id) -> None:
    pass
