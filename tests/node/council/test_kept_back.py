"""What coops show to some and keep from the host: passed on to it, so that nobody stops the log."""

import pytest

from node import council
from node.council import State, inbox
from node.council.rows import store
from tests.node.council.hall import Assembly, HallOpener
from tests.node.council.liars import vote_past_the_host

pytestmark = pytest.mark.long


@pytest.fixture
async def five(assemble: HallOpener) -> Assembly:
    return await (await assemble(5)).found()


async def show(five: Assembly, name: str, *others: str) -> str:
    """A coop votes, and shows that to some others alone."""
    to = [five.coops[each].uri for each in others]
    about = ((await five.row(name)).id, "no", five.delegates[name], to)
    made: str = await five.coops[name].write(vote_past_the_host, *about)
    await five.settle()
    return made


async def withheld(five: Assembly) -> list[str] | None:
    """Whose part of the lot is not in the result; None while there is none."""
    host, name = five.host, (await five.row("camara")).name
    known = await host.read(store.federation, await five.id_at("camara"))
    record = await host.read(store.record, known, [name])
    certificate = record.proposals[name].certificate
    return certificate and certificate["withheld"]


def leave_out_what_reveals(name: str, five: Assembly, lie: pytest.MonkeyPatch) -> None:
    """What this coop reveals does not reach the host by itself."""
    honest, coop = inbox._hear_statement, five.coops[name].uri

    async def hear(uow, received, facts):
        is_lost = uow.identities.coop.uri == five.host.uri and received.activity.actor == coop
        if is_lost and '"kind":"reveal"' in facts["statement"]:
            return False
        return await honest(uow, received, facts)

    lie.setattr(inbox, "_hear_statement", hear)


async def standing(five: Assembly, name: str) -> dict[str, str]:
    found = await five.coops[name].read(council.ballots, (await five.row(name)).id)
    return {each.digest: each.standing for each in found}


async def test_what_the_host_was_never_shown_is_passed_on_and_holds_no_vote_up(five, monkeypatch):
    """Two coops saw the one in time and pass it on: it is late. Three saw the other: it counts. Two
    saw one whose mandate was replaced before the end: it is lost, and no fault of the host. Nor is
    a lot drawn without what all but the host hold."""
    await five.opened()
    await five.votes({"camara": "yes", "lanehead": "yes"})
    late = await show(five, "portici", "pioneer", "mawimbi")
    timely = await show(five, "mawimbi", "lanehead", "portici", "pioneer")
    lost = await show(five, "pioneer", "portici", "mawimbi")
    leave_out_what_reveals("lanehead", five, monkeypatch)
    await five.name_delegate("pioneer")
    await five.settle()
    await five.ended()
    assert {"close-lacks-ballots"} == set(await stopped(five)) - {None}
    await five.wait(minutes=1)
    await five.wait(minutes=61)
    assert await five.states() == {State.CERTIFIED}
    assert await withheld(five) is None, "they passed it on, so that result is undone"
    await five.wait(minutes=1)
    assert await withheld(five) == []
    assert await five.states() == {State.IN_FORCE}
    assert set(await stopped(five)) == {None}
    for name in five.coops:
        found = await standing(five, name)
        assert (found[late], found[timely], lost in found) == ("late", "timely", False)
        assert await five.evidence(name) == []


async def stopped(five: Assembly) -> list[str | None]:
    """Why coops cosign nothing."""
    found = []
    for seat in five.coops.values():
        [view] = await seat.read(council.federations)
        found.append(view.stopped_because)
    return found
