"""Resident memory after a hundred thousand messages and a fan-out to a thousand hosts, and again.

What a node needs for work may stay; what it needs for each message that it ever took may not.
"""

import argparse
import asyncio
import resource
import tempfile
from pathlib import Path
from typing import Any

from tests.benchmarks.coops import befriend_all, make_coops
from tests.benchmarks.fanout import World, fan_out, hosts_at, nobody
from tests.benchmarks.inbox import Course
from tests.benchmarks.processes import NodeProcess, make_nodes
from tests.benchmarks.report import Report, add_common, finish
from tests.benchmarks.servers import Server, running_node

ACTIVITIES, HOSTS, COOPS = 100_000, 1_000, 10
FIRST_PORT = 8490
_AT_ONCE = 2_000
"""So many are made and signed, then sent: a date counts for an hour."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--activities", type=int, default=ACTIVITIES, help="in each half")
    parser.add_argument("--hosts", type=int, default=HOSTS)
    parser.add_argument("--port", type=int, default=FIRST_PORT)
    add_common(parser, rounds=1)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="memory-") as folder:
        finish(measure(Path(folder), arguments), arguments)


def measure(folder: Path, arguments: argparse.Namespace) -> Report:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # each host listens, and is connected
    coops = make_coops(COOPS, arguments.port + 1)
    hosts = hosts_at(arguments.port + 2, arguments.hosts)
    [node] = make_nodes(1, folder, arguments.port, [*(each.authority for each in coops), *hosts])
    asyncio.run(befriend_all(node.data, [*coops, *map(nobody, hosts)]))
    course = Course(coops, 0)
    with running_node(node) as server:
        figures = {"at first": _now(server)}
        for half in ("first", "second"):
            figures |= asyncio.run(_half(half, server, node, course, hosts, arguments.activities))
    first, second = figures["first fan-out"], figures["second fan-out"]
    return Report(
        "memory",
        {
            "after_mb": first["resident_mb"],
            "second_of_first": round(second["resident_mb"] / first["resident_mb"], 3),
        },
        figures,
        [figures],
        checks={"accepted": course.accepted, "hosts": len(hosts)},
    )


async def _half(
    half: str,
    server: Server,
    node: NodeProcess,
    course: Course,
    hosts: list[str],
    activities: int,
) -> dict[str, Any]:
    for first in range(0, activities, _AT_ONCE):
        count = min(_AT_ONCE, activities - first)
        await course.send(server, course.bodies("bare", count))
    after = {f"{half} {activities:,} messages": _now(server)}
    await fan_out(server, node, hosts, World(len(hosts)))
    return after | {f"{half} fan-out": _now(server)}


def _now(server: Server) -> dict[str, int]:
    resident, highest = server.memory_mb()
    return {"resident_mb": resident, "highest_mb": highest}
