"""A clearing run: what goes round is set off, nobody's position changes, and lies are refused."""

from datetime import date, timedelta

import pytest

from node import clearing, limits, notices
from node.clearing import RunState, calling, checking
from node.errors import Conflict
from node.ledger import Method
from tests.stories.ring import (
    NET,
    OWED,
    acquainted,
    by_hand,
    claims,
    days_work,
    net,
    ring,
    signed_by_all,
    states,
    triangle,
    two_ways,
)
from tests.stories.ring_of_liars import (
    change_a_sum,
    forget_the_run,
    invent,
    pretend_that_all_consented,
    refusals,
    take_back,
)
from tests.support import books

pytestmark = pytest.mark.long


async def test_five_coops_set_off_what_goes_round(found_town):
    town = await found_town(5)
    coops = await ring(town)
    assert {name: await net(coop) for name, coop in coops.items()} == NET

    run = await coops["lanehead"].write(clearing.call, "EUR", by="operator")
    await town.settle()

    for coop in coops.values():
        [done] = await coop.read(clearing.clearing_runs)
        assert done.state is RunState.EXECUTED, done
        picture = await coop.read(clearing.picture, done.id)
        assert picture.total.amount == sum(OWED.values()) == 97_500
        assert picture.set_off.amount == 76_500
        assert {name: picture.net(each.uri).amount for name, each in coops.items()} == NET
        assert await books.faults(coop.node.database) == []
        assert "in_run" not in await states(coop)
    assert {name: await net(coop) for name, coop in coops.items()} == NET
    assert run.attempt == 1


async def test_who_is_away_is_left_out_and_the_others_go_on(town):
    lanehead, portici, pioneer = town.coops
    await acquainted(town)
    for debtor, creditor, cents in (
        (lanehead, pioneer, 9_000),
        (pioneer, lanehead, 7_500),
        (portici, lanehead, 1_000),
    ):
        await claims(creditor, debtor, cents)
    await signed_by_all(town)

    await portici.go_away()
    first = await lanehead.write(clearing.call, "EUR", by="operator")
    await town.settle()
    town.clock.advance(timedelta(days=1, minutes=1))
    await days_work(town)

    second, aborted = await lanehead.read(clearing.clearing_runs)
    assert (aborted.id, aborted.state) == (first.id, RunState.ABORTED)
    assert aborted.faults == [{"code": "away", "coops": [portici.uri], "about": ""}]
    assert (second.state, second.attempt) == (RunState.EXECUTED, 2)
    assert portici.uri not in second.coops
    assert (await lanehead.read(clearing.picture, second.id)).set_off.amount == 15_000
    for coop in (lanehead, pioneer):
        assert "in_run" not in await states(coop)
        assert await books.faults(coop.node.database) == []

    await portici.come_back()
    town.clock.advance(timedelta(minutes=30))
    await days_work(town)
    assert await portici.read(clearing.clearing_runs) == []
    assert await states(portici) == {"acknowledged"}
    assert await net(portici) == -1_000


async def test_whoever_lies_in_a_run_is_refused_by_the_others_with_the_reason(town, monkeypatch):
    """Lie after lie among the same three, and nothing is set off; the sums that a proposer can
    change are in tests/node/clearing/test_checking.py."""
    await triangle(town)
    await a_participant_invents_and_changes_sums(town)
    await a_proposer_changes_a_sum(town, monkeypatch)
    first = await something_is_spent_in_two_runs(town)
    await a_consent_is_forged(town, first)
    for coop in town.coops:
        assert await books.faults(coop.node.database) == []


async def a_participant_invents_and_changes_sums(town):
    lanehead, portici, pioneer = town.coops
    invented = await portici.write(invent, pioneer.uri)
    await portici.write(change_a_sum, lanehead.uri, 1)
    run = await lanehead.write(clearing.call, "EUR", by="operator")
    await town.settle()
    ended = await lanehead.read(clearing.run, run.id)
    assert ended.state is RunState.ABORTED
    named = {fault["about"]: (fault["code"], fault["coops"]) for fault in ended.faults}
    assert named[invented] == ("one-sided", sorted([portici.uri, pioneer.uri]))
    assert ("differs", sorted([lanehead.uri, portici.uri])) in named.values()
    assert await states(pioneer) == {"acknowledged"}
    await portici.write(change_a_sum, lanehead.uri, -1)
    await portici.write(take_back, invented)


async def a_proposer_changes_a_sum(town, monkeypatch):
    lanehead, portici, pioneer = town.coops
    honest = checking.propose

    def changed(offers, most):
        cleared, left_out = honest(offers, most)
        first = min(cleared, default=None)  # the run that follows has nothing to set off
        return cleared | ({first: cleared[first] - 1} if first else {}), left_out

    with monkeypatch.context() as patched:
        patched.setattr(checking, "propose", changed)
        run = await lanehead.write(clearing.call, "EUR", by="operator")
        await town.settle()
    for coop in (portici, pioneer):
        heard = await coop.read(clearing.clearing_runs)
        [lied] = [each for each in heard if each.uri == run.uri]
        assert (lied.state, lied.consented) == (RunState.ABORTED, False)
        assert lied.faults[0]["code"] == "unbalanced"
        assert await states(coop) == {"acknowledged"}
    assert (await lanehead.read(clearing.run, run.id)).state is RunState.ABORTED


async def something_is_spent_in_two_runs(town):
    """One that states the same in two runs is one-sided in the second: the other side is honest.

    Returns the first run, which waits for Pioneer's people.
    """
    lanehead, portici, pioneer = town.coops
    await by_hand(pioneer)
    first = await lanehead.write(clearing.call, "EUR", by="operator")
    await town.settle()
    await portici.write(forget_the_run)
    second = await portici.write(clearing.call, "EUR", by="operator")
    await town.settle()
    ended = await portici.read(clearing.run, second.id)
    assert ended.state is RunState.ABORTED
    assert {fault["code"] for fault in ended.faults} == {"nothing-to-set-off", "one-sided"}
    return first


async def a_consent_is_forged(town, run):
    lanehead, portici, pioneer = town.coops
    await lanehead.write(pretend_that_all_consented, run.id, pioneer.uri)
    await town.settle()
    for coop in (portici, pioneer):
        heard = await coop.read(clearing.clearing_runs)
        [lied] = [each for each in heard if each.uri == run.uri]
        assert lied.state is RunState.PROPOSED
        assert await states(coop) <= {"in_run", "acknowledged"}
    errors = await lanehead.read(refusals)
    assert any("not signed by a key of the coop" in error for error in errors)
    assert any("not consented to this proposal" in error for error in errors)


async def test_the_coop_whose_turn_it_is_calls_and_a_person_decides_where_wanted(town):
    _lanehead, _portici, pioneer = await triangle(town)
    await by_hand(pioneer)
    for _two_days in range(3):
        town.clock.advance(timedelta(days=2))
        await days_work(town)
        if asked := await pioneer.read(clearing.clearing_runs):
            break
    [run] = asked
    assert (run.state, run.consented) == (RunState.PROPOSED, None)
    await pioneer.write(clearing.decide_run, run.id, yes=True, by="operator")
    await town.settle()
    for coop in town.coops:
        [done] = await coop.read(clearing.clearing_runs)
        assert done.state is RunState.EXECUTED
        assert await states(coop) == {"cleared"}
        assert await books.faults(coop.node.database) == []


async def test_a_payment_that_did_not_come_is_missed_no_more_once_its_debt_is_set_off(found_town):
    town = await found_town(2)
    lanehead, portici = await two_ways(town)
    [owed] = [each for each in (await lanehead.read(clearing.obligations))[0] if each.we_owe]
    paid = {"paid_on": date(2027, 1, 20), "by": "operator"}
    await lanehead.write(clearing.mark_paid, [owed.id], Method.BANK, **paid)
    await town.settle()
    [marked] = await portici.read(clearing.payments, only_to_answer=True)
    await portici.write(clearing.miss, marked.id, by="operator")
    await town.settle()
    [missed] = await lanehead.read(clearing.missed_payments)
    missing = (notices.told_about, notices.NoticeKind.PAYMENT_MISSING)
    assert await lanehead.read(*missing) == {missed.id}

    await portici.write(clearing.call, "EUR", by="operator")
    await town.settle()
    assert await states(lanehead) == {"cleared"}
    assert await lanehead.read(clearing.missed_payments) == []
    assert await lanehead.read(*missing) == set()


async def test_whoever_calls_leaves_out_others_for_want_of_room_and_never_itself(town, monkeypatch):
    caller, *others = await triangle(town)
    for other in others:  # so that the caller states most
        await claims(caller, other, 5_000)
        await claims(other, caller, 4_000)
    await signed_by_all(town)
    monkeypatch.setattr(limits, "CLEARING_PROPOSAL_BYTES", 0)
    await caller.write(clearing.call, "EUR", by="operator")
    await town.settle()
    tried = await caller.read(clearing.clearing_runs)
    left_out = [fault["coops"] for run in tried for fault in run.faults]
    assert sorted(left_out) == sorted([other.uri] for other in others)


@pytest.mark.parametrize("paid_meanwhile", [False, True])
async def test_a_caller_that_falls_silent_holds_nobody_for_ever(
    found_town, monkeypatch, paid_meanwhile
):
    """The treasurer lets go; should all have consented after all, what still stands is set off."""
    town = await found_town(2)
    caller, waiting = await two_ways(town)
    called = await fall_silent(town, caller, monkeypatch)
    [run] = await waiting.read(clearing.clearing_runs)
    with pytest.raises(Conflict, match="may still say"):
        await waiting.write(clearing.release_run, run.id, by="operator")
    town.clock.advance(timedelta(days=17))
    await waiting.node.run_due()
    await waiting.write(clearing.release_run, run.id, by="operator")
    assert await states(waiting) == {"acknowledged"}
    [partner] = await waiting.read(clearing.partners)
    assert (partner.held_since, partner.statement.state) == (town.clock.now(), "sent")
    await town.settle()
    assert [one.held_since for one in await waiting.read(clearing.partners)] == [None]

    if paid_meanwhile:
        found, _more = await waiting.read(clearing.obligations)
        [owed] = [one for one in found if one.we_owe]
        paid = {"paid_on": date(2027, 1, 20), "by": "operator"}
        await waiting.write(clearing.mark_paid, [owed.id], Method.BANK, **paid)
    await caller.write(calling._execute, called)
    await town.settle()
    assert (await waiting.read(clearing.run, run.id)).state is RunState.EXECUTED
    assert await states(waiting) == ({"paid", "cleared"} if paid_meanwhile else {"cleared"})
    [partner] = await waiting.read(clearing.partners)
    assert (partner.held_since is not None) == paid_meanwhile
    assert await books.faults(waiting.node.database) == []


async def test_a_run_is_called_off_also_where_nothing_is_left_to_set_off(town):
    """Its caller offers nothing, for its only pair is on hold, and pays that; another is away."""
    caller, partner, away = town.coops
    await acquainted(town)
    await claims(partner, caller, 1_000)
    await signed_by_all(town)
    await partner.write(change_a_sum, caller.uri, 5)
    await caller.write(clearing.send_statement, partner.uri, "EUR")
    await town.settle()
    await away.go_away()
    called = await caller.write(clearing.call, "EUR", by="operator")
    await town.settle()
    [owed], _more = await caller.read(clearing.obligations)
    paid = {"paid_on": date(2027, 1, 20), "by": "operator"}
    await caller.write(clearing.mark_paid, [owed.id], Method.BANK, **paid)
    town.clock.advance(timedelta(days=1, minutes=1))
    await days_work(town)
    [run] = await caller.read(clearing.clearing_runs)
    assert (run.id, run.state) == (called.id, RunState.ABORTED)


async def test_calling_again_and_again_holds_what_is_owed_for_days_and_not_for_ever(found_town):
    town = await found_town(2)
    caller, other = await two_ways(town)
    await by_hand(other)
    held = 0
    for _day in range(30):
        if not [one for one in await caller.read(clearing.clearing_runs) if one.ended_at is None]:
            await caller.write(clearing.call, "EUR", by="operator")
        await days_work(town)
        held += "in_run" in await states(other)
        town.clock.advance(timedelta(days=1))
        await days_work(town)
    assert 9 <= held <= 18
    assert any("came to nothing" in one for one in await caller.read(refusals))


async def fall_silent(town, caller, monkeypatch):
    """All consent to a run, and the caller does not say so; the run as the caller sees it."""

    async def say_nothing(_uow, _view):
        return None

    with monkeypatch.context() as patched:
        patched.setattr(calling, "_execute", say_nothing)
        called = await caller.write(clearing.call, "EUR", by="operator")
        await town.settle()
    return await caller.read(clearing.run, called.id)
