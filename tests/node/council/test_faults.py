"""What the network and clocks do to a council: one result for all, or none."""

from datetime import timedelta
from decimal import Decimal

import pytest

from node import accounts, council, notices, policies
from node.council import State
from node.errors import Conflict
from tests.node.council.hall import Assembly, HallOpener

pytestmark = pytest.mark.long


@pytest.fixture
async def five(assemble: HallOpener) -> Assembly:
    return await (await assemble(5)).found()


async def results(five: Assembly) -> set[tuple[State, str | None]]:
    rows = [await five.row(name) for name in five.coops]
    return {(row.state, row.outcome) for row in rows}


async def test_a_minority_without_the_host_is_decided_for_and_catches_up(five):
    """Three with the host are no quorum of five: nothing is decided until they meet again."""
    await five.opened()
    await five.votes({"lanehead": "yes", "portici": "yes"})
    five.town.part(("camara", "lanehead", "portici"), ("pioneer", "mawimbi"))
    await five.votes({"pioneer": "yes", "mawimbi": "yes"})
    await five.ended()
    assert State.IN_FORCE not in await five.states()
    five.town.cut = set()
    await five.wait(minutes=1)
    await five.wait(hours=2)
    [(state, outcome)] = await results(five)
    assert (state, outcome) == (State.IN_FORCE, "passed")
    standing = await five.coops["mawimbi"].read(council.ballots, (await five.row("mawimbi")).id)
    by_coop = {each.coop: each.standing for each in standing}
    assert by_coop[five.coops["lanehead"].uri] == "timely"
    assert by_coop[five.coops["pioneer"].uri] == "late"


@pytest.mark.soak
async def test_nobody_decides_when_no_part_has_a_quorum_and_it_lapses(five):
    await five.opened()
    five.town.part(("camara", "lanehead"), ("portici", "pioneer"), ("mawimbi",))
    await five.votes()
    await five.ended()
    await five.wait(hours=100)
    assert await five.states() == {State.LAPSED}


async def test_a_host_that_was_away_closes_when_it_is_back_whatever_clocks_say(five):
    five.coops["mawimbi"].clock.wrong_by = timedelta(minutes=10)
    five.coops["portici"].clock.wrong_by = timedelta(minutes=-10)
    await five.opened(policies={"referrals.fee_ceiling_percent": "3"})
    await five.wait(minutes=11)
    await five.votes({"lanehead": "yes", "portici": "no"})
    everybody = tuple(name for name in five.coops if name != "camara")
    five.town.part(everybody, ("camara",))
    await five.votes({"pioneer": "yes", "mawimbi": "yes"})
    await five.wait(minutes=11)
    five.town.cut = set()
    await five.wait(hours=71)
    await five.wait(hours=2)
    assert await results(five) == {(State.IN_FORCE, "passed")}
    [ours] = (await five.detail("pioneer")).ours
    assert (ours.is_counted, ours.seen_by) == (True, 3)
    await five.wait(days=8)
    for seat in five.coops.values():
        found = await seat.read(policies.in_force, policies.REFERRALS_FEE_CEILING_PERCENT)
        assert found.value == Decimal(3)
        assert found.decided_by.startswith("zQm")


async def test_a_vote_that_found_no_host_is_announced_anew_and_opens(assemble):
    """It lapsed here by the clock; with another text it is a vote like any other."""
    three = await (await assemble(3)).found()
    host, everybody = three.host, three.town.coops
    await three.announced("portici")
    three.town.coops = [seat for seat in everybody if seat is not host]
    await three.wait(hours=110)
    with pytest.raises(Conflict) as no_roll:
        await three.vote("pioneer", "yes")
    assert no_roll.value.code == "not-open", "it has no roll yet, and nobody was left out of it"
    await three.wait(hours=190)
    assert (await three.row("pioneer")).state is State.LAPSED
    three.town.coops = everybody
    row, opens = await three.row("portici"), three.town.clock.now() + timedelta(hours=100)
    draft = council.Draft(
        title="Fees, once more",
        text="Nobody takes more than four per cent.",
        decision_class="ordinary",
        opens_at=opens,
        closes_at=opens + timedelta(hours=72),
        finalize_by=opens + timedelta(hours=168),
        policies={"referrals.fee_ceiling_percent": "4"},
    )
    await three.coops["portici"].write(council.revise, row.id, draft, by="rosa")
    await three.settle()
    assert await three.states() == {State.DISCUSSION}
    await three.put_to_vote()
    assert await three.states() == {State.OPEN}
    ines = await three.coops["pioneer"].read(accounts.account, three.delegates["pioneer"])
    told = await three.coops["pioneer"].read(notices.notices, ines)
    assert [one.kind for one in told].count("council-vote") == 1
    await three.votes(dict.fromkeys(three.coops, "yes"))
    await three.ended()
    assert await results(three) == {(State.IN_FORCE, "passed")}


async def test_a_newcomer_is_let_in_by_a_quorum_and_reads_everything(assemble):
    five = await assemble(5)
    new = await five.found_without("mawimbi")
    wrong = five.coops["lanehead"]
    made = await new.write(council.apply, wrong.uri, five.digest, by="operator")
    await five.settle()
    assert new.refused == ["not-the-host"]
    again = await new.write(council.apply, five.host.uri, five.digest, by="operator")
    assert again == made
    await five.settle()
    for name in ("lanehead", "portici", "camara"):
        view = await five.coops[name].read(council.federation, await five.id_at(name))
        assert (view.applicants, len(view.members)) == ((new.uri,), 4)
        await five.coops[name].write(council.admit, view.id, new.uri, by="operator")
        await five.settle()
        with pytest.raises(Conflict):  # what was said yes to would count no more
            await new.write(council.apply, five.host.uri, five.digest, by="operator")
    five.coops["mawimbi"] = new
    for seat in five.town.coops:
        [view] = await seat.read(council.federations)
        assert (len(view.members), view.state, view.size) == (5, "active", 9)
    await new.write(council.leave, made, by="operator")
    await five.settle()
    assert (await new.read(council.federation, made)).state == "left"
    with pytest.raises(Conflict):
        await new.write(council.apply, five.host.uri, five.digest, by="operator")
    assert len((await five.host.read(council.federations))[0].members) == 4
