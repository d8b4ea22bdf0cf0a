"""How long messages wait for their answer while people search: p99, beside that without searches.

A node with very many listings takes messages in at half the rate that it can; then twenty searches
a second come beside them; then, beside both, it tells its twenty coops of a listing each second.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from random import Random
from statistics import median
from typing import Any
from urllib.parse import urlencode

from node.listings import SearchQuery
from tests.benchmarks import words
from tests.benchmarks.coops import Coop, Directory, requests
from tests.benchmarks.fanout import trigger
from tests.benchmarks.filled import MADE_ONE_BY_ONE, add_filled, filled_node
from tests.benchmarks.inbox import Course
from tests.benchmarks.load import Answers, send_at
from tests.benchmarks.processes import NodeProcess
from tests.benchmarks.report import Report, add_common, finish, medians
from tests.benchmarks.search import classes
from tests.benchmarks.servers import Server, running_node

SECONDS = 10
SEARCHES_PER_SECOND = 20
FIRST_PORT = 8470
_SHARE = 0.5
SEARCHES, ALL = "with searches", "with searches, telling coops"
AT_ONCE = 500
"""Messages by which the node shows how fast it can be."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each part of a round")
    add_filled(parser, listings=100_000, port=FIRST_PORT)
    add_common(parser, rounds=5)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="mixed-") as folder:
        finish(measure(arguments.filled or Path(folder), arguments), arguments)


def measure(folder: Path, arguments: argparse.Namespace) -> Report:
    node, coops = filled_node(folder, arguments.listings, arguments.port)
    with running_node(node) as server:
        rate, rounds = asyncio.run(_measure(server, node, coops, arguments))

    def of_alone(kind: str) -> float:
        return round(median(each[kind]["p99_ms"] / each["alone"]["p99_ms"] for each in rounds), 2)

    return Report(
        f"mixed-{arguments.listings}",
        {"p99_of_alone": of_alone(SEARCHES), "p99_of_alone_telling": of_alone(ALL)},
        medians(rounds),
        rounds,
        {"messages a second": rate, "searches a second": SEARCHES_PER_SECOND},
        {"alone": [each["alone"]["p99_ms"] for each in rounds]},
    )


async def _measure(
    server: Server, node: NodeProcess, coops: list[Coop], arguments: argparse.Namespace
) -> tuple[int, list[dict[str, Any]]]:
    load = await half_of_its_best(server, node, coops, arguments.listings)
    rounds = [await load.round(arguments.seconds) for _number in range(arguments.rounds)]
    return load.per_second, rounds


async def half_of_its_best(
    server: Server, node: NodeProcess, coops: list[Coop], listings: int
) -> "Load":
    # A node that is used again has seen what the last run sent: these are other messages.
    course = Course(coops, 0, made=time.time_ns() // 1_000_000)
    await course.send(server, course.bodies("bare", AT_ONCE // 5))
    quickest, _fetches = await course.send(server, course.bodies("bare", AT_ONCE))
    rate = max(1, int(_SHARE * quickest["per_second"]))
    return Load(server, node, course, searches(server.authority, coops, listings), rate)


@dataclass
class Load:
    """Messages at a steady pace, and what comes beside them."""

    server: Server
    node: NodeProcess
    course: Course
    searches: Iterator[bytes]
    per_second: int

    async def round(self, seconds: float) -> dict[str, Any]:
        first, second, third = (self.messages(seconds) for _part in range(3))
        async with Directory(self.course.coops) as directory:
            alone = await self.send(first)
            beside, found = await asyncio.gather(self.send(second), self.search(seconds))
            taken = directory.taken
            beside_all, _found, told = await asyncio.gather(
                self.send(third), self.search(seconds), self.tell(seconds)
            )
            taken = directory.taken - taken
        return {
            "alone": _figures(alone, 202),
            SEARCHES: _figures(beside, 202),
            "the searches": _figures(found, 200),
            ALL: _figures(beside_all, 202),
            "what was told": _figures(told, 201) | {"taken": taken},
        }

    def messages(self, seconds: float) -> list[bytes]:
        """As many as come in so many seconds, made before the clock runs."""
        made = self.course.bodies("bare", int(self.per_second * seconds))
        return requests(self.course.coops, made, self.server.authority)

    async def send(self, messages: list[bytes]) -> Answers:
        return await send_at(self.server.authority, messages, self.per_second)

    async def search(self, seconds: float) -> Answers:
        looks = list(islice(self.searches, int(SEARCHES_PER_SECOND * seconds)))
        return await send_at(self.server.authority, looks, SEARCHES_PER_SECOND)

    async def tell(self, seconds: float) -> Answers:
        listings = [trigger(self.server, self.node, [])] * max(1, int(seconds))
        return await send_at(self.server.authority, listings, 1)


def searches(authority: str, coops: list[Coop], listings: int) -> Iterator[bytes]:
    """Requests without end, one of each class of queries after the other."""
    random = Random(words.SEED)
    for make in cycle(classes(coops, min(listings, MADE_ONE_BY_ONE)).values()):
        path = f"/api/v1/listings?{_asked(make(random))}"
        yield f"GET {path} HTTP/1.1\r\nHost: {authority}\r\n\r\n".encode()


def _asked(query: SearchQuery) -> str:
    near = query.near and ",".join(map(str, query.near))
    given: dict[str, Any] = {
        "q": query.q,
        "category": query.category,
        "coop": query.coop,
        "near": near,
    }
    given |= {"within_km": query.within_km}
    return urlencode({name: value for name, value in given.items() if value})


def _figures(answers: Answers, status: int) -> dict[str, float]:
    if set(answers.statuses) != {status}:
        raise RuntimeError(f"it answered {dict(answers.statuses)}")
    return {
        "answers": len(answers.latencies),
        "p50_ms": answers.at(0.5),
        "p95_ms": answers.at(0.95),
        "p99_ms": answers.at(0.99),
    }
