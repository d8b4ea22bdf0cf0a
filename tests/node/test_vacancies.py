"""Whoever looks at applications hears of a free place while somebody waits for it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from node import accounts, joining, members, notices, policies, vacancies
from node.accounts import Role
from node.joining import Actor, Form, Particulars
from node.mail.models import MailLetter
from node.members import Event, MembershipClass
from tests.support.asking import Asking

MOST = policies.MEMBERS_CLASS_MOST
CLASSES = (MembershipClass.WORKER, MembershipClass.INVESTOR)


class Desk(Asking):
    """A coop that takes at most one investor, Bo, while Ada and Cleo wait for a place."""

    async def step(self, application_id, event):
        return await self.write(
            joining.step, application_id, event, actor=Actor.REVIEWER, by=self.rosa.id, message="-"
        )

    async def wait(self, name, membership_class="investor"):
        given = Particulars(name, email=f"{name.lower()}@example.org")
        applied = await self.write(joining.apply, given, membership_class=membership_class)
        await self.step(applied.id, joining.Event.WAITLIST)
        return applied.id

    async def leave(self, member_id):
        await self.write(
            members.change_status, member_id, Event.END, why=members.EndReason.RESIGNED
        )

    async def told(self, who):
        """What somebody hears of places, after the next look."""
        await self.write(vacancies.tell)
        told = await self.read(notices.notices, who)
        return [str(one.text) for one in told if one.kind is notices.NoticeKind.PLACE_FREE]


@pytest.fixture
async def desk(database, clock):
    desk = Desk(database)
    for handle, roles in (("rosa", {Role.SECRETARY}), ("femi", {Role.TREASURER})):
        made = await desk.write(accounts.create_account, handle=handle, name=handle, roles=roles)
        setattr(desk, handle, made)
    await desk.write(joining.set_form, Form(True, "", CLASSES, (), ()))
    await desk.write(policies.choose, MOST.name, ["investor=1"], by="admin")
    desk.bo = await desk.write(
        members.add_member, name="Bo", membership_class="investor", admit=Event.ADMIT
    )
    desk.ada = await desk.wait("Ada")
    clock.advance(timedelta(days=1))
    desk.cleo = await desk.wait("Cleo")
    return desk


async def test_while_a_class_is_full_nobody_hears_of_who_waits(desk):
    assert await desk.told(desk.rosa) == []
    assert await desk.read(vacancies.vacancies) == []


async def test_when_a_member_leaves_whoever_looks_at_applications_hears_once(desk):
    await desk.leave(desk.bo.id)
    [free] = await desk.read(vacancies.vacancies)
    first = (await desk.read(joining.whole, desk.ada)).application
    assert (free.membership_class, free.waiting, free.since) == ("investor", 2, first.changed_at)
    [sentence] = await desk.told(desk.rosa)
    assert "investor" in sentence
    await desk.write(notices.mark_read, desk.rosa)
    assert await desk.told(desk.rosa) == [sentence]
    assert await desk.read(notices.count_unread, desk.rosa) == 0
    assert await desk.told(desk.femi) == []


async def test_a_raised_limit_and_another_class_make_room_too(desk):
    await desk.write(policies.choose, MOST.name, ["investor=2"], by="admin")
    assert len(await desk.told(desk.rosa)) == 1
    await desk.write(policies.choose, MOST.name, ["investor=1"], by="admin")
    assert await desk.told(desk.rosa) == []
    await desk.write(members.change_class, desk.bo.id, "worker")
    assert len(await desk.told(desk.rosa)) == 1


async def test_it_is_settled_once_the_class_is_full_again_or_nobody_waits(desk):
    await desk.leave(desk.bo.id)
    assert len(await desk.told(desk.rosa)) == 1
    admitted = await desk.step(desk.ada, joining.Event.ADMIT)
    assert await desk.told(desk.rosa) == []
    await desk.leave(admitted.member_id)
    assert len(await desk.told(desk.rosa)) == 1
    await desk.step(desk.cleo, joining.Event.DECLINE)
    assert await desk.told(desk.rosa) == []


async def test_who_is_moved_on_from_the_waiting_list_hears_of_it(desk):
    await desk.leave(desk.bo.id)
    await desk.step(desk.ada, joining.Event.ADMIT)
    async with desk.database.reading() as reader:
        letters = await reader.scalars(select(MailLetter).where(MailLetter.about == desk.ada))
    assert [one.values["state"] for one in letters][-1] == "admitted"


async def test_in_a_class_without_a_limit_nobody_waits_for_a_place(desk):
    await desk.wait("Dan", "worker")
    assert await desk.told(desk.rosa) == []


async def test_who_has_waited_longest_stands_first(desk):
    waiting = await desk.read(joining.waiting_list)
    assert [one.given.name for one in waiting] == ["Ada", "Cleo"]


async def test_the_limits_are_read_once_to_see_where_there_is_room(desk, monkeypatch):
    await desk.leave(desk.bo.id)
    read, book = [], policies.rulebook

    async def counted(reader, keys):
        read.append(keys)
        return await book(reader, keys)

    monkeypatch.setattr(policies, "rulebook", counted)
    [free] = await desk.read(vacancies.vacancies)
    assert (free.id, len(read)) == ("investor", 1)
