"""Whoever stands in for a delegate votes when it is time, once; nobody votes twice for a coop."""

import asyncio
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace
from sqlalchemy import insert, select

from node import accounts, audit, council, members, notices, policies
from node.accounts import Role
from node.council import Named
from node.council.rows import store
from node.council.rows.models import ballot_table, proposal_table
from node.council.words import statements
from node.errors import Conflict, InvalidInput
from node.members import Event
from node.notices.models import Notice
from protocol.keys import multikey_of
from tests.stories.council import Council
from tests.support.statements import sql_meanwhile

DEVICE_KEY = multikey_of(Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key())


class Bench(Council):
    """Two coops; Lanehead has a delegate, Ines, and Rui who stands in."""

    rui = ""

    async def seat(self) -> None:
        coop = self.coops["lanehead"]
        roles = {Role.MEMBER, Role.DELEGATE}
        made = await coop.write(accounts.create_account, handle="rui", name="Rui", roles=roles)
        self.rui = made.id
        await coop.write(
            council.name_delegates,
            await self.id_at("lanehead"),
            [Named(self.delegates["lanehead"])],
            [Named(made.id)],
            by="operator",
        )
        await self.settle()

    async def cast(self, who: str, choice: str = "yes") -> Any:
        row = await self.row("lanehead")
        return await self.coops["lanehead"].write(council.cast, row.id, choice, by=who)

    async def asked(self, who: str) -> tuple[bool, bool, bool]:
        """Whether they can vote, it waits for them, and they were told that they stand in."""
        coop, row = self.coops["lanehead"], await self.row("lanehead")
        account = await coop.read(accounts.account, who)
        chosen = select(Notice.id).where(
            Notice.kind == "council-stand-in", Notice.audience == f"account:{who}"
        )
        return (
            await coop.read(council.turn_of, row.id, account) is council.VoteTurn.MAY,
            bool(await coop.read(council.waiting, account)),
            bool(await coop.read(lambda reader: reader.scalars(chosen))),
        )

    async def name(self, *groups: list[Named]) -> None:
        number = await self.id_at("lanehead")
        write = self.coops["lanehead"].write
        await write(council.name_delegates, number, *groups, by="operator")
        await self.settle()

    async def enters(self, account_id: str) -> str:
        """Their line in the register."""
        said = {"name": "Ines", "membership_class": "worker", "admit": Event.ADMIT}
        made = await self.coops["lanehead"].write(members.add_member, account_id=account_id, **said)
        return str(made.id)

    async def wait_until_left(self, hours: float) -> None:
        row = await self.row("lanehead")
        left = (row.closes_at - self.town.clock.now()).total_seconds() / 3600
        await self.wait(hours=left - hours)

    async def ballots(self) -> list[tuple[int, str]]:
        chosen = select(ballot_table.c.sequence, ballot_table.c.cast_by)
        rows = await self.coops["lanehead"].read(lambda reader: reader.rows(chosen))
        return [(row.sequence, row.cast_by) for row in rows]


@pytest.fixture
async def bench(assemble: Any) -> Bench:
    made: Bench = await assemble(2)
    made.__class__ = type("Bench", (Bench, made.__class__), {})
    await made.found()
    await made.seat()
    await made.opened()
    return made


def ines(bench: Bench) -> str:
    return bench.delegates["lanehead"]


async def test_who_stands_in_votes_once_it_is_time_and_the_delegate_then_no_more(
    bench: Bench,
) -> None:
    assert await bench.asked(ines(bench)) == (True, True, False)
    assert await bench.asked(bench.rui) == (False, False, False)
    with pytest.raises(Conflict, match="once it is time"):
        await bench.cast(bench.rui)
    row = await bench.row("lanehead")
    left = (row.closes_at - bench.town.clock.now()).total_seconds() / 3600
    await bench.wait(hours=left - 24 - 1)
    assert await bench.asked(bench.rui) == (False, False, False)
    await bench.wait(hours=1.1)
    assert await bench.asked(bench.rui) == (True, True, True)
    assert await bench.asked(ines(bench)) == (True, True, False)

    await bench.cast(bench.rui)
    await bench.cast(bench.rui, "no")
    await bench.settle()
    with pytest.raises(Conflict, match="Somebody stood in"):
        await bench.cast(ines(bench))
    assert await bench.asked(ines(bench)) == (False, False, False)
    assert await bench.asked(bench.rui) == (True, False, False)
    assert await bench.ballots() == [(1, bench.rui), (2, bench.rui)]
    seen = await bench.coops["portici"].read(council.ballots, (await bench.row("portici")).id)
    assert [(one.sequence, one.stands_in) for one in seen] == [(1, True), (2, True)]
    noted = await bench.coops["lanehead"].read(audit.entries, limit=50)
    assert [one.what for one in noted].count("council.vote-standing-in") == 2


async def test_nobody_stands_in_for_a_delegate_who_has_voted(bench: Bench) -> None:
    await bench.cast(ines(bench))
    row = await bench.row("lanehead")
    left = (row.closes_at - bench.town.clock.now()).total_seconds() / 3600
    await bench.wait(hours=left - 1)
    assert await bench.asked(bench.rui) == (False, False, False)
    with pytest.raises(Conflict, match="A delegate of ours has voted"):
        await bench.cast(bench.rui)
    await bench.cast(ines(bench), "no")
    assert await bench.ballots() == [(1, ines(bench)), (2, ines(bench))]


@pytest.mark.parametrize("how", ["suspended", "away", "ended", "closed"])
async def test_who_stands_in_is_asked_at_once_when_the_delegate_is_gone(
    bench: Bench, how: str
) -> None:
    coop = bench.coops["lanehead"]
    if how == "ended":
        admin = {Role.MEMBER, Role.ADMIN}
        await coop.write(accounts.create_account, handle="sam", name="Sam", roles=admin)
        await coop.write(accounts.set_roles, ines(bench), {Role.MEMBER}, by="admin")
    elif how == "closed":
        await coop.write(accounts.create_account, handle="sam", name="Sam", roles={Role.ADMIN})
        await coop.write(accounts.disable, ines(bench), by="admin")
    if how in ("ended", "closed"):
        assert await bench.asked(bench.rui) == (True, True, True)
        return
    line = await bench.enters(ines(bench))
    assert await bench.asked(bench.rui) == (False, False, False)
    event = Event.SUSPEND if how == "suspended" else Event.PAUSE
    await coop.write(members.change_status, line, event, reason="because")
    assert await bench.asked(bench.rui) == (True, True, True)
    await bench.cast(bench.rui)
    back = Event.REINSTATE if how == "suspended" else Event.RETURN
    await coop.write(members.change_status, line, back)
    with pytest.raises(Conflict, match="Somebody stood in"):
        await bench.cast(ines(bench))


async def test_with_a_rule_of_no_hours_nobody_stands_in_for_who_is_there(bench: Bench) -> None:
    rule = policies.COUNCIL_STAND_IN_HOURS.name
    await bench.coops["lanehead"].write(policies.choose, rule, 0, by="operator")
    row = await bench.row("lanehead")
    left = (row.closes_at - bench.town.clock.now()).total_seconds() / 3600
    await bench.wait(hours=left - 0.5)
    assert await bench.asked(bench.rui) == (False, False, False)


async def test_a_rule_that_is_raised_while_a_vote_is_open_asks_who_stands_in(bench: Bench) -> None:
    rule, write = policies.COUNCIL_STAND_IN_HOURS.name, bench.coops["lanehead"].write
    await write(policies.choose, rule, 0, by="operator")
    await bench.wait_until_left(20)
    assert await bench.asked(bench.rui) == (False, False, False)
    await write(policies.choose, rule, 10, by="operator")
    await bench.wait_until_left(9)
    assert await bench.asked(bench.rui) == (True, True, True)


async def test_a_rule_that_is_lowered_while_a_vote_is_open_takes_back_what_was_asked(
    bench: Bench,
) -> None:
    await bench.wait_until_left(20)
    assert await bench.asked(bench.rui) == (True, True, True)
    rule, write = policies.COUNCIL_STAND_IN_HOURS.name, bench.coops["lanehead"].write
    await write(policies.choose, rule, 0, by="operator")
    assert await bench.asked(bench.rui) == (False, False, False)


async def test_who_stands_in_is_asked_no_more_once_the_delegate_is_back(bench: Bench) -> None:
    coop = bench.coops["lanehead"]
    line = await bench.enters(ines(bench))
    for step, asked in ((Event.PAUSE, True), (Event.RETURN, False), (Event.PAUSE, True)):
        await coop.write(members.change_status, line, step)
        assert await bench.asked(bench.rui) == (asked,) * 3
    roles = {Role.MEMBER, Role.DELEGATE}
    await coop.write(members.change_status, line, Event.RETURN)
    await coop.write(accounts.create_account, handle="sam", name="Sam", roles={Role.ADMIN})
    for each in ({Role.MEMBER}, roles):
        await coop.write(accounts.set_roles, ines(bench), each, by="admin")
        assert await bench.asked(bench.rui) == (each != roles,) * 3


async def test_who_stands_in_is_asked_once_whoever_else_comes_or_goes(bench: Bench) -> None:
    coop = bench.coops["lanehead"]
    await bench.wait_until_left(20)
    rui = await coop.read(accounts.account, bench.rui)
    await coop.write(notices.mark_read, rui)
    line = await bench.enters(ines(bench))
    await coop.write(members.change_status, line, Event.PAUSE)
    bo = await coop.write(members.add_member, name="Bo", membership_class="worker")
    await coop.write(members.change_status, bo.id, Event.ADMIT_ON_PROBATION)
    assert await coop.read(notices.count_unread, rui) == 0


async def test_open_votes_are_not_read_for_who_was_never_a_delegate(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[object] = []

    async def note(_reader: object, known: object, *_more: object, **_named: object) -> None:
        read.append(known)

    monkeypatch.setattr(store, "record", note)
    write = bench.coops["lanehead"].write
    sam = await write(accounts.create_account, handle="sam", name="Sam", roles={Role.MEMBER})
    await write(accounts.set_roles, sam.id, {Role.MEMBER, Role.ADMIN}, by="admin")
    line = await bench.enters(sam.id)
    await write(members.change_status, line, Event.SUSPEND, reason="because")
    assert read == []


async def test_who_stood_in_still_changes_the_vote_when_named_anew(bench: Bench) -> None:
    await bench.wait_until_left(20)
    await bench.cast(bench.rui)
    await bench.name([Named(ines(bench))], [Named(bench.rui)])
    await bench.cast(bench.rui, "no")
    with pytest.raises(Conflict, match="Somebody stood in"):
        await bench.cast(ines(bench))


async def test_who_stood_in_still_changes_the_vote_with_a_key_for_a_lost_one(bench: Bench) -> None:
    await bench.wait_until_left(20)
    await bench.cast(bench.rui)
    coop, number = bench.coops["lanehead"], await bench.id_at("lanehead")
    chosen = select(ballot_table.c.text)
    [text] = await coop.read(lambda reader: reader.scalars(chosen))
    key = statements.read(text)["delegate"]
    lost = {"account_id": bench.rui, "by": "operator"}
    await coop.write(council.lost_key, number, key, **lost)
    await bench.settle()
    await bench.cast(bench.rui, "no")


async def test_delegates_who_are_named_anew_change_what_somebody_standing_in_has_voted(
    bench: Bench,
) -> None:
    await bench.wait_until_left(20)
    await bench.cast(bench.rui)
    chosen = select(ballot_table.c.text)
    [text] = await bench.coops["lanehead"].read(lambda reader: reader.scalars(chosen))
    same_key = statements.read(text)["delegate"]
    await bench.name([Named(ines(bench))], [Named(bench.rui, same_key)])
    await bench.cast(ines(bench), "no")
    with pytest.raises(Conflict, match="A delegate of ours has voted"):
        await bench.cast(bench.rui)


async def test_a_delegates_vote_does_not_become_one_of_who_stands_in(bench: Bench) -> None:
    await bench.cast(ines(bench))
    chosen = select(ballot_table.c.text)
    [text] = await bench.coops["lanehead"].read(lambda reader: reader.scalars(chosen))
    same_key = statements.read(text)["delegate"]
    await bench.name([Named(bench.rui)], [Named(ines(bench), same_key)])
    await bench.cast(bench.rui, "no")


@pytest.mark.parametrize("who", ["delegate", "alternate"])
async def test_pages_ask_the_database_as_often_for_ten_open_votes_as_for_one(
    bench: Bench, who: str
) -> None:
    await bench.wait_until_left(20)
    coop = bench.coops["lanehead"]
    account = await coop.read(accounts.account, ines(bench) if who == "delegate" else bench.rui)

    async def counted() -> tuple[int, int]:
        with sql_meanwhile() as asked:
            found = await coop.read(council.waiting, account)
        return len(found), len(asked)

    await counted()
    one, few = await counted()
    row = (await bench.row("lanehead")).id

    async def more(uow: Any) -> None:
        [known] = await uow.rows(select(proposal_table).where(proposal_table.c.id == row))
        for number in range(9):
            other = {"id": f"other-{number}", "proposal": f"urn:other:{number}"}
            await uow.execute(insert(proposal_table).values(dict(known._mapping) | other))

    await coop.write(more)
    assert one == 1
    assert await counted() == (10, few)


@pytest.mark.parametrize("first", ["delegate", "alternate"])
async def test_of_two_who_vote_at_one_moment_one_is_counted(bench: Bench, first: str) -> None:
    row = await bench.row("lanehead")
    left = (row.closes_at - bench.town.clock.now()).total_seconds() / 3600
    await bench.wait(hours=left - 1)
    people = [ines(bench), bench.rui]
    if first == "alternate":
        people.reverse()
    done = await asyncio.gather(*map(bench.cast, people), return_exceptions=True)
    refused = [one for one in done if isinstance(one, Exception)]
    assert [type(one) for one in refused] == [Conflict]
    assert len(await bench.ballots()) == 1
    await bench.settle()
    seen = await bench.coops["portici"].read(council.ballots, (await bench.row("portici")).id)
    assert [one.coop for one in seen].count(bench.coops["lanehead"].uri) == 1


async def test_whose_key_may_be_on_their_own_device_is_not_told_that_they_are_no_delegate(
    bench: Bench,
) -> None:
    lanehead, row = bench.coops["lanehead"], await bench.row("lanehead")
    rui = await lanehead.read(accounts.account, bench.rui)
    member = replace(rui, roles=frozenset({Role.MEMBER}))
    await bench.name([Named(ines(bench))])
    assert await lanehead.read(council.turn_of, row.id, rui) is None
    await bench.name([Named(ines(bench)), Named(bench.rui, DEVICE_KEY)])
    turn = await lanehead.read(council.turn_of, row.id, rui)
    assert turn is council.VoteTurn.ON_DEVICE
    assert await lanehead.read(council.turn_of, row.id, member) is None
    assert (await bench.asked(ines(bench)))[0]


async def test_nobody_is_named_to_stand_in_for_themselves(bench: Bench) -> None:
    both = [Named(bench.rui)]
    with pytest.raises(InvalidInput) as refused:
        await bench.coops["lanehead"].write(
            council.name_delegates, await bench.id_at("lanehead"), both, both, by="operator"
        )
    assert list(refused.value.fields) == ["alternates"]
