"""Offices lend what they lend for their term: given, reminded of, over by themselves."""

import importlib
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from federation.storage import Database, UnitOfWork
from federation.storage.base import table_of
from node import accounts, limits, members, notices, offices, policies, timers
from node.accounts import AccountView, Role
from node.accounts.models import Account
from node.errors import Conflict, InvalidInput
from node.members import Event, MemberView
from node.notices import NoticeKind
from node.offices import Given, Holding, Office, Standing
from node.offices.models import holding_table
from tests.support.asking import Asking
from tests.support.clock import START, FixedClock

TODAY = START.date()
A_YEAR, A_DAY = timedelta(days=365), timedelta(days=1)


class Coop(Asking):
    """A database with an admin, and Femi who is a member with an account."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.accounts: dict[str, AccountView] = {}

    async def person(self, name: str, role: Role, kind: str = "worker") -> MemberView:
        made = await self.write(accounts.create_account, handle=name, name=name, roles={role})
        self.accounts[name] = made
        entered: MemberView = await self.write(
            members.add_member,
            name=name,
            membership_class=kind,
            account_id=made.id,
            admit=Event.ADMIT,
        )
        return entered

    async def give(self, who: MemberView, office: Office, **changes: Any) -> Holding:
        term = {"starts_on": TODAY, "ends_on": TODAY + A_YEAR, "decision": "Meeting of 1 May"}
        given = Given(office, **term | changes)
        held: Holding = await self.write(offices.give, who.id, given, by=self.accounts["rosa"].id)
        return held

    async def roles(self, name: str) -> set[Role]:
        return set((await self.read(accounts.account, self.accounts[name].id)).roles)

    async def told(self, name: str) -> list[NoticeKind]:
        who = await self.read(accounts.account, self.accounts[name].id)
        return [one.kind for one in await self.read(notices.notices, who)]

    async def pass_time(self, clock: FixedClock, days: int) -> None:
        clock.advance(timedelta(days=days))
        while await self.database.write(timers.run_due):
            pass


@pytest.fixture
async def coop(database: Database) -> Coop:
    made = Coop(database)
    await made.person("rosa", Role.ADMIN)
    return made


@pytest.fixture
async def femi(coop: Coop) -> MemberView:
    return await coop.person("femi", Role.MEMBER)


async def test_a_term_begins_is_reminded_of_and_ends_by_itself(
    coop: Coop, femi: MemberView, clock: FixedClock
) -> None:
    first = TODAY + timedelta(days=10)
    held = await coop.give(femi, Office.TREASURER, starts_on=first)
    assert (held.standing, held.member_name) == (Standing.COMING, "femi")
    assert await coop.roles("femi") == {Role.MEMBER}
    assert await coop.told("femi") == [NoticeKind.OFFICE_GIVEN]

    await coop.pass_time(clock, 10)
    assert await coop.roles("femi") == {Role.MEMBER, Role.TREASURER}
    assert (await coop.read(accounts.account, coop.accounts["femi"].id)).office_since == clock.now()
    token = await coop.write(
        accounts.create_token, coop.accounts["femi"].id, label="x", scopes={"ledger:read"}
    )

    await coop.pass_time(clock, 365 - 10 - limits.OFFICE_REMINDER.days)
    assert await coop.told("rosa") == [NoticeKind.OFFICE_ENDS]
    assert (await coop.read(offices.holding, held.id)).is_ending
    await coop.pass_time(clock, limits.OFFICE_REMINDER.days)

    over = await coop.read(offices.holding, held.id)
    assert (over.standing, over.ended_on, over.reason) == (Standing.OVER, over.ends_on, "")
    assert await coop.roles("femi") == {Role.MEMBER}
    _who, scopes = await coop.read(accounts.token_account, token.secret, clock.now())
    assert scopes == set()
    assert await coop.told("rosa") == [NoticeKind.OFFICE_ENDED]
    assert await coop.read(offices.holdings, over=False) == []
    assert await coop.read(offices.holdings) == [over]
    lines = await coop.read(members.history, femi.id)
    assert [line.event for line in lines] == ["apply", "admit", "office", "end-office"]
    days = {"first": first.isoformat(), "until": held.ends_on.isoformat()}
    assert lines[2].content.details == {"office": "treasurer", "called": "", **days}
    assert [line.content.reason for line in lines[2:]] == ["Meeting of 1 May", ""]
    assert await coop.read(members.first_fault) is None


async def test_what_somebody_may_anyway_outlasts_their_office(coop: Coop, femi: MemberView) -> None:
    own = {Role.MEMBER, Role.SECRETARY}
    await coop.write(accounts.set_roles, coop.accounts["femi"].id, own, by="operator")
    held = await coop.give(femi, Office.SECRETARY)
    await coop.write(offices.end, held.id, by="operator", reason="Moved away")
    assert await coop.roles("femi") == own
    with pytest.raises(Conflict, match="over already"):
        await coop.write(offices.end, held.id, by="operator", reason="Again")


async def test_the_last_keeper_of_the_node_goes_on_until_there_is_another(
    coop: Coop, femi: MemberView, clock: FixedClock
) -> None:
    held = await coop.give(femi, Office.ADMIN)
    rosa = coop.accounts["rosa"].id
    await coop.write(accounts.set_roles, rosa, {Role.MEMBER}, by="operator")
    with pytest.raises(Conflict, match="needs an admin"):
        await coop.write(offices.end, held.id, by="operator", reason="Tired")
    await coop.pass_time(clock, 365)
    assert Role.ADMIN in await coop.roles("femi")
    assert NoticeKind.OFFICE_HELD_ON in await coop.told("femi")
    await coop.write(accounts.add_role, rosa, Role.ADMIN, by="operator")
    await coop.pass_time(clock, 1)
    assert await coop.roles("femi") == {Role.MEMBER}
    assert (await coop.read(offices.holding, held.id)).ended_on == held.ends_on + A_DAY


async def test_suspended_members_do_nothing_meanwhile_and_whoever_leaves_holds_nothing(
    coop: Coop, femi: MemberView
) -> None:
    held = await coop.give(femi, Office.MODERATOR)
    await coop.write(members.change_status, femi.id, Event.SUSPEND)
    assert await coop.roles("femi") == {Role.MEMBER}
    await coop.write(members.change_status, femi.id, Event.REINSTATE)
    assert await coop.roles("femi") == {Role.MEMBER, Role.MODERATOR}
    later = await coop.give(femi, Office.CHAIR, starts_on=TODAY + A_DAY)
    await coop.write(offices.end, later.id, by="operator", reason="Too much at once")
    assert (await coop.read(offices.holding, later.id)).ended_on == TODAY + A_DAY
    await coop.give(femi, Office.CHAIR)
    await coop.write(members.change_status, femi.id, Event.END, why="resigned")
    assert await coop.roles("femi") == {Role.MEMBER}
    assert (await coop.read(offices.holding, held.id)).ended_on == TODAY

    await coop.write(members.forget, femi.id)
    forgotten = await coop.read(offices.holdings, member_id=femi.id)
    assert {(one.reason, one.decision) for one in forgotten} == {("", "")}


async def test_what_opens_pages_is_only_for_who_has_an_account_and_goes_with_it(coop: Coop) -> None:
    named = {"name": "Jean", "membership_class": "worker", "admit": Event.ADMIT}
    jean = await coop.write(members.add_member, **named)
    await coop.give(jean, Office.CHAIR)
    with pytest.raises(Conflict, match="let them in"):
        await coop.give(jean, Office.DELEGATE)
    made = await coop.write(accounts.create_account, handle="j", name="J", roles={Role.MEMBER})
    coop.accounts["jean"] = made
    await coop.write(members.link_account, jean.id, made.id)
    await coop.give(jean, Office.DELEGATE)
    assert await coop.roles("jean") == {Role.MEMBER, Role.DELEGATE}
    await coop.write(members.link_account, jean.id, None)
    assert await coop.roles("jean") == {Role.MEMBER}


async def test_nobody_holds_the_same_twice_and_the_next_term_settles_the_reminder(
    coop: Coop, femi: MemberView, clock: FixedClock
) -> None:
    held = await coop.give(femi, Office.COMMITTEE, name="Garden")
    with pytest.raises(Conflict, match="hold this until"):
        await coop.give(femi, Office.COMMITTEE, name="garden", starts_on=TODAY + A_DAY)
    await coop.give(femi, Office.COMMITTEE, name="House")
    await coop.pass_time(clock, 340)
    assert await coop.told("rosa") == [NoticeKind.OFFICE_ENDS] * 2
    ends_on = held.ends_on + A_YEAR
    await coop.give(femi, Office.COMMITTEE, name="Garden", starts_on=held.ends_on, ends_on=ends_on)
    assert await coop.told("rosa") == [NoticeKind.OFFICE_ENDS]


async def test_what_a_class_of_members_may_is_the_coops_own_rule(
    coop: Coop, femi: MemberView
) -> None:
    investor = await coop.person("ines", Role.MEMBER, "investor")
    with pytest.raises(InvalidInput, match=r"members\.standing_classes"):
        await coop.give(investor, Office.CHAIR)
    key = policies.MEMBERS_STANDING_CLASSES
    both = ["worker", "investor"]
    await coop.write(policies.choose, key.name, both, by="operator")
    await coop.give(investor, Office.CHAIR)
    with pytest.raises(InvalidInput, match="do not speak for the coop"):
        await coop.give(investor, Office.DELEGATE)

    supporter = "supporter"
    await coop.write(members.change_class, femi.id, supporter, by="rosa", reason="Wish of theirs")
    *_earlier, last = await coop.read(members.history, femi.id)
    assert (last.event, last.content.membership_class) == ("change-class", supporter)
    with pytest.raises(Conflict, match="this class already"):
        await coop.write(members.change_class, femi.id, supporter)
    with pytest.raises(InvalidInput):
        await coop.give(femi, Office.CHAIR)


async def test_a_seat_in_a_committee_is_one_in_a_team_while_it_lasts(
    coop: Coop, femi: MemberView, clock: FixedClock
) -> None:
    async def teams(name: str) -> list[str]:
        return await coop.read(accounts.in_team, name)

    me = coop.accounts["femi"].id
    first = TODAY + timedelta(days=10)
    held = await coop.give(femi, Office.COMMITTEE, name="Garden", starts_on=first)
    await coop.give(femi, Office.COMMITTEE, name="Kitchen")
    assert (await teams("Garden"), await teams("Kitchen")) == ([], [me])
    await coop.pass_time(clock, 10)
    assert (await coop.read(accounts.account, me)).teams == {"Garden", "Kitchen"}
    assert await coop.read(accounts.teams) == ["Garden", "Kitchen"]
    await coop.write(offices.end, held.id, by="operator", reason="Moved away")
    assert await teams("Garden") == []
    await coop.write(members.leave, femi.id, by="operator")
    assert await coop.read(accounts.teams) == []


async def test_who_had_a_seat_before_there_were_teams_is_in_one(either_database: Database) -> None:
    coop = Coop(either_database)
    await coop.person("rosa", Role.ADMIN)
    femi = await coop.person("femi", Role.MEMBER)
    await coop.give(femi, Office.COMMITTEE, name="Garden")
    revision = importlib.import_module("node.migrations.versions.0003_teams_firms_pictures")

    async def as_it_was(uow: UnitOfWork) -> None:
        await uow.execute(update(table_of(Account)).values(teams=[]))
        await uow.execute(update(holding_table).values(starts_on=date(2020, 1, 1)))
        await (await uow.session.connection()).run_sync(revision._fill_teams)

    await coop.database.write(as_it_was)
    assert await coop.read(accounts.in_team, "Garden") == [coop.accounts["femi"].id]


async def test_nobody_stands_in_for_themselves(coop: Coop) -> None:
    ada, bo = [await coop.person(name, Role.MEMBER) for name in ("ada", "bo")]
    await coop.give(ada, Office.DELEGATE)
    with pytest.raises(InvalidInput) as refused:
        await coop.give(ada, Office.ALTERNATE)
    assert "Nobody stands in for themselves" in str(refused.value.fields["member"][0])
    later = {"starts_on": TODAY + A_YEAR, "ends_on": TODAY + 2 * A_YEAR}
    await coop.give(ada, Office.ALTERNATE, **later)
    await coop.give(bo, Office.ALTERNATE)
