"""The system gives a node less than it asks for: files, memory, processor. It says 503 or is slow,
keeps what it said yes to, and is well when it has room again. Real processes, started again as
systemd does if they end; the judge reads the raw file."""

import asyncio
import contextlib
import os
import resource
import signal
import socket
import sqlite3
import threading
import time
import urllib.error
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from tests.benchmarks.processes import NodeProcess, make_nodes, wait_until
from tests.support.ports import free_ports

pytestmark = pytest.mark.timeout(300)
FEW_FILES = 120
LITTLE_MEMORY = 24 * 1024 * 1024
STUCK_SECONDS = 5
Limit = Callable[[NodeProcess], contextlib.AbstractContextManager[None]]


@pytest.fixture
def node(tmp_path: Path) -> Iterator[NodeProcess]:
    [made] = make_nodes(1, tmp_path, free_ports(1))
    yield made
    if made.process is not None:
        made.kill()


@contextmanager
def few_files(node: NodeProcess) -> Iterator[None]:
    """And more connections than there may be files, which say nothing."""
    with ExitStack() as lines:
        for _each in range(2 * FEW_FILES):
            with contextlib.suppress(OSError):
                line = socket.create_connection(("127.0.0.1", node.port), timeout=5)
                lines.enter_context(line)
        yield


@contextmanager
def little_memory(node: NodeProcess) -> Iterator[None]:
    """It can have a little more than it has."""
    assert node.process is not None
    process = node.process.pid
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    [has] = [int(line.split()[1]) * 1024 for line in lines if line.startswith("VmSize")]
    kept = resource.prlimit(process, resource.RLIMIT_AS, (has + LITTLE_MEMORY, -1))
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):  # it has ended
            resource.prlimit(process, resource.RLIMIT_AS, kept)


@contextmanager
def little_processor(node: NodeProcess) -> Iterator[None]:
    """It stands still nine tenths of the time."""
    assert node.process is not None
    process, over = node.process.pid, threading.Event()

    def hold() -> None:
        while not over.is_set():
            os.kill(process, signal.SIGSTOP)
            time.sleep(0.09)
            os.kill(process, signal.SIGCONT)
            time.sleep(0.01)

    holding = threading.Thread(target=hold)
    holding.start()
    try:
        yield
    finally:
        over.set()
        holding.join()


@contextmanager
def supervised(node: NodeProcess, start: Callable[[], None]) -> Iterator[list[int]]:
    """What the processes that ended answered to whoever waits for them; each is followed by
    another."""
    ends: list[int] = []
    over = threading.Event()

    def look_after() -> None:
        while not over.wait(0.1):
            if node.process is not None and (end := node.process.poll()) is not None:
                ends.append(end)
                node.kill()
                start()

    looking_after = threading.Thread(target=look_after)
    looking_after.start()
    try:
        yield ends
    finally:
        over.set()
        looking_after.join()


def publish(node: NodeProcess, title: str) -> int:
    """The status of the answer; 0 where none came."""
    body = {"title": title, "summary": "x" * 400, "kind": "goods", "publish": True}
    try:
        node.send("POST", "/listings", body)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0
    return 201


@pytest.mark.parametrize(
    ("limit", "seconds"),
    [
        pytest.param(few_files, 2, marks=pytest.mark.long),
        pytest.param(little_processor, 2, marks=pytest.mark.long),
        *(
            pytest.param(each, 15, marks=pytest.mark.soak)
            for each in (few_files, little_memory, little_processor)
        ),
    ],
)
async def test_a_node_that_is_given_too_little_keeps_its_word_and_recovers(
    node: NodeProcess, monkeypatch: pytest.MonkeyPatch, limit: Limit, seconds: int
) -> None:
    if limit is little_memory:
        monkeypatch.setenv("ROCHDALE_STUCK_SECONDS", str(STUCK_SECONDS))
    kept = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit is few_files:
        resource.setrlimit(resource.RLIMIT_NOFILE, (FEW_FILES, kept[1]))
    try:
        node.start()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, kept)
    said = {"Before": publish(node, "Before")}
    has_room = threading.Event()

    def start_again() -> None:
        node.start()
        if not has_room.is_set():
            limits.enter_context(limit(node))

    with ExitStack() as limits, supervised(node, start_again) as ends:
        limits.enter_context(limit(node))
        begun = time.monotonic()
        while time.monotonic() - begun < seconds:
            titles = [f"Loaf {len(said) + number}" for number in range(8)]
            posted = (asyncio.to_thread(publish, node, title) for title in titles)
            said |= dict(zip(titles, await asyncio.gather(*posted), strict=True))
        has_room.set()
        limits.close()
        wait_until(lambda: publish(node, "Afterwards") == 201, "it is well again", 90)
    assert set(said.values()) <= {0, 201, 429, 503}
    assert limit is little_memory or not ends
    assert node.memory_mb()[1] <= 512
    node.stop()
    with closing(sqlite3.connect(node.data / "rochdale.sqlite")) as file:
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        held = [row[0] for row in file.execute("SELECT title FROM listing")]
    confirmed = {title for title, status in said.items() if status == 201}
    unclear = {title for title, status in said.items() if status == 0}
    assert "Before" in confirmed
    assert confirmed <= set(held) <= confirmed | unclear | {"Afterwards"}
    assert len(held) == len(set(held))
