"""A node whose loop stands still, as a process of its own."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.ports import free_ports
from tests.ui.commands import INIT, run

SECONDS = 5
PROGRAM = """
import asyncio, ctypes, signal, threading
from federation.errors import ConnectionsLost
from ui.cli import main

def wait_for_ever(*_):
    threading.Event().wait()

def keep_python_for_ever(*_):
    ctypes.PyDLL(None).sleep(10_000)

def find_no_memory():
    raise MemoryError

def lose_all_ways_to_write(*_):
    context = dict(message="", exception=ConnectionsLost(""))
    loop = asyncio.get_running_loop()
    loop.call_soon_threadsafe(loop.call_exception_handler, context)

def lose_a_step(*_):
    asyncio.get_running_loop().call_soon_threadsafe(find_no_memory)

signal.signal(signal.SIGUSR1, {})
main()
"""


@pytest.mark.parametrize(
    ("command", "standstill", "where"),
    [
        ("serve", "wait_for_ever", "wait_for_ever"),
        ("worker", "keep_python_for_ever", "keep_python_for_ever"),
        ("worker", "lose_a_step", "_end_if_a_step_was_lost"),
        ("serve", "lose_all_ways_to_write", "_end_if_a_step_was_lost"),
    ],
)
def test_a_process_that_stands_still_ends_and_says_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, standstill: str, where: str
) -> None:
    folder, log = tmp_path / "loaf", tmp_path / "log"
    run(folder, *INIT)
    monkeypatch.setenv("ROCHDALE_STUCK_SECONDS", str(SECONDS))
    monkeypatch.setenv("ROCHDALE_PORT", str(free_ports(1)))
    with (
        log.open("w") as said,
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM.format(standstill), command, "--data", folder, "--json"],
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            assert json.loads(process.stdout.readline())["ready"]
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(SECONDS + 1)  # it goes on as long as its loop does
            process.send_signal(signal.SIGUSR1)
            assert process.wait(30) == signal.SIGALRM
        finally:
            process.kill()
    assert where in log.read_text()
