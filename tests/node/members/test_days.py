"""What a membership does by itself on its day, and what members hear of changes in theirs."""

from datetime import timedelta

import pytest

import node.periods
from node import limits, members, notices, policies, timers
from node.accounts import Role
from node.errors import Conflict, InvalidInput
from node.members import EndReason, Event, Status
from tests.node.members.test_members import TODAY, an_account, apply
from tests.support.asking import read, write

LATER = TODAY + timedelta(days=30)


async def told(database, account):
    return [str(one.text) for one in await read(database, notices.notices, account)]


async def active(database, account=None):
    return await apply(database, account_id=account.id if account else None, admit=Event.ADMIT)


async def goes_on(database, clock, days):
    clock.advance(timedelta(days=days))
    await database.write(timers.run_due)


async def test_a_pause_ends_by_itself_and_the_member_hears_of_both(database, clock):
    account = await an_account(database)
    one = await active(database, account)
    paused = await write(database, members.change_status, one.id, Event.PAUSE, until=LATER)
    assert (paused.status, paused.status_until) == (Status.PAUSED, LATER)
    assert await told(database, account) == [
        "Your membership is paused. What that means stands under My membership."
    ]
    await goes_on(database, clock, 29)
    assert (await read(database, members.member, one.id)).status is Status.PAUSED
    await goes_on(database, clock, 1)
    back = await read(database, members.member, one.id)
    assert (back.status, back.status_until) == (Status.ACTIVE, None)
    assert await told(database, account) == ["Your membership is paused no more."]


LEAVES = {"until": LATER, "why": "resigned"}


@pytest.mark.parametrize("until", [None, TODAY])
async def test_notice_needs_a_day_to_come(database, until):
    one = await active(database)
    with pytest.raises(InvalidInput) as refused:
        await write(database, members.change_status, one.id, Event.GIVE_NOTICE, until=until)
    assert list(refused.value.fields) == ["until"]


async def test_who_gave_notice_is_whole_until_the_last_day_and_has_left_then(database, clock):
    one = await active(database)
    given = {"until": LATER, "why": "resigned", "reason": "moving away"}
    await write(database, members.change_status, one.id, Event.GIVE_NOTICE, **given)
    leaving = await read(database, members.member, one.id)
    assert leaving.status in members.FULL
    assert leaving.possible == (Event.STAY, Event.END, Event.EXTEND)
    await goes_on(database, clock, 31)
    gone = await read(database, members.member, one.id)
    assert (gone.status, gone.left_on) == (Status.ENDED, LATER)
    last = (await read(database, members.history, one.id))[-1].content
    assert (last.details["why"], last.reason, last.by) == ("resigned", "moving away", "node")


async def test_notice_that_is_taken_back_ends_nothing(database, clock):
    account = await an_account(database)
    one = await active(database, account)
    await write(database, members.change_status, one.id, Event.GIVE_NOTICE, **LEAVES)
    await write(database, members.change_status, one.id, Event.STAY)
    await goes_on(database, clock, 40)
    assert (await read(database, members.member, one.id)).status is Status.ACTIVE
    assert await told(database, account) == ["Your membership goes on: the notice was taken back."]


@pytest.mark.parametrize("why", EndReason)
async def test_an_end_says_in_one_word_how(database, why):
    one = await active(database)
    await write(database, members.change_status, one.id, Event.END, why=why)
    last = (await read(database, members.history, one.id))[-1].content
    assert last.details == {"why": why.value}


async def test_an_end_knows_no_other_words_and_needs_one(database):
    one = await active(database)
    for step in ({"event": Event.END}, {"event": Event.GIVE_NOTICE, "until": LATER}):
        with pytest.raises(InvalidInput, match="Say how it ends"):
            await write(database, members.change_status, one.id, **step)
    with pytest.raises(InvalidInput, match="resigned, expelled"):
        await write(database, members.change_status, one.id, Event.END, why="bored")


async def test_a_probation_gets_the_day_of_the_rule_and_whoever_decides_hears_before(
    database, clock
):
    secretary = await an_account(database, "gina", (Role.SECRETARY,))
    one = await apply(database, admit=Event.ADMIT_ON_PROBATION)
    seen = await read(database, members.member, one.id)
    assert seen.status_until == TODAY + timedelta(days=180)
    await goes_on(database, clock, 180 - limits.PROBATION_TOLD_BEFORE.days - 1)
    assert await told(database, secretary) == []
    await goes_on(database, clock, 1)
    assert await told(database, secretary) == [
        "The probation of Femi Adeyemi ends on 4 July 2027. Confirm it, set another day, or end it."
    ]
    await write(database, members.change_status, one.id, Event.CONFIRM)
    assert await told(database, secretary) == []


async def test_a_rule_of_no_days_sets_no_day(database):
    rule = policies.MEMBERS_PROBATION_DAYS.name
    await write(database, policies.choose, rule, 0, by="operator")
    one = await apply(database, admit=Event.ADMIT_ON_PROBATION)
    assert (await read(database, members.member, one.id)).status_until is None


async def test_notice_lasts_as_long_as_the_rule_says(database):
    one, two = await active(database), await active(database)
    done = await write(database, node.periods.give_notice, one.id)
    assert (done.status, done.left_on) == (Status.ENDED, TODAY)
    await write(database, policies.choose, policies.MEMBERS_NOTICE_DAYS.name, 90, by="operator")
    done = await write(database, node.periods.give_notice, two.id)
    assert (done.status, done.status_until) == (Status.LEAVING, TODAY + timedelta(days=90))
    assert await read(database, node.periods.needs_notice, done)


async def test_another_class_is_told_to_whom_it_concerns_and_not_to_who_did_it(database):
    account = await an_account(database, roles=(Role.MEMBER, Role.ADMIN))
    one = await active(database, account)
    await write(database, members.change_class, one.id, "supporter", by=account.id)
    assert await told(database, account) == []
    await write(database, members.change_class, one.id, "worker", by="gina")
    assert await told(database, account) == [
        "You belong to another class of members now: worker. See what its members may do."
    ]


async def test_who_is_suspended_gives_no_notice(database):
    one = await active(database)
    await write(database, members.change_status, one.id, Event.SUSPEND)
    with pytest.raises(Conflict):
        await write(database, members.change_status, one.id, Event.GIVE_NOTICE, until=LATER)
