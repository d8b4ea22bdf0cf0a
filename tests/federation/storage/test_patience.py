"""The database is told to stop, and goes on with what is asked next."""

import time

import pytest
from sqlalchemy import text

from federation.errors import TookTooLong
from federation.storage import Database

FOR_EVER = text(
    "WITH RECURSIVE endless (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM endless)"
    " SELECT count(*) FROM endless"
)


async def test_a_question_without_end_is_stopped(database: Database) -> None:
    begun = time.monotonic()
    with pytest.raises(TookTooLong):
        async with database.reading() as reader, reader.within(0.1):
            await reader.scalar(FOR_EVER)
    assert time.monotonic() - begun < 5
    for _connection in range(4):
        async with database.reading() as reader:
            assert await reader.scalar(text("SELECT 1")) == 1


async def test_what_is_asked_afterwards_has_all_the_time(database: Database) -> None:
    many = "WITH RECURSIVE many (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < {})"
    async with database.reading() as reader:
        async with reader.within(0.05):
            assert await reader.scalar(text("SELECT 1")) == 1
        longer = text(f"{many.format(1_000_000)} SELECT count(*) FROM many")
        assert await reader.scalar(longer) == 1_000_000
