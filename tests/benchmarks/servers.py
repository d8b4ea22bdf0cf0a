"""The servers that are measured beside each other, each a process of its own on one core.

The one who asks runs on the other core. Where there is only one, they share it.
"""

import json
import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.processes import NodeProcess, cpu_seconds, memory_mb
from tests.support import lacking

CORES = sorted(os.sched_getaffinity(0))
_STOP_SECONDS = 30


@dataclass(frozen=True)
class Server:
    """A running server. authority: where it is reached, and for whom requests are signed."""

    name: str
    authority: str
    process: int

    def cpu_seconds(self) -> float:
        return cpu_seconds(self.process)

    def memory_mb(self) -> tuple[int, int]:
        return memory_mb(self.process)


@contextmanager
def running_node(node: NodeProcess) -> Generator[Server]:
    """A node as `rochdale serve` runs it."""
    with measured_core():
        node.start()
    assert node.process is not None
    try:
        yield Server("rochdale", node.authority, node.process.pid)
    finally:
        node.stop()


@contextmanager
def running_ceiling(port: int, folder: Path) -> Generator[Server]:
    command = [sys.executable, "-m", "tests.benchmarks.ceiling", str(port), str(folder / "c.db")]
    with _running("ceiling", command, port, folder) as server:
        yield server


@contextmanager
def running_fedify(port: int, folder: Path) -> Generator[Server | None]:
    """Fedify with its default queue; None where Node or its packages are not there."""
    program, script = lacking.node(), lacking.FEDIFY / "measured.mjs"
    if program is None or not (lacking.FEDIFY / "node_modules" / "@fedify").exists():
        yield None
        return
    command = [str(program), str(script), str(port), str(folder / "f.db")]
    with _running("fedify", command, port, folder) as server:
        yield server


def fedify_versions() -> dict[str, str]:
    """Of Node and Fedify, where `running_fedify` runs them."""
    said = subprocess.check_output([str(lacking.node()), "--version"], text=True)
    package = lacking.FEDIFY / "node_modules" / "@fedify" / "fedify" / "package.json"
    return {
        "node": said.strip().removeprefix("v"),
        "fedify": json.loads(package.read_text())["version"],
    }


@contextmanager
def _running(name: str, command: list[str], port: int, folder: Path) -> Generator[Server]:
    with measured_core(), (folder / f"{name}.log").open("w") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
    assert process.stdout is not None
    try:
        if process.stdout.readline().strip() != "ready":
            raise RuntimeError(f"{name} did not start: {(folder / f'{name}.log').read_text()}")
        yield Server(name, f"127.0.0.1:{port}", process.pid)
    finally:
        process.terminate()
        process.wait(timeout=_STOP_SECONDS)
        process.stdout.close()


@contextmanager
def measured_core() -> Generator[None]:
    """What is started within runs on the first core."""
    ours = os.sched_getaffinity(0)
    os.sched_setaffinity(0, CORES[:1])
    try:
        yield
    finally:
        os.sched_setaffinity(0, ours)


def spread_out() -> None:
    """From now on run on all cores."""
    os.sched_setaffinity(0, CORES)


def stand_aside() -> None:
    """From now on run on the other cores."""
    os.sched_setaffinity(0, CORES[1:] or CORES)
