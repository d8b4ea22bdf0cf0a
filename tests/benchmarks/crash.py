"""Killed in the middle of work, twenty times: whatever was answered 202 is there afterwards.

The node is killed as the kernel would, at moments that nobody chose, while 32 connections bring
messages. What it had answered must be kept and found; what it had not, it may have or not.
"""

import argparse
import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from tests.benchmarks.coops import Coop, Directory, befriend_all, bodies, make_coops, requests
from tests.benchmarks.filled import database_of
from tests.benchmarks.load import CONNECTIONS, LONGEST_SECONDS, status_of
from tests.benchmarks.processes import NodeProcess, make_nodes
from tests.benchmarks.report import Report, add_common, finish
from tests.benchmarks.servers import measured_core
from tests.benchmarks.words import SEED

COOPS = 10
TIMES = 20
MESSAGES = 1_000
"""At most, before each kill."""
FIRST_PORT = 8495
_LATEST_SECONDS = 2.0
"""After the first answer."""
_BROKEN = (OSError, asyncio.IncompleteReadError)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--times", type=int, default=TIMES)
    parser.add_argument("--messages", type=int, default=MESSAGES, help="at most, before each kill")
    parser.add_argument("--port", type=int, default=FIRST_PORT)
    add_common(parser, rounds=1)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="crash-") as folder:
        finish(measure(Path(folder), arguments), arguments)


def measure(folder: Path, arguments: argparse.Namespace) -> Report:
    coops = make_coops(COOPS, arguments.port + 1)
    [node] = make_nodes(1, folder, arguments.port, [coop.authority for coop in coops])
    asyncio.run(befriend_all(node.data, coops))
    random, accepted, rounds = Random(SEED), set[str](), []
    for number in range(arguments.times):
        first = number * COOPS * arguments.messages  # the first is always the first coop's
        rounds.append(
            asyncio.run(_killed(node, coops, range(first, first + arguments.messages), random))
        )
        accepted |= rounds[-1].pop("accepted")
        node.start()  # what it does first is part of what must not lose anything
        try:
            rounds[-1]["lost"] = len(accepted - _found(node.data))
        finally:
            node.stop()
    return Report(
        "crash",
        {"lost": max(each["lost"] for each in rounds)},
        {
            "all kills": {
                "kills": len(rounds),
                "answered": len(accepted),
                "under_way": sum(each["under_way"] for each in rounds),
                "lost": max(each["lost"] for each in rounds),
            }
        },
        rounds,
    )


@dataclass
class _Work:
    """Listings that were sent, and those of them that were answered 202."""

    asked: set[str] = field(default_factory=set)
    accepted: set[str] = field(default_factory=set)
    has_begun: asyncio.Event = field(default_factory=asyncio.Event)


async def _killed(
    node: NodeProcess, coops: list[Coop], numbers: range, random: Random
) -> dict[str, Any]:
    """Start it, load it, kill it; what it had answered, and how much was under way."""
    made = requests(coops, bodies(coops, "bare", numbers), node.authority)
    uris = [_listing(coops[number % len(coops)], number) for number in numbers]
    waiting, work = iter(zip(uris, made, strict=True)), _Work()
    with measured_core():
        node.start()
    async with Directory(coops):
        senders = [
            asyncio.create_task(_send(node.port, waiting, work))
            for _connection in range(CONNECTIONS)
        ]
        async with asyncio.timeout(LONGEST_SECONDS):
            await work.has_begun.wait()
        begun = time.perf_counter()
        await asyncio.wait(senders, timeout=random.uniform(0, _LATEST_SECONDS))
        took = time.perf_counter() - begun
        await asyncio.to_thread(node.kill)
        await asyncio.gather(*senders)
    return {
        "accepted": work.accepted,
        "answered": len(work.accepted),
        "under_way": len(work.asked - work.accepted),
        "seconds": round(took, 2),
    }


def _listing(coop: Coop, number: int) -> str:
    return f"http://{coop.authority}/listings/{number}"


async def _send(port: int, waiting: Iterator[tuple[str, bytes]], work: _Work) -> None:
    """One message after the other, until there are no more or nobody answers."""
    with suppress(*_BROKEN):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        with closing(writer):
            for uri, request in waiting:
                work.asked.add(uri)
                writer.write(request)
                if (status := await status_of(reader)) != 202:
                    raise RuntimeError(f"{uri} was answered {status}")
                work.accepted.add(uri)
                work.has_begun.set()


def _found(data: Path) -> set[str]:
    """What is kept and can be found."""
    both = "SELECT uri FROM listing_mirror INTERSECT SELECT uri FROM search_entry"
    with closing(sqlite3.connect(f"file:{database_of(data)}?mode=ro", uri=True)) as database:
        return {uri for (uri,) in database.execute(both)}
