import pytest

from node import audit


async def test_what_was_done_is_listed_newest_first_and_page_by_page(database, clock):
    for number in range(5):
        clock.advance(1)
        await database.write(
            lambda uow, number=number: audit.record(
                uow, "rosa", "peers.suspend", f"peer-{number % 2}", {"number": number}
            )
        )
    async with database.reading() as reader:
        first = await audit.entries(reader, limit=2)
        rest = await audit.entries(reader, before=first[-1].id)
        one = await audit.entries(reader, subject="peer-1")
    assert [line.detail["number"] for line in first + rest] == [4, 3, 2, 1, 0]
    assert [line.detail["number"] for line in one] == [3, 1]
    assert (first[0].actor, first[0].what, first[0].at) == ("rosa", "peers.suspend", clock.now())


async def test_what_was_rolled_back_was_not_done(database):
    class Failed(Exception):
        pass

    async def record_and_fail(uow) -> None:
        await audit.record(uow, audit.NODE, "peers.accept", "peer-1")
        raise Failed

    with pytest.raises(Failed):
        await database.write(record_and_fail)
    async with database.reading() as reader:
        assert await audit.entries(reader) == []


async def test_an_account_that_is_gone_stands_in_no_line_any_more_on_both_databases(
    either_database,
):
    async def work(uow) -> None:
        await audit.record(uow, "ada", "members.link-account", "member-1", {"account": "ada"})
        await audit.record(uow, "rosa", "accounts.disable", "ada", {"roles": ["member"]})
        await audit.forget(uow, "ada")

    await either_database.write(work)
    async with either_database.reading() as reader:
        lines = await audit.entries(reader)
        assert await audit.actors(reader) == [audit.LEFT, "rosa"]
    assert {line.what: (line.actor, line.subject, line.detail) for line in lines} == {
        "accounts.disable": ("rosa", audit.LEFT, {"roles": ["member"]}),
        "members.link-account": (audit.LEFT, "member-1", {"account": audit.LEFT}),
    }
