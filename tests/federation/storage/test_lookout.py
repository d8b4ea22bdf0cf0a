import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from federation.storage import Database, UnitOfWork

LONG = timedelta(hours=1)
CREATE = text("CREATE TABLE word (word TEXT)")
ADD = text("INSERT INTO word VALUES ('bread')")


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'node.sqlite'}"


async def written(database: Database) -> None:
    async def write(uow: UnitOfWork) -> None:
        await uow.execute(CREATE)
        await uow.execute(ADD)

    await database.write(write)


async def test_where_nobody_writes_nobody_looks_twice(database: Database) -> None:
    await written(database)
    lookout = database.lookout(LONG)
    assert [lookout.is_worth_it() for _second in range(3)] == [True, False, False]
    async with database.reading() as reader:
        assert await reader.scalar(text("SELECT count(*) FROM word")) == 1
    assert not lookout.is_worth_it()


async def test_what_another_process_writes_is_looked_for_by_each_duty(
    database: Database, tmp_path: Path
) -> None:
    await written(database)
    duties = [database.lookout(LONG), database.lookout(LONG)]
    assert all(duty.is_worth_it() for duty in duties)
    other = sqlite3.connect(tmp_path / "node.sqlite", isolation_level=None)
    other.execute(str(ADD))
    other.close()
    assert [duty.is_worth_it() for duty in duties] == [True, True]
    assert [duty.is_worth_it() for duty in duties] == [False, False]


async def test_time_alone_is_a_reason_too(database: Database) -> None:
    await written(database)
    lookout = database.lookout(timedelta(0))
    assert [lookout.is_worth_it() for _second in range(2)] == [True, True]
