"""Who may take something from whom: nobody who keeps the register for the coop, and no more, does
so to those who look after the node."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from node import accounts, members
from node.accounts import Role
from node.errors import NotAllowed
from node.members import EndReason, Event, MembershipClass
from tests.support.asking import read, write
from tests.support.clock import START

LATER = START.date() + timedelta(days=30)
AGAINST = [Event.PAUSE, Event.SUSPEND, Event.GIVE_NOTICE, Event.END]


@dataclass(frozen=True)
class Somebody:
    """Who signs in, and their line in the register."""

    account: str
    line: str


async def enter(database, handle, role) -> Somebody:
    account = await write(
        database, accounts.create_account, handle=handle, name=handle, roles=[role]
    )
    named = {"name": handle, "membership_class": "worker", "account_id": account.id}
    line = await write(database, members.add_member, admit=Event.ADMIT, **named)
    return Somebody(account.id, line.id)


@pytest.fixture
async def admin(database) -> Somebody:
    return await enter(database, "ada", Role.ADMIN)


@pytest.fixture
async def secretary(database) -> Somebody:
    return await enter(database, "gina", Role.SECRETARY)


@pytest.fixture
async def baker(database) -> Somebody:
    return await enter(database, "rosa", Role.MEMBER)


async def act(database, by: str, event: Event, line: str) -> None:
    ends = event in (Event.GIVE_NOTICE, Event.END)
    said = {"until": LATER if event is Event.GIVE_NOTICE else None, "reason": "The board"}
    why = EndReason.RESIGNED if ends else None
    await write(database, members.change_status, line, event, by=by, why=why, **said)


async def offered(database, by: Somebody, to: Somebody) -> list[Event]:
    one = await read(database, members.member, to.line)
    return (await read(database, members.may_do, one, by.account)).steps


@pytest.mark.parametrize("event", AGAINST)
async def test_who_keeps_the_register_takes_nothing_from_who_looks_after_the_node(
    database, admin, secretary, baker, event
):
    with pytest.raises(NotAllowed, match="look after this node"):
        await act(database, secretary.account, event, admin.line)
    assert event not in await offered(database, secretary, admin)
    assert event in await offered(database, secretary, baker)
    await act(database, secretary.account, event, baker.line)


@pytest.mark.parametrize("event", AGAINST)
async def test_others_who_look_after_the_node_do_and_the_operator(
    database, admin, secretary, event
):
    other = await enter(database, "eve", Role.ADMIN)
    assert event in await offered(database, other, admin)
    await act(database, other.account, event, admin.line)
    await act(database, "operator", event, other.line)
    await act(database, other.account, event, secretary.line)


async def test_who_looks_after_the_node_leaves_by_themselves(database, admin):
    await act(database, admin.account, Event.END, admin.line)


async def test_who_keeps_the_register_puts_them_in_no_other_class(
    database, admin, secretary, baker
):
    wanted = {"by": secretary.account}
    investor = MembershipClass.INVESTOR
    with pytest.raises(NotAllowed, match="look after this node"):
        await write(database, members.change_class, admin.line, investor, **wanted)
    one = await read(database, members.member, admin.line)
    assert not (await read(database, members.may_do, one, secretary.account)).reclass
    await write(database, members.change_class, baker.line, investor, **wanted)
