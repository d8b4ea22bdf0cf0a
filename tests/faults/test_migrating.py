"""F03: kill -9 at any statement of a migration, from each release. It happened or it did not."""

import random
import shutil
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from node.migrations import HEAD, migrate, revision_of
from tests.faults.lives import KILLED, Ground, ground
from tests.node.migrations import releases
from tests.support.postgresql import administer

NEVER = 10_000
"""More statements than any migration takes: then nobody is killed."""
OLD = "0.1.0"


@pytest.fixture(scope="module")
def program() -> Iterator[Ground]:
    """A process that dies as often as it is told to."""
    with ground("migrated") as process:
        yield process


async def seen(url: str) -> tuple[Any, Any, Any]:
    """Where a database stands, what it is like, and what it holds of what the old one held."""
    revision = await releases.inside(url, revision_of)
    columns = await releases.inside(url, releases.columns_of)
    return revision, columns, await releases.inside(url, releases.rows_of, columns)


class Copies:
    """An old database, and as many copies of it as are asked for."""

    def __init__(self, folder: Path, server: str | None) -> None:
        self._file, self._server, self._number = folder / "old.sqlite", server, 0
        releases.write_database(OLD, self._file)

    async def prepare(self) -> None:
        if self._server:
            await administer(self._server, "CREATE DATABASE old")
            await releases.bring_to_postgresql(self._file, f"{self._server}/old")

    async def another(self) -> str:
        self._number += 1
        if self._server:
            await administer(self._server, f"CREATE DATABASE old_{self._number} TEMPLATE old")
            return f"{self._server}/old_{self._number}"
        copied = self._file.with_name(f"{self._number}.sqlite")
        shutil.copyfile(self._file, copied)
        return f"sqlite:///{copied}"

    async def clear(self) -> None:
        if self._server:
            for name in ("old", *(f"old_{number + 1}" for number in range(self._number))):
                await administer(self._server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def copies(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Copies]:
    on_server = request.param == "postgres"
    server = request.getfixturevalue("postgres_server") if on_server else None
    made = Copies(tmp_path, server)
    await made.prepare()
    yield made
    await made.clear()


async def check(program: Ground, copies: Copies, points: Iterable[int]) -> int:
    """Kill it at these points, judge, and let it begin again, as long as there are statements left;
    how often it was killed."""
    before = await seen(await copies.another())
    whole = await copies.another()
    await migrate(whole)
    after, kills = await seen(whole), 0
    assert (before[0], after[0]) == ("0001_first", HEAD)
    for point in points:
        url = await copies.another()
        ended = program.live(f"{point} {url}")
        assert ended in (KILLED, 0), point
        assert await seen(url) in (before, after), f"half done, killed at {point}"
        assert program.live(f"{NEVER} {url}") == 0, point
        assert await seen(url) == after, f"killed at {point}, then started again"
        if ended == 0:
            break
        kills += 1
    return kills


async def test_a_migration_that_is_killed_has_happened_or_has_not(
    program: Ground, copies: Copies
) -> None:
    [point] = random.Random(3).sample(range(4, 30), 1)
    assert await check(program, copies, [point]) == 1


@pytest.mark.soak
async def test_a_migration_killed_at_every_statement_has_happened_or_has_not(
    program: Ground, copies: Copies
) -> None:
    assert await check(program, copies, range(NEVER)) > 10
