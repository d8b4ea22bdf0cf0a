"""The whole catalogue of attacks, while another program locks the database again and again and a
peer's messages come ten times over in any order.

Single rows may be answered 503 then, so none is judged by its own answer: what the raw file says in
the end is.
"""

import asyncio
import random
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from federation.key_files import Generation
from federation.storage import database as storage
from tests.faults.raw import remembered
from tests.hostile.siege import Siege, lay_siege, ready
from tests.hostile.test_corpus import ROWS
from tests.support.signing import Signer

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1200)]
PATIENCE, HELD, FREE = 0.2, 0.4, 0.6
"""Seconds: how long a writer waits here, how long the other program holds the file, and lets go."""
COPIES, GOODS = 10, 60


@contextmanager
def locked_now_and_then(file: Path) -> Iterator[None]:
    over = threading.Event()

    def lock() -> None:
        with closing(sqlite3.connect(file, isolation_level=None, timeout=30)) as other:
            while not over.wait(FREE):
                other.execute("BEGIN IMMEDIATE")
                time.sleep(HELD)
                other.execute("ROLLBACK")

    thread = threading.Thread(target=lock)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def who_can_come_in(file: Path) -> dict[str, str]:
    """Their roles, by handle."""
    with closing(sqlite3.connect(file, timeout=30)) as database:
        return dict(database.execute("SELECT handle, roles FROM account").fetchall())


def nothing_more(_uri: str) -> None:
    """What is taken is noted by who brings it."""


async def bring(
    siege: Siege,
    by: Signer,
    goods: list[dict[str, Any]],
    took: Callable[[str], None] = nothing_more,
) -> set[str]:
    """Each good message ten times, in any order, until each was answered with yes."""
    waiting = goods * COPIES
    random.Random(26).shuffle(waiting)
    taken: set[str] = set()
    while waiting:
        said = waiting.pop()
        with suppress(OSError, asyncio.IncompleteReadError):
            answer = await siege.send(siege.signed(said, by))
            assert answer.status in {200, 202, 429, 503}, answer
            if answer.status in {200, 202}:
                taken.add(said["id"])
                took(said["id"])
            elif said["id"] not in taken:
                waiting.insert(0, said)
        await asyncio.sleep(0.05)
    return taken


async def test_attacks_while_other_faults_happen_change_nothing_that_is_good(
    tmp_path: Path,
    town_keys: dict[str, Generation],
    migrated_file: Path,
    sqlite_in_threads: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(storage, "BUSY_TIMEOUT_SECONDS", PATIENCE)
    async with lay_siege(tmp_path, town_keys, migrated_file, {}) as siege:
        file = Path(str(siege.coop.node.database.url.database))
        pioneer = siege.hand(siege.town.coops[2])  # nothing is said in its name by anybody else
        goods = [siege.activity(by=pioneer) for _each in range(GOODS)]
        accounts = who_can_come_in(file)
        tried: Counter[str] = Counter()
        with locked_now_and_then(file):
            bringing = asyncio.create_task(bring(siege, pioneer, goods))
            for row in ROWS:
                try:
                    await ready(siege, row)
                    async with asyncio.timeout(60):
                        await row.attack(siege)
                    tried["as ever"] += 1
                except Exception as error:  # noqa: BLE001 - see above
                    tried[type(error).__name__] += 1
            taken = await bringing
        assert tried.total() == len(ROWS)
        assert tried["as ever"] > len(ROWS) // 2, tried
        now = who_can_come_in(file)  # rows make accounts of their own, to attack from
        assert {handle: now.get(handle) for handle in accounts} == accounts
        assert siege.canary.hits == 0
        wanted = {each["id"] for each in goods}
        assert taken == wanted
        seen = remembered(file)
        assert all(seen[each] == 1 for each in wanted)
        with closing(sqlite3.connect(file)) as database:
            held = database.execute("SELECT uri, coop_uri FROM listing_mirror").fetchall()
        uris = Counter(uri for uri, _coop in held)
        assert all(uris[each["object"]["id"]] == 1 for each in goods)
        entitled = {siege.farm.coop, *(coop.uri for coop in siege.town.coops)}
        assert {coop for _uri, coop in held} <= entitled
        async with siege.coop.node.reading() as reader:
            await reader.ping()
