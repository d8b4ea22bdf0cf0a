"""For how long at a stretch the loop is held: while messages come, go out, and people search.

The node is `rochdale serve` with a heartbeat on its loop (`watched`). What a beat is late by is
the machine's doing too; how long the loop's thread was at work meanwhile is the program's alone.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Coroutine
from itertools import islice
from pathlib import Path
from typing import Any

from tests.benchmarks import watched
from tests.benchmarks.coops import befriend_all
from tests.benchmarks.fanout import World, fan_out, hosts_at, nobody
from tests.benchmarks.filled import filled_node
from tests.benchmarks.inbox import Course
from tests.benchmarks.load import send_at
from tests.benchmarks.mixed import SEARCHES_PER_SECOND, searches
from tests.benchmarks.processes import NodeProcess
from tests.benchmarks.report import Report, add_common, finish, medians
from tests.benchmarks.servers import Server, running_node

LISTINGS, MESSAGES, HOSTS, SEARCHES = 100_000, 1_000, 500, 200
FIRST_PORT = 8480
IDLE_SECONDS = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--listings", type=int, default=LISTINGS, help="mirrors there are")
    parser.add_argument("--messages", type=int, default=MESSAGES)
    parser.add_argument("--hosts", type=int, default=HOSTS)
    parser.add_argument("--searches", type=int, default=SEARCHES)
    parser.add_argument("--port", type=int, default=FIRST_PORT)
    add_common(parser, rounds=3)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="stalls-") as folder:
        finish(measure(Path(folder), arguments), arguments)


def measure(folder: Path, arguments: argparse.Namespace) -> Report:
    hosts = hosts_at(arguments.port + 2, arguments.hosts)
    node, coops = filled_node(folder, arguments.listings, arguments.port, hosts)
    asyncio.run(befriend_all(node.data, [nobody(host) for host in hosts]))
    node.module = watched.MODULE
    course = Course(coops, 0)
    rounds = [_round(node, course, hosts, arguments) for _number in range(arguments.rounds)]
    figures = medians(rounds)
    return Report(
        "stalls",
        {f"{name}_p999_ms": figures[name]["p999_ms"] for name in ("inbox", "fanout", "search")},
        figures,
        rounds,
        {"mirrors": arguments.listings},
    )


def _round(
    node: NodeProcess, course: Course, hosts: list[str], arguments: argparse.Namespace
) -> dict[str, Any]:
    with running_node(node) as server:
        times = asyncio.run(_all_of_it(server, node, course, hosts, arguments))
    stalls = watched.beats(node.data)
    return {name: stalls.between(*when).summary() for name, when in times.items()}


async def _all_of_it(
    server: Server,
    node: NodeProcess,
    course: Course,
    hosts: list[str],
    arguments: argparse.Namespace,
) -> dict[str, tuple[float, float]]:
    """When each kind of work began and ended."""
    await course.send(server, course.bodies("bare", arguments.messages // 10))
    messages = course.bodies("bare", arguments.messages)
    looks = list(islice(searches(server.authority, course.coops), arguments.searches))
    work: dict[str, Coroutine[Any, Any, Any]] = {
        "idle": asyncio.sleep(IDLE_SECONDS),
        "inbox": course.send(server, messages),
        "fanout": fan_out(server, node, hosts, World(len(hosts))),
        "search": send_at(server.authority, looks, SEARCHES_PER_SECOND),
    }
    times = {}
    for name, doing in work.items():
        begun = time.perf_counter()
        await doing
        times[name] = begun, time.perf_counter()
    return times
