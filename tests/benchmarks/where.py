"""Where the time of an accepted message and the memory of a node go: for goals that are missed.

A node takes listings signed with draft-cavage under a profiler, and apart from that each library
and each layer is loaded after the other in a fresh process.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.benchmarks import profiled
from tests.benchmarks.coops import befriend_all, make_coops
from tests.benchmarks.inbox import COOPS, Course
from tests.benchmarks.processes import make_nodes
from tests.benchmarks.report import Report, add_common, finish
from tests.benchmarks.servers import running_node

MESSAGES = 3_000
FIRST_PORT = 8520
LAYERS = (
    *("ssl", "asyncio", "aiohttp", "cryptography.x509", "sqlalchemy.ext.asyncio", "aiosqlite"),
    *("jinja2", "babel.dates", "msgspec", "wtforms", "structlog"),
    *("protocol.terms", "federation.runtime", "node.runtime", "ui.web.app", "ui.cli"),
)
_LOADING = """
import importlib, json, sys, time
sys.modules["rich"] = None
def held():
    lines = open("/proc/self/smaps_rollup").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Rss")) / 1024
found, before = {"Python": {"mb": round(held(), 1), "ms": 0}}, held()
for name in sys.argv[1:]:
    begun = time.perf_counter()
    importlib.import_module(name)
    took, now = time.perf_counter() - begun, held()
    found[name] = {"mb": round(now - before, 1), "ms": round(took * 1000)}
    before = now
print(json.dumps(found))
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--messages", type=int, default=MESSAGES)
    parser.add_argument("--port", type=int, default=FIRST_PORT)
    add_common(parser, rounds=1)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="where-") as folder:
        finish(measure(Path(folder), arguments), arguments)


def measure(folder: Path, arguments: argparse.Namespace) -> Report:
    loaded = json.loads(
        subprocess.run(
            [sys.executable, "-c", _LOADING, *LAYERS], check=True, capture_output=True, text=True
        ).stdout
    )
    figures = {f"loaded: {name}": spent for name, spent in loaded.items()}
    threads, shares = _taken(folder, arguments)
    figures |= {f"an accepted message, {name}": {"us": us} for name, us in threads.items()}
    figures |= {f"first thread: {room}": {"percent": share} for room, share in shares.items()}
    return Report("where", {}, figures, checks={"messages": arguments.messages})


def _taken(
    folder: Path, arguments: argparse.Namespace
) -> tuple[dict[str, float], dict[str, float]]:
    """CPU of an accepted message by thread, without a profiler; and with one, by part."""
    coops = make_coops(COOPS, arguments.port + 1)
    [node] = make_nodes(1, folder, arguments.port, [coop.authority for coop in coops])
    asyncio.run(befriend_all(node.data, coops))
    course = Course(coops, arguments.messages)
    threads: dict[str, float] = {}
    for module in (node.module, profiled.MODULE):
        node.module = module
        with running_node(node) as server:
            asyncio.run(course.send(server, course.bodies("bare", 100)))
            before = _by_thread(server.process)
            asyncio.run(course.send(server, course.bodies("bare", arguments.messages)))
            after = _by_thread(server.process)
        threads = threads or {
            name: round((after[name] - before[name]) * 1_000_000 / arguments.messages)
            for name in after
        }
    return threads, profiled.shares(node.data)


def _by_thread(process: int) -> dict[str, float]:
    """Seconds of the first thread, and of those that wait for SQLite and the disk."""
    spent: dict[str, float] = {"in the first thread": 0.0, "in SQLite's threads": 0.0}
    for task in Path(f"/proc/{process}/task").iterdir():
        fields: list[Any] = (task / "stat").read_text().rpartition(") ")[2].split()
        name = "in the first thread" if int(task.name) == process else "in SQLite's threads"
        spent[name] += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return spent
