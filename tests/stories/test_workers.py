"""One node on PostgreSQL with two processes, each of which may die at any time."""

import os
import signal
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.support.wide import Crew, serving, until

pytestmark = [pytest.mark.postgres, pytest.mark.soak, pytest.mark.timeout(300)]
LISTINGS = 12
OVER = """UPDATE delivery SET next_attempt_at = now(), leased_until = now()
WHERE state = 'sending' AND leased_until < $1::timestamptz + interval '60 seconds'"""
KEY = "listings.required_fields"


@pytest.fixture
async def crew(tmp_path: Path, postgres_url: str) -> AsyncGenerator[Crew]:
    async with serving(tmp_path, postgres_url, workers=2) as crew:
        yield crew


async def test_any_worker_may_die_and_nothing_is_lost_or_doubled(crew: Crew) -> None:
    grocer, first = crew.grocer, await until(crew.at_work, lambda found: len(found) == 2)

    # Together they bring each message once.
    grocer.may_answer.set()
    await crew.publish(LISTINGS)
    await until(crew.undelivered, lambda count: count == 0)
    assert len(grocer.taken) == LISTINGS
    assert set(grocer.taken.values()) == {1}

    # What is changed in one process holds in the other, at once.
    one, other = first
    await crew.at(one, "PUT", f"/policies/{KEY}", {"value": ["place"]})
    assert (await crew.at(other, "GET", f"/policies/{KEY}"))["value"] == ["place"]
    await crew.at(other, "PUT", f"/policies/{KEY}", {"value": []})

    # The one that leads dies with messages on their way.
    grocer.may_answer.clear()
    await crew.publish(LISTINGS)
    await until(lambda: _number(len(grocer.taken)), lambda count: count > LISTINGS)
    leader = await until(crew.leader, lambda found: found is not None)
    died_at = await crew.database.fetchval("SELECT now()")
    os.kill(leader, signal.SIGKILL)
    grocer.may_answer.set()
    second = await until(crew.at_work, lambda found: len(found) == 2 and leader not in found)
    assert len(second & first) == 1
    assert await until(crew.leader, lambda found: found not in {None, leader}) in second

    # Its messages come back when its lease is over.
    await crew.database.execute(OVER, died_at)
    await until(crew.undelivered, lambda count: count == 0)
    assert len(grocer.taken) == 2 * LISTINGS
    assert set(grocer.taken.values()) <= {1, 2}, "twice only what was on its way when it died"


async def _number(value: int) -> int:
    return value
