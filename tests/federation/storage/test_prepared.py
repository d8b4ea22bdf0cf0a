import pytest
from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError

from federation.models import HostState, SeenActivity
from federation.storage import Database, UnitOfWork
from federation.storage.base import table_of
from federation.storage.prepared import Prepared
from tests.support.statements import sql_meanwhile

_SEEN = table_of(SeenActivity)
ADD = Prepared.inserting(_SEEN)
BY_KEY = Prepared(
    select(_SEEN.c.key, _SEEN.c.actor, _SEEN.c.received_at)
    .where(_SEEN.c.key.in_(bindparam("keys", expanding=True)))
    .order_by(_SEEN.c.key)
)
HOSTS = Prepared(
    select(HostState.authority).where(
        HostState.authority.in_(bindparam("named", expanding=True)), HostState.failures == 3
    )
)
KEYS = [-(2**63), -1, 0, 5, 2**63 - 1]


@pytest.fixture(params=["at once", "in its thread"], autouse=True)
def driver(request: pytest.FixtureRequest) -> None:
    """Either way in which SQLite is used; PostgreSQL has one."""
    if request.param == "in its thread":
        request.getfixturevalue("sqlite_in_threads")


def seen(uow: UnitOfWork, key: int, actor: str = "https://loaf.example/coop") -> dict[str, object]:
    return {
        "key": key,
        "actor": actor,
        "activity_id": f"https://loaf.example/{key}",
        "body_digest": b"\0" * 32,
        "received_at": uow.now,
    }


async def test_rows_are_added_and_found_by_lists_of_any_length(database: Database) -> None:
    async def work(uow: UnitOfWork) -> None:
        await uow.run(ADD, [seen(uow, key) for key in KEYS])
        for number in range(len(KEYS) + 1):
            rows = await uow.rows(BY_KEY, {"keys": KEYS[:number]})
            assert [row.key for row in rows] == KEYS[:number]
            assert {row.received_at for row in rows} <= {uow.now}

    await database.write(work)


async def test_what_was_changed_by_objects_is_seen(database: Database) -> None:
    async def work(uow: UnitOfWork) -> list[str]:
        for failures in (2, 3):
            host = HostState(
                authority=f"h{failures}.example", failures=failures, updated_at=uow.now
            )
            uow.session.add(host)
        found = await uow.rows(HOSTS, {"named": ["h2.example", "h3.example"]})
        return [row.authority for row in found]

    assert await database.write(work) == ["h3.example"]


async def test_a_failed_savepoint_takes_back_what_was_run_in_it(database: Database) -> None:
    async def fail(uow: UnitOfWork) -> None:
        async with uow.savepoint():
            await uow.run(ADD, [seen(uow, 2)])
            await uow.run(ADD, [seen(uow, 1, "https://salt.example/coop")])

    async def work(uow: UnitOfWork) -> list[int]:
        await uow.run(ADD, [seen(uow, 1)])
        with pytest.raises(IntegrityError) as caught:
            await fail(uow)
        assert "salt" not in str(caught.value)
        return [row.key for row in await uow.rows(BY_KEY, {"keys": [1, 2]})]

    assert await database.write(work) == [1]


async def test_who_listens_to_each_statement_hears_of_it(database: Database) -> None:
    with sql_meanwhile() as heard:
        await database.write(lambda uow: uow.run(ADD, [seen(uow, 1)]))
    assert any(sql.startswith("INSERT INTO seen_activity") for sql in heard)
