"""Where the time and the memory of a node go: for goals that are missed.

Under a profiler a node takes listings signed with draft-cavage, and another tells five hundred
hosts of one. A full one takes messages in without and with searches beside: for each message, how
long each kind of thread works, how long it queues for the processor, and how long at least the loop
is late beyond its own work, which is that and the wait for Python's lock. Apart from that each
library and each layer is loaded after the other in a fresh process.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.benchmarks import profiled, threads, watched
from tests.benchmarks.coops import Coop, Directory, befriend_all, make_coops
from tests.benchmarks.fanout import World, fan_out, hosts_at, nobody, until_idle
from tests.benchmarks.filled import add_filled, filled_node
from tests.benchmarks.inbox import COOPS, WARM, Course
from tests.benchmarks.mixed import half_of_its_best
from tests.benchmarks.processes import NodeProcess, make_nodes
from tests.benchmarks.report import Report, add_common, finish
from tests.benchmarks.servers import Server, running_node

MESSAGES, HOSTS, LISTINGS, SECONDS = 3_000, 500, 100_000, 10
FIRST_PORT = 8520
FAN_OUTS = 5
_SLACK_MS = 1.0
"""A beat is late by a tenth of it where nothing else runs."""
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
    parser.add_argument("--hosts", type=int, default=HOSTS)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="beside searches")
    add_filled(parser, listings=LISTINGS, port=FIRST_PORT)
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
    figures = (
        {f"loaded: {name}": spent for name, spent in loaded.items()}
        | _message(folder / "message", arguments)
        | _fan_out(folder / "fan-out", arguments)
        | _beside(arguments.filled or folder / "filled", arguments)
    )
    checks = {"messages": arguments.messages, "mirrors": arguments.listings}
    return Report("where", {}, figures, [figures], checks)


def _message(folder: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """CPU of an accepted message by thread, without a profiler; and with one, by part."""
    coops = make_coops(COOPS, arguments.port + 1)
    [node] = make_nodes(1, folder, arguments.port, [coop.authority for coop in coops])
    asyncio.run(befriend_all(node.data, coops))
    course = Course(coops, arguments.messages)
    with running_node(node) as server:
        asyncio.run(course.send(server, course.bodies("bare", WARM)))
        before = threads.by_kind(server.process)
        asyncio.run(course.send(server, course.bodies("bare", arguments.messages)))
        after = threads.by_kind(server.process)
    node.module = profiled.MODULE
    with running_node(node) as server:
        asyncio.run(course.send(server, course.bodies("bare", WARM)))
        with profiled.profiling(server.process, node.data) as shares:
            asyncio.run(course.send(server, course.bodies("bare", arguments.messages)))
    told = _per_message(before, after, arguments.messages)
    return {f"an accepted message, {kind}": spent for kind, spent in told.items()} | {
        f"an accepted message, the loop: {room}": {"percent": share}
        for room, share in shares.items()
    }


def _fan_out(folder: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """By part, the first thread's time while listings go to so many hosts, one after the other."""
    hosts = hosts_at(arguments.port + 3, arguments.hosts)
    [node] = make_nodes(1, folder, arguments.port + 2, hosts)
    asyncio.run(befriend_all(node.data, [nobody(host) for host in hosts]))
    node.module = profiled.MODULE
    with running_node(node) as server:
        until_idle(server)
        asyncio.run(fan_out(server, node, hosts, World(len(hosts))))
        with profiled.profiling(server.process, node.data) as shares:
            for _number in range(FAN_OUTS):
                asyncio.run(fan_out(server, node, hosts, World(len(hosts))))
    return {f"a fan-out, the loop: {room}": {"percent": share} for room, share in shares.items()}


def _beside(folder: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """For each message, what each kind of thread does and waits for, alone and beside searches."""
    node, coops = filled_node(folder, arguments.listings, arguments.port + 4)
    node.module = watched.MODULE
    with running_node(node) as server:
        spans, told = asyncio.run(_under_load(server, node, coops, arguments))
    stalls = watched.beats(node.data)
    for name, (begun, ended, messages) in spans.items():
        late = sum(
            waited
            for beat in stalls.between(begun, ended).beats
            if (waited := beat.late_ms - beat.busy_ms) > _SLACK_MS
        )
        told[f"{name}, {threads.LOOP}"]["late_us"] = round(late * 1000 / messages)
    return told


async def _under_load(
    server: Server, node: NodeProcess, coops: list[Coop], arguments: argparse.Namespace
) -> tuple[dict[str, tuple[float, float, int]], dict[str, Any]]:
    """From when to when each lasted, with how many messages; and what the threads did."""
    load = await half_of_its_best(server, node, coops, arguments.listings)
    spans: dict[str, tuple[float, float, int]] = {}
    told: dict[str, Any] = {}
    for name, searches in (("messages alone", 0.0), ("messages and searches", arguments.seconds)):
        asked = load.messages(arguments.seconds)
        async with Directory(coops):
            before, begun = threads.by_kind(server.process), time.perf_counter()
            await asyncio.gather(load.send(asked), load.search(searches))
            ended, after = time.perf_counter(), threads.by_kind(server.process)
        spans[name] = begun, ended, len(asked)
        spent = _per_message(before, after, len(asked))
        told |= {f"{name}, {kind}": dict(each) for kind, each in spent.items()}
    return spans, told


def _per_message(
    before: dict[str, threads.Spent], after: dict[str, threads.Spent], messages: int
) -> dict[str, dict[str, float]]:
    return {
        kind: {
            "us": round((spent.worked - before[kind].worked) * 1_000_000 / messages),
            "queued_us": round((spent.queued - before[kind].queued) * 1_000_000 / messages),
        }
        for kind, spent in after.items()
    }
