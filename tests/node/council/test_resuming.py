"""What a host takes up that the one before left undone."""

from pathlib import Path

from federation.storage import UnitOfWork
from node.council.hosts import resuming
from node.council.rows import store
from tests.node.council.chamber import Chamber
from tests.node.council.host import ID, open_host
from tests.node.council.test_charter import ALL, CLASSES, amending


async def test_a_charter_that_a_quorum_changed_is_changed_by_whoever_keeps_the_log_next(
    tmp_path: Path,
) -> None:
    chamber = Chamber().found(classes=CLASSES).decided(ALL, **amending(name="Lane of Toads"))
    database = await open_host(tmp_path, chamber)

    async def taken_up(uow: UnitOfWork) -> tuple[str, int]:
        await resuming.take_up(uow, await store.locked(uow, ID))
        known = await store.federation(uow, ID)
        return (await store.record(uow, known)).rules["name"], known.size

    try:
        assert chamber.record.rules["name"] == "Toad Lane"
        once = await database.write(taken_up)
        assert once == ("Lane of Toads", len(chamber.entries) + 1)
        assert await database.write(taken_up) == once
    finally:
        await database.close()
