import asyncio
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from node import accounts, members
from node.accounts import Role
from node.errors import Conflict, InvalidInput, NotAllowed, NotFound
from node.members import Event, MembershipClass, Status
from node.members.models import MemberEvent, MemberEventContent
from tests.support.asking import read, write
from tests.support.clock import START

TODAY = START.date()


async def apply(database, name="Femi Adeyemi", membership_class="worker", **named):
    named = {"name": name, "membership_class": membership_class, **named}
    return await write(database, members.add_member, **named)


async def an_account(database, handle="femi", roles=(Role.MEMBER,)):
    return await write(database, accounts.create_account, handle=handle, name=handle, roles=roles)


async def test_somebody_applies_and_is_admitted_with_a_number(database):
    applicant = await apply(database, email="femi@example.org")
    assert (applicant.status, applicant.number) == (Status.APPLIED, None)
    assert await read(database, members.members) == []

    admitted = await write(database, members.admit, applicant.id, by="rosa", reason="board 3/27")
    assert (admitted.status, admitted.number, admitted.joined_on) == (Status.ACTIVE, 1, TODAY)
    assert await read(database, members.members) == [admitted]
    assert await read(database, members.member, applicant.id) == admitted


async def test_members_can_be_entered_at_once_with_the_day_they_joined(database):
    joined = date(2019, 4, 1)
    made = await apply(database, admit=Event.ADMIT_ON_PROBATION, joined_on=joined)
    assert (made.status, made.joined_on, made.number) == (Status.PROBATION, joined, 1)
    assert made.possible == (Event.CONFIRM, Event.END, Event.EXTEND)


@pytest.mark.usefixtures("sqlite_in_threads")
async def test_numbers_are_given_once_even_to_many_at_the_same_moment(either_database):
    names = ["Rosa", "Agnieszka", "Femi", "Jean"]
    made = await asyncio.gather(
        *(apply(either_database, name, admit=Event.ADMIT) for name in names)
    )
    assert sorted(one.number for one in made) == [1, 2, 3, 4]
    assert await read(either_database, members.first_fault) is None
    await write(either_database, members.change_status, made[0].id, Event.END, why="resigned")
    assert (await apply(either_database, "Maya", admit=Event.ADMIT)).number == 5


async def test_what_is_not_possible_names_what_is(database):
    applicant = await apply(database)
    with pytest.raises(Conflict, match="admit, admit on probation, decline, withdraw"):
        await write(database, members.change_status, applicant.id, Event.PAUSE)
    await write(database, members.change_status, applicant.id, Event.DECLINE)
    with pytest.raises(Conflict, match="final"):
        await write(database, members.admit, applicant.id)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"membership_class": "boss"}, "membership_class"),
        ({"note": "x" * 2001}, "note"),
    ],
)
async def test_an_application_with_something_wrong_is_refused_by_field(database, change, field):
    with pytest.raises(InvalidInput) as refused:
        await apply(database, **change)
    assert list(refused.value.fields) == [field]
    assert await read(database, members.members, [Status.APPLIED]) == []


async def test_an_account_is_one_members(database):
    femi = await an_account(database)
    first = await apply(database, account_id=femi.id)
    with pytest.raises(Conflict, match="another member"):
        await apply(database, "Jean", account_id=femi.id)
    with pytest.raises(NotFound):
        await apply(database, "Jean", account_id="nobody")
    assert await read(database, members.by_account, femi.id) == first


async def test_the_history_tells_who_did_what_and_why(database, clock):
    femi = await apply(database, by="femi")
    clock.advance(timedelta(days=3))
    await write(database, members.admit, femi.id, by="rosa", reason="board 3/27")
    first, second = await read(database, members.history, femi.id)
    assert (first.event, first.content.by, first.content.name) == ("apply", "femi", "Femi Adeyemi")
    assert (second.event, second.content.reason) == ("admit", "board 3/27")
    assert second.at - first.at == timedelta(days=3)
    assert await read(database, members.first_fault) is None


async def test_a_history_that_was_rewritten_in_the_database_is_found(database):
    femi = await apply(database, admit=Event.ADMIT)
    await write(database, members.change_status, femi.id, Event.PAUSE)
    rewrite = update(MemberEvent).where(MemberEvent.seq == 2).values(event="decline")
    await database.write(lambda uow: uow.execute(rewrite))
    assert await read(database, members.first_fault) == 2


async def test_a_history_that_was_cut_off_at_its_end_is_found(database):
    from sqlalchemy import delete

    await apply(database, admit=Event.ADMIT)

    async def cut(uow) -> None:
        last = await uow.scalar(select(MemberEvent.id).where(MemberEvent.seq == 2))
        await uow.execute(delete(MemberEventContent).where(MemberEventContent.event_id == last))
        await uow.execute(delete(MemberEvent).where(MemberEvent.id == last))

    await database.write(cut)
    assert await read(database, members.first_fault) == 2


async def test_who_is_forgotten_leaves_no_name_and_the_history_still_holds(database):
    femi = await apply(database, admit=Event.ADMIT, email="femi@example.org")
    jean = await apply(database, "Jean Hallam", admit=Event.ADMIT)
    with pytest.raises(Conflict, match="after the membership has ended"):
        await write(database, members.forget, femi.id)
    await write(
        database, members.change_status, femi.id, Event.END, why="resigned", reason="moved away"
    )

    await write(database, members.forget, femi.id, by="rosa")

    forgotten = await read(database, members.member, femi.id)
    assert (forgotten.name, forgotten.email, forgotten.number) == ("—", None, 1)
    lines = await read(database, members.history, femi.id)
    assert [line.content for line in lines] == [None, None, None]
    assert (await read(database, members.history, jean.id))[0].content.name == "Jean Hallam"
    assert await read(database, members.first_fault) is None


async def test_the_register_comes_page_by_page_and_is_counted_by_class(database, clock):
    for number in range(5):
        clock.advance(1)
        kind = "worker" if number < 3 else "supporter"
        await apply(database, f"Member {number}", kind, admit=Event.ADMIT)
    first = await read(database, members.members, limit=3)
    rest = await read(database, members.members, after=first[-1].id)
    assert [one.number for one in first + rest] == [1, 2, 3, 4, 5]
    counts = await read(database, members.count_by_class)
    assert counts == {MembershipClass.WORKER: 3, MembershipClass.SUPPORTER: 2}


@pytest.mark.parametrize("event", list(Event))
def test_every_event_is_in_the_table_and_has_a_word(event):
    assert any(event == each for _status, each in members.membership.table)
    assert str(members.membership.word(event))


async def test_who_keeps_the_register_does_not_decide_about_themselves(database):
    femi = await an_account(database, roles=(Role.MEMBER, Role.SECRETARY))
    own = await apply(database, account_id=femi.id, admit=Event.ADMIT_ON_PROBATION)
    with pytest.raises(NotAllowed):
        await write(database, members.change_status, own.id, Event.CONFIRM, by=femi.id)
    with pytest.raises(NotAllowed):
        await write(database, members.change_class, own.id, MembershipClass.USER, by=femi.id)
    await write(database, members.change_status, own.id, Event.CONFIRM, by="rosa")
    await write(database, members.change_status, own.id, Event.SUSPEND, by="rosa", reason="r")
    with pytest.raises(NotAllowed):
        await write(database, members.change_status, own.id, Event.REINSTATE, by=femi.id)


async def test_the_only_one_who_looks_after_the_node_may(database):
    ada = await an_account(database, "ada", roles=(Role.MEMBER, Role.ADMIN))
    own = await apply(database, account_id=ada.id, admit=Event.ADMIT_ON_PROBATION)
    made = await write(database, members.change_status, own.id, Event.CONFIRM, by=ada.id)
    assert made.status == Status.ACTIVE
