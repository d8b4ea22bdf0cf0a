"""For how long at a stretch the loop is held: while messages come, go out, and people search.

The node is `rochdale serve` with a heartbeat on its loop (`watched`). What a beat is late by is
the machine's doing too; how long the loop's thread was at work meanwhile is the program's alone.
Each kind of work is gone on with until there are thousands of beats in it: one of a thousand may be
late, and the latest is shown beside.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from itertools import islice
from pathlib import Path
from typing import Any

from tests.benchmarks import watched
from tests.benchmarks.coops import Directory, befriend_all, requests
from tests.benchmarks.fanout import World, fan_out, hosts_at, nobody
from tests.benchmarks.filled import filled_node
from tests.benchmarks.inbox import Course
from tests.benchmarks.load import send, send_at
from tests.benchmarks.mixed import SEARCHES_PER_SECOND, searches
from tests.benchmarks.processes import NodeProcess
from tests.benchmarks.report import Report, add_common, finish, medians
from tests.benchmarks.servers import Server, running_node
from tests.support.stalls import Stalls

LISTINGS, MESSAGES, HOSTS, SECONDS = 100_000, 1_000, 500, 10
WORK = ("inbox", "fanout", "search")
FIRST_PORT = 8480
_WRITING_SECONDS = 0.1
"""So long at most after the last answer to what was sent it is written down that it was taken."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--listings", type=int, default=LISTINGS, help="mirrors there are")
    parser.add_argument("--messages", type=int, default=MESSAGES, help="at once")
    parser.add_argument("--hosts", type=int, default=HOSTS)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each kind of work")
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
        {f"{name}_p999_ms": figures[name]["p999_ms"] for name in WORK}
        | {f"{name}_longest_ms": max(each[name]["longest_ms"] for each in rounds) for name in WORK},
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
    return {
        name: Stalls([beat for span in spans for beat in stalls.between(*span).beats]).summary()
        for name, spans in times.items()
    }


_Span = tuple[float, float]


async def _all_of_it(
    server: Server,
    node: NodeProcess,
    course: Course,
    hosts: list[str],
    arguments: argparse.Namespace,
) -> dict[str, list[_Span]]:
    """When the loop had each kind of work to do."""
    await course.send(server, course.bodies("bare", arguments.messages // 10))
    looks = searches(server.authority, course.coops, arguments.listings)

    async def idle() -> _Span:
        return await _during(asyncio.sleep(arguments.seconds))

    async def inbox() -> _Span:
        messages = course.bodies("bare", arguments.messages)
        asked = requests(course.coops, messages, server.authority)
        return await _during(send(server.authority, asked))

    async def fanout() -> _Span:
        world = World(len(hosts))
        await fan_out(server, node, hosts, world)
        return world.begun, max(world.arrived.values()) + _WRITING_SECONDS

    async def search() -> _Span:
        some_looks = list(islice(looks, SEARCHES_PER_SECOND))
        return await _during(send_at(server.authority, some_looks, SEARCHES_PER_SECOND))

    async with Directory(course.coops):
        return {
            kind.__name__: await _for_so_long(kind, arguments.seconds)
            for kind in (idle, inbox, fanout, search)
        }


async def _for_so_long(kind: Callable[[], Awaitable[_Span]], seconds: float) -> list[_Span]:
    """Do it again and again until it was done for so long."""
    spans: list[_Span] = []
    while sum(ended - begun for begun, ended in spans) < seconds:
        spans.append(await kind())
    return spans


async def _during(work: Awaitable[Any]) -> _Span:
    begun = time.perf_counter()
    await work
    return begun, time.perf_counter()
