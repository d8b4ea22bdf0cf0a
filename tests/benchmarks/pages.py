"""The pages that strangers open first, with very many mirrors: milliseconds, and CPU for each.

A node as `rochdale serve` runs it, asked by one visitor at a time who is not signed in.
"""

import argparse
import asyncio
import tempfile
from pathlib import Path
from random import Random
from typing import Any

from tests.benchmarks import words
from tests.benchmarks.filled import add_filled, filled_node
from tests.benchmarks.load import send
from tests.benchmarks.report import Report, add_common, finish, medians
from tests.benchmarks.servers import Server, running_node

TIMES = 60
FIRST_PORT = 8430


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--times", type=int, default=TIMES, help="each kind of page")
    add_filled(parser, listings=100_000, port=FIRST_PORT)
    add_common(parser, rounds=3)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="pages-") as folder:
        finish(measure(arguments.filled or Path(folder), arguments), arguments)


def measure(folder: Path, arguments: argparse.Namespace) -> Report:
    node, _coops = filled_node(folder, arguments.listings, arguments.port)
    with running_node(node) as server:
        rounds = [
            {
                name: asyncio.run(_opened(server, addresses))
                for name, addresses in _pages(Random(words.SEED + number), arguments.times).items()
            }
            for number in range(arguments.rounds)
        ]
    figures = medians(rounds)
    return Report(
        "pages",
        {f"{name}_p95_ms": figure["p95_ms"] for name, figure in figures.items()},
        figures,
        rounds,
        {"mirrors": arguments.listings},
    )


def _pages(random: Random, times: int) -> dict[str, list[str]]:
    known = words.vocabulary()
    return {
        "home": ["/"] * times,
        "search": ["/search"] * times,
        "search_common_word": [f"/search?q={random.choice(known[:100])}" for _ in range(times)],
        "search_word": [f"/search?q={random.choice(known[100:5_000])}" for _ in range(times)],
    }


async def _opened(server: Server, addresses: list[str]) -> dict[str, Any]:
    asked = [
        f"GET {address} HTTP/1.1\r\nHost: {server.authority}\r\nAccept: text/html\r\n\r\n".encode()
        for address in addresses
    ]
    await send(server.authority, asked[:3], connections=1)
    before = server.cpu_seconds()
    answers = await send(server.authority, asked, connections=1)
    used = server.cpu_seconds() - before
    if set(answers.statuses) != {200}:
        raise RuntimeError(f"{addresses[0]}: {dict(answers.statuses)}")
    return {
        "p50_ms": answers.at(0.5),
        "p95_ms": answers.at(0.95),
        "cpu_ms": round(used * 1000 / len(asked), 1),
    }
