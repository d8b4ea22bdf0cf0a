"""Hours of work: noted by members, confirmed by somebody else, added up, forgotten."""

from datetime import date, timedelta
from typing import Any

import pytest

from federation.storage import Database, UnitOfWork
from node import accounts, audit, hours, limits, members, notices, offices
from node.accounts import AccountView, Role
from node.data_map import Person, data_map
from node.errors import Conflict, InvalidInput, NotAllowed, NotFound
from node.hours import Entry, Seen, State, Work
from node.hours.rules import checked
from node.members import Event, MemberView
from node.notices import NoticeKind
from tests.support.asking import Asking
from tests.support.clock import START
from tests.support.statements import sql_meanwhile

TODAY = START.date()


class Coop(Asking):
    """Rosa and Sol look after members, Femi works; all are members."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.accounts: dict[str, AccountView] = {}
        self.members: dict[str, MemberView] = {}

    async def person(self, name: str, role: Role) -> None:
        made = await self.write(accounts.create_account, handle=name, name=name, roles={role})
        self.accounts[name] = made
        self.members[name] = await self.write(
            members.add_member,
            name=name,
            membership_class="worker",
            account_id=made.id,
            admit=Event.ADMIT,
        )

    async def note(self, who: str, **changes: Any) -> Seen:
        work = Work(**{"worked_on": TODAY, "minutes": 90, "activity": "Repairs"} | changes)
        made = await self.write(hours.note, self.accounts[who].id, work)
        return Seen(made.id, made.version)

    async def confirm(self, by: str, *seen: Seen) -> None:
        await self.write(hours.confirm, seen, by=self.accounts[by].id)

    async def send_back(self, by: str, seen: Seen, reason: str = "That was Monday") -> None:
        await self.write(hours.send_back, seen, reason, by=self.accounts[by].id)

    async def entry(self, seen: Seen) -> Entry:
        found: Entry = await self.read(hours.entry, seen.id)
        return found

    async def told(self, name: str) -> list[NoticeKind]:
        return [one.kind for one in await self.read(notices.notices, self.accounts[name])]

    async def waits_for(self, name: str) -> list[tuple[str, int, int]]:
        found = await self.read(hours.waiting, self.accounts[name].id)
        return [(one.name, one.entries, one.minutes) for one in found]


@pytest.fixture
async def coop(either_database: Database) -> Coop:
    made = Coop(either_database)
    for name, role in (("rosa", Role.ADMIN), ("sol", Role.SECRETARY), ("femi", Role.MEMBER)):
        await made.person(name, role)
    return made


async def test_hours_wait_for_somebody_else_count_once_confirmed_and_are_added_up(
    coop: Coop,
) -> None:
    last_year = date(TODAY.year - 1, 12, 31)
    old = await coop.note("femi", worked_on=last_year)
    first, second = await coop.note("femi"), await coop.note("femi", activity="Books", minutes=30)
    own = await coop.note("sol")
    assert await coop.waits_for("sol") == [("femi", 3, 210)]
    assert await coop.waits_for("rosa") == [("femi", 3, 210), ("sol", 1, 90)]
    with pytest.raises(NotAllowed):
        await coop.confirm("sol", own)

    await coop.confirm("sol", first, old)
    assert await coop.waits_for("sol") == [("femi", 1, 30)]
    done = await coop.entry(first)
    assert (done.state, done.decided_by) == (State.CONFIRMED, coop.accounts["sol"].id)
    mine = await coop.read(hours.years, coop.members["femi"].id)
    assert [(one.year, one.confirmed, one.waiting) for one in mine] == [
        (TODAY.year, 90, 30),
        (TODAY.year - 1, 90, 0),
    ]
    of_all = await coop.read(hours.sums, TODAY.year)
    assert [(one.member_name, one.activity, one.confirmed, one.waiting) for one in of_all] == [
        ("femi", "Books", 0, 30),
        ("femi", "Repairs", 90, 0),
        ("sol", "Repairs", 0, 90),
    ]
    for command in (hours.take_back, hours.change):
        more = () if command is hours.take_back else (Work(TODAY, 1, "x"),)
        with pytest.raises(Conflict):
            await coop.write(command, coop.accounts["femi"].id, first.id, *more)
        with pytest.raises(NotFound):
            await coop.write(command, coop.accounts["rosa"].id, second.id, *more)
    await coop.write(hours.take_back, coop.accounts["femi"].id, second.id)
    assert await coop.waits_for("sol") == []


async def test_what_is_sent_back_is_put_right_and_waits_again(coop: Coop) -> None:
    noted = await coop.note("femi")
    with pytest.raises(InvalidInput):
        await coop.send_back("sol", noted, " ")
    await coop.send_back("sol", noted)
    assert await coop.told("femi") == [NoticeKind.HOURS_SENT_BACK]
    [back] = await coop.read(hours.sent_back, coop.accounts["femi"].id)
    assert (back.reason, back.version) == ("That was Monday", 2)
    assert await coop.read(hours.sums, TODAY.year) == []

    right = Work(TODAY - timedelta(days=1), 60, "Repairs")
    await coop.write(hours.change, coop.accounts["femi"].id, noted.id, right)
    assert await coop.told("femi") == []
    now = await coop.entry(noted)
    assert (now.state, now.minutes, now.reason, now.decided_by) == (State.NOTED, 60, "", None)
    with pytest.raises(Conflict):  # as it was before it was changed
        await coop.confirm("sol", Seen(noted.id, 2))
    await coop.confirm("sol", Seen(noted.id, now.version))

    await coop.send_back("rosa", Seen(noted.id, now.version + 1))  # confirmed by mistake
    assert (await coop.entry(noted)).state is State.SENT_BACK


async def test_of_several_all_are_confirmed_or_none(coop: Coop) -> None:
    first, second = await coop.note("femi"), await coop.note("femi")
    with pytest.raises(Conflict):
        await coop.confirm("sol", first, second._replace(version=2))
    assert (await coop.entry(first)).state is State.NOTED


async def test_of_many_each_costs_one_statement_and_is_confirmed_once(coop: Coop) -> None:
    many = [await coop.note("femi", minutes=5) for _nr in range(9)]

    async def costs(uow: UnitOfWork, seen: list[Seen]) -> int:
        with sql_meanwhile() as asked:
            await hours.confirm(uow, seen, by=coop.accounts["sol"].id)
        return len(asked)

    alone = await coop.write(costs, many[:1])
    assert await coop.write(costs, many[1:8]) == alone + 6
    with pytest.raises(Conflict):
        await coop.confirm("sol", many[8], many[8])
    assert {(await coop.entry(one)).state for one in many[:8]} == {State.CONFIRMED}
    lines = await coop.read(audit.entries, limit=99)
    assert sum(line.what == "hours.confirm" for line in lines) == 8


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("worked_on", TODAY + timedelta(days=2)),
        ("worked_on", TODAY - limits.WORK_NOTED_LATE - timedelta(days=1)),
        ("minutes", 0),
        ("minutes", 24 * 60 + 1),
        ("activity", "  "),
        ("activity", "x" * (limits.WORK_ACTIVITY_LONGEST + 1)),
        ("committee", "Nobody's"),
    ],
)
def test_what_cannot_be_true_is_not_noted(field: str, wrong: Any) -> None:
    given = {"worked_on": TODAY, "minutes": 90, "activity": "Repairs"} | {field: wrong}
    with pytest.raises(InvalidInput) as refused:
        checked(Work(**given), ["Garden"], TODAY)
    assert set(refused.value.fields) == {field}


async def test_a_day_has_twenty_four_hours_and_so_much_waits_and_no_more(
    coop: Coop, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted = await coop.note("femi", minutes=23 * 60)
    with pytest.raises(InvalidInput):
        await coop.note("femi", minutes=61)
    await coop.note("femi", minutes=60)
    same = Work(TODAY, 23 * 60, "Other repairs")
    await coop.write(hours.change, coop.accounts["femi"].id, noted.id, same)
    monkeypatch.setattr(limits, "WORK_WAITING_MOST", 2)
    with pytest.raises(Conflict):
        await coop.note("femi", worked_on=TODAY - timedelta(days=1))


async def test_work_is_for_a_committee_that_there_is_and_stays_so(coop: Coop) -> None:
    made = await coop.write(
        offices.set_committee, "Garden", purpose="Beds", decision="Meeting of 1 May"
    )
    noted = await coop.note("femi", committee=" garden ")
    await coop.write(offices.drop_committee, made, by="operator")
    with pytest.raises(InvalidInput):
        await coop.note("femi", committee="Garden")
    again = Work(TODAY, 30, "Beds", "Garden")
    await coop.write(hours.change, coop.accounts["femi"].id, noted.id, again)
    assert (await coop.entry(noted)).committee == "Garden"


async def test_only_members_note_hours_or_change_them_and_none_while_suspended(coop: Coop) -> None:
    noted = await coop.note("femi")
    coop.accounts["guest"] = await coop.write(
        accounts.create_account, handle="guest", name="guest", roles={Role.MEMBER}
    )
    with pytest.raises(NotAllowed):
        await coop.note("guest")
    who = coop.members["femi"].id
    await coop.write(members.change_status, who, Event.SUSPEND, reason="x", by="operator")
    with pytest.raises(NotAllowed):
        await coop.note("femi")
    with pytest.raises(NotAllowed):
        await coop.write(hours.change, coop.accounts["femi"].id, noted.id, Work(TODAY, 600, "Rest"))
    await coop.write(hours.take_back, coop.accounts["femi"].id, noted.id)


async def test_hours_are_taken_along_and_stay_without_words_once_the_member_is_forgotten(
    coop: Coop,
) -> None:
    kept, open_one = await coop.note("femi"), await coop.note("femi", activity="My own bike")
    await coop.confirm("sol", kept)
    who = coop.members["femi"].id
    [entry] = [one for one in data_map if one.key == "hours"]
    found = await coop.read(entry.collect, Person(coop.accounts["femi"].id, who))
    assert [one["activity"] for one in found["hours"]] == ["Repairs", "My own bike"]
    assert "decided_by" not in found["hours"][0]  # that is another person
    await coop.write(members.change_status, who, Event.END, reason="x", why="resigned")
    assert await coop.waits_for("sol") == [("femi", 1, 90)]
    await coop.write(members.forget, who)
    with pytest.raises(NotFound):
        await coop.entry(open_one)
    one = await coop.entry(kept)
    assert (one.minutes, one.activity, one.state) == (90, "", State.CONFIRMED)
