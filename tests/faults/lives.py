"""A process that loads everything once: for each line that comes in, a child lives and dies."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
KILLED = -signal.SIGKILL


def obey(live: Callable[[str], None]) -> None:
    """Let children live as the lines that come in say, and tell how each ended."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the log's lines
            live(line)
            os._exit(0)
        _pid, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


class Ground:
    """The process, for whoever speaks to it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def live(self, line: str) -> int:
        """How that child ended: 0 if by itself, KILLED, or what it said."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@contextmanager
def ground(program: str, *given: Path, stderr: int | None = subprocess.DEVNULL) -> Iterator[Ground]:
    """One of the programs here: `ground("killed", FOLDER, MESSAGES, ANSWERS)`."""
    command = [sys.executable, "-m", f"tests.faults.{program}", *map(str, given)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, text=True
    ) as process:
        assert process.stdin is not None
        try:
            yield Ground(process)
        finally:
            process.stdin.close()
