"""Other programs hold SQLite's file: whoever waits too long is told to come again, and nothing that
was answered is lost. The judge reads the raw file."""

import asyncio
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from federation.errors import StorageUnavailable
from federation.storage import database as storage
from node.backups import databases
from tests.faults.raw import remembered
from tests.federation.nodes import Foreigner, Founder, Node, Wire

AT_ONCE = 50
PATIENCE = 0.3
"""Seconds that a writer waits here; five in a running node."""
BROKEN = {"inbox-broken", "inbox-one-by-one", "inbox-failed", "worker-failed", "request-failed"}


@pytest.fixture
async def loaf(
    found: Founder, farm: Foreigner, sqlite_in_threads: None, monkeypatch: pytest.MonkeyPatch
) -> Node:
    monkeypatch.setattr(storage, "BUSY_TIMEOUT_SECONDS", PATIENCE)
    [loaf] = await found()
    await loaf.follow(farm)
    return loaf


def file_of(node: Node) -> Path:
    return Path(str(node.database.url.database))


@contextmanager
def held(file: Path) -> Iterator[None]:
    """Another program writes, and does not come to an end."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def again_and_again(*work: Callable[[], object]) -> Iterator[None]:
    """Each in a thread of its own, until the block ends."""
    over, failed = threading.Event(), []

    def repeat(one: Callable[[], object]) -> None:
        try:
            while not over.is_set():
                one()
        except Exception as error:  # noqa: BLE001 - told to the test below
            failed.append(error)

    threads = [threading.Thread(target=repeat, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert failed == []


async def posted(wire: Wire, loaf: Node, farm: Foreigner, count: int) -> dict[str, int]:
    """What so many messages at once were answered."""
    said = [farm.say(number=str(number)) for number in range(count)]
    answers = await asyncio.gather(*(wire.deliver(loaf, farm, each) for each in said))
    for answer in answers:
        assert answer.status in {200, 202} or answer.headers["Retry-After"] == "5"
    return {each["id"]: answer.status for each, answer in zip(said, answers, strict=True)}


async def test_who_waits_behind_a_foreign_writer_is_told_soon_and_nothing_is_lost(
    loaf: Node, farm: Foreigner, wire: Wire
) -> None:
    """Also the last in a row of many: it does not wait for each of those before it to give up."""
    loop = asyncio.get_running_loop()

    async def write() -> float:
        begun = loop.time()
        with pytest.raises(StorageUnavailable, match="busy"):
            await loaf.database.write(lambda uow: uow.execute(text("DELETE FROM host_state")))
        return loop.time() - begun

    with held(file_of(loaf)), capture_logs() as lines:
        writes = asyncio.gather(*(write() for _each in range(20)))
        first = await posted(wire, loaf, farm, AT_ONCE)
        assert max(await writes) < 6 * PATIENCE
        assert set(first.values()) == {503}
        assert (await wire.get(loaf, "/coop")).status == 200
    assert not BROKEN & {line["event"] for line in lines}
    assert set((await posted(wire, loaf, farm, AT_ONCE)).values()) == {202}
    assert remembered(file_of(loaf)) == Counter(first.keys())
    assert len(await loaf.goods()) == AT_ONCE


@pytest.mark.parametrize("rounds", [1, pytest.param(8, marks=pytest.mark.soak)])
async def test_fifty_at_once_meet_vacuum_backup_and_a_foreign_writer(
    loaf: Node, farm: Foreigner, wire: Wire, tmp_path: Path, rounds: int
) -> None:
    file = file_of(loaf)

    def vacuum() -> None:
        with closing(sqlite3.connect(file, timeout=30)) as other:
            other.execute("VACUUM")

    def write() -> None:
        with closing(sqlite3.connect(file, timeout=30, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            threading.Event().wait(PATIENCE / 10)
            other.execute("COMMIT")

    def back_up() -> None:
        databases.copy(f"sqlite:///{file}", tmp_path / "copy.sqlite")
        assert databases.integrity(tmp_path / "copy.sqlite") == []

    confirmed: set[str] = set()
    count = AT_ONCE * rounds
    with again_and_again(vacuum, write, back_up), capture_logs() as lines:
        while len(confirmed) < count:
            for activity, status in (await posted(wire, loaf, farm, count)).items():
                assert status in {200, 202, 503}
                if status != 503:
                    confirmed.add(activity)
            assert set(remembered(file)) >= confirmed
    assert not BROKEN & {line["event"] for line in lines}
    assert not any("snapshot" in str(line).lower() for line in lines)
    assert remembered(file) == Counter(confirmed)
    assert len(await loaf.goods()) == count


@pytest.mark.soak
@pytest.mark.timeout(180)
async def test_a_minute_behind_a_foreign_writer(
    found: Founder, farm: Foreigner, wire: Wire, sqlite_in_threads: None
) -> None:
    """With the patience of a running node: five seconds, and never much more."""
    [loaf] = await found()
    await loaf.follow(farm)
    loop, answered = asyncio.get_running_loop(), 0
    with held(file_of(loaf)):
        over = loop.time() + 60
        while (begun := loop.time()) < over:
            answers = await posted(wire, loaf, farm, AT_ONCE)
            assert set(answers.values()) == {503}
            assert loop.time() - begun < 2 * storage.BUSY_TIMEOUT_SECONDS
            assert (await wire.get(loaf, "/coop")).status == 200
            answered += 1
    assert answered >= 6
    assert set((await posted(wire, loaf, farm, AT_ONCE)).values()) == {202}
    assert sum(remembered(file_of(loaf)).values()) == AT_ONCE
