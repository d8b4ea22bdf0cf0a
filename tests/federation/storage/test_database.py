import asyncio
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from federation.errors import StorageUnavailable
from federation.models import DomainRule, HostState
from federation.storage import Database, UnitOfWork
from tests.support.clock import START

pytestmark = pytest.mark.usefixtures("sqlite_in_threads")


async def add_host(uow: UnitOfWork, authority: str = "loaf.example", failures: int = 0) -> None:
    row = {"authority": authority, "failures": failures, "updated_at": uow.now}
    await uow.execute(insert(HostState), [row])


async def failures(database: Database) -> int | None:
    async with database.reading() as reader:
        return await reader.scalar(select(HostState.failures))


async def test_fifty_concurrent_increments_end_at_fifty(database: Database) -> None:
    await database.write(add_host)

    async def increment(uow: UnitOfWork) -> None:
        count = await uow.scalar(select(HostState.failures))
        await asyncio.sleep(0)
        await uow.execute(update(HostState).values(failures=count + 1))

    await asyncio.gather(*(database.write(increment) for _ in range(50)))
    assert await failures(database) == 50


async def test_an_error_of_the_database_tells_no_value(database: Database) -> None:
    async def fail(uow: UnitOfWork) -> None:
        await uow.execute(update(HostState).values(authority="01706 555 0101", failures=None))

    await database.write(add_host)
    with pytest.raises(IntegrityError) as caught:
        await database.write(fail)
    assert "01706" not in str(caught.value)


async def test_two_programs_on_one_database_lose_no_increment(
    database: Database, clock, entropy, identities
) -> None:
    url = database.url.render_as_string(hide_password=False)
    beside = await Database.open(url, clock=clock, entropy=entropy, identities=identities)
    await database.write(add_host)

    async def increment(uow: UnitOfWork) -> None:
        count = await uow.scalar(select(HostState.failures))
        await asyncio.sleep(0)
        await uow.execute(update(HostState).values(failures=count + 1))

    programs = (database, beside) * 10
    await asyncio.gather(*(program.write(increment) for program in programs))
    assert await failures(database) == 20
    await beside.close()


async def test_a_failure_takes_back_everything_and_announces_nothing(database: Database) -> None:
    told: list[str] = []

    async def fail(uow: UnitOfWork) -> None:
        await add_host(uow)
        uow.after_commit(lambda: told.append("stored"))
        raise LookupError

    with pytest.raises(LookupError):
        await database.write(fail)
    assert await failures(database) is None
    assert told == []


async def test_what_was_to_follow_the_commit_happens_once_and_sees_it(database: Database) -> None:
    told: list[str] = []

    async def work(uow: UnitOfWork) -> str:
        await add_host(uow)
        uow.after_commit(lambda: told.append("stored"))
        assert told == []
        return uow.new_id()

    assert len(await database.write(work)) == 26
    assert told == ["stored"]
    assert await failures(database) == 0


async def test_a_failed_savepoint_leaves_the_rest_and_takes_back_its_announcements(
    database: Database,
) -> None:
    told: list[str] = []

    async def again(uow: UnitOfWork) -> None:
        async with uow.savepoint():
            uow.after_commit(lambda: told.append("second"))
            await add_host(uow)

    async def work(uow: UnitOfWork) -> None:
        await add_host(uow)
        with pytest.raises(IntegrityError):
            await again(uow)
        uow.after_commit(lambda: told.append("first"))

    await database.write(work)
    assert await failures(database) == 0
    assert told == ["first"]


async def test_a_reader_keeps_its_picture_while_others_write(database: Database) -> None:
    await database.write(add_host)
    async with database.reading() as reader:
        before = await reader.scalar(select(HostState.failures))
        await database.write(lambda uow: uow.execute(update(HostState).values(failures=7)))
        assert await reader.scalar(select(HostState.failures)) == before == 0
    assert await failures(database) == 7


async def test_a_reader_cannot_write(database: Database) -> None:
    async with database.reading() as reader:
        with pytest.raises(DBAPIError, match=r"read-?only"):
            await reader.execute(delete(HostState))


async def test_a_unit_of_work_inside_another_is_our_mistake_and_not_a_deadlock(
    database: Database,
) -> None:
    async def outer(uow: UnitOfWork) -> None:
        await database.write(add_host)

    with pytest.raises(RuntimeError, match="already open"):
        await database.write(outer)


async def test_a_moment_comes_back_as_it_went_in_and_needs_a_zone(database: Database) -> None:
    async def work(uow: UnitOfWork) -> None:
        row = {"domain": "x.example", "level": "block", "reason": "", "created_at": uow.now}
        await uow.execute(insert(DomainRule), [row])

    await database.write(work)
    async with database.reading() as reader:
        assert await reader.scalar(select(DomainRule.created_at)) == START
        naive = select(DomainRule).where(DomainRule.created_at == START.replace(tzinfo=None))
        with pytest.raises(Exception, match="no time zone"):
            await reader.scalars(naive)


async def test_an_address_that_is_no_database_of_ours_is_named(clock, entropy, identities) -> None:
    for url in ("mysql://localhost/coop", "coop.db", ""):
        with pytest.raises(StorageUnavailable, match="sqlite:///path"):
            await Database.open(url, clock=clock, entropy=entropy, identities=identities)


async def test_a_database_that_is_not_there_is_said_to_be_away(
    tmp_path: Path, clock, entropy, identities
) -> None:
    ambient = {"clock": clock, "entropy": entropy, "identities": identities}
    with pytest.raises(StorageUnavailable, match="folder does not exist"):
        await Database.open(f"sqlite:///{tmp_path}/missing/node.sqlite", **ambient)
    with pytest.raises(StorageUnavailable, match="cannot be reached"):
        await Database.open("postgresql://nobody@127.0.0.1:1/none", **ambient)


async def test_an_old_sqlite_is_refused_with_the_remedy(
    tmp_path: Path, clock, entropy, identities, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 37, 2))
    with pytest.raises(StorageUnavailable, match="too old: Rochdale needs"):
        await Database.open(
            f"sqlite:///{tmp_path}/node.sqlite",
            clock=clock,
            entropy=entropy,
            identities=identities,
        )
