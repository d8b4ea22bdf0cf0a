"""Who acts for the same firm, and what is theirs together; on both databases."""

from sqlalchemy import text
from sqlalchemy.dialects import sqlite

from node import accounts, members, threads
from node.accounts import AccountView, Role
from node.members import Event, Kind
from node.threads import Topic


async def test_accounts_of_a_firm_share_what_is_about_something_on_both_databases(either_database):
    async def account(uow, handle: str) -> AccountView:
        return await accounts.create_account(uow, handle=handle, name=handle, roles={Role.MEMBER})

    async def begin(uow) -> dict[str, str]:
        rosa, sam = await account(uow, "rosa"), await account(uow, "sam")
        named = {"name": "Lane Bakery", "kind": Kind.FIRM, "representative": "Rosa"}
        firm = await members.add_member(
            uow, membership_class="user", account_id=rosa.id, admit=Event.ADMIT, **named
        )
        invited = await members.invite_colleague(uow, firm.id, by=rosa.id)
        ben = (await accounts.redeem_link(uow, invited.code, handle="ben", name="Ben")).account
        rye = Topic("https://lane.example/listings/1", "Rye", threads.account(ben.id))
        by = threads.account(sam.id)
        about = await threads.open_thread(uow, by=by, to=rye.provider, text="Fresh?", about=rye)
        alone = await threads.open_thread(uow, by=by, to=rye.provider, text="And you?")
        await threads.attach(uow, about.thread_id, "https://lane.example/agreements/1", "Rye")
        return {"about": about.thread_id, "alone": alone.thread_id, "ben": ben.id, "rosa": rosa.id}

    made = await either_database.write(begin)
    async with either_database.reading() as reader:
        known = await accounts.several(reader, [made["ben"], made["rosa"]])
        ben, rosa = [
            await members.with_colleagues(reader, known[made[who]]) for who in ("ben", "rosa")
        ]
        assert await members.together(reader, ben.id) == {ben.id, rosa.id}
        assert {one.id for one in await threads.threads(reader, ben)} == {
            made["about"],
            made["alone"],
        }
        assert [one.id for one in await threads.threads(reader, rosa)] == [made["about"]]
        assert await threads.count_unread(reader, rosa) == 1
        assert (await threads.seat(reader, made["about"], rosa)).by == rosa.id
        led = await threads.leading_to(reader, "https://lane.example/agreements/1", rosa)
        assert led == [made["about"]]
        [last] = await threads.last_said(reader, "https://lane.example/agreements/1", rosa)
        assert last == threads.LastSaid(made["about"], False, None, None, "Fresh?")

    await either_database.write(lambda uow: members.pass_on(uow, made["ben"]))
    async with either_database.reading() as reader:
        assert [one.id for one in await threads.threads(reader, known[made["ben"]])] == [
            made["alone"]
        ]


async def test_as_many_conversations_as_fit_are_shown_where_one_can_be_seen_twice(
    database, monkeypatch
):
    monkeypatch.setattr("node.threads.leading.MOST_TALKS", 2)
    led = "https://lane.example/agreements/1"

    async def begin(uow) -> AccountView:
        roles = {Role.MEMBER, Role.ADMIN}
        rosa = await accounts.create_account(uow, handle="rosa", name="Rosa", roles=roles)
        by = threads.account(rosa.id)
        for number in range(2):
            about = Topic(f"https://lane.example/listings/{number}", "Rye", threads.DESK)
            opened = await threads.open_thread(uow, by=by, to=threads.DESK, text="?", about=about)
            await threads.attach(uow, opened.thread_id, led, "Rye")
        return rosa

    rosa = await database.write(begin)
    async with database.reading() as reader:
        assert len({one.thread_id for one in await threads.last_said(reader, led, rosa)}) == 2


async def test_who_acts_for_a_firm_is_found_without_reading_the_register(database):
    asked = []

    class Overheard:
        async def scalars(self, statement):
            literal = {"literal_binds": True}
            asked.append(statement.compile(dialect=sqlite.dialect(), compile_kwargs=literal))
            return []

    await members.together(Overheard(), "nobody")
    [statement] = asked
    async with database.reading() as reader:
        rows = await reader.rows(text(f"EXPLAIN QUERY PLAN {statement}"))
        plan = [row[3] for row in rows]
    assert plan
    assert [step for step in plan if "SCAN" in step or "ix_member_status" in step] == []
