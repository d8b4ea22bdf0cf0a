"""How long messages wait for their answer while people search: p99, beside that without searches.

A node with very many listings takes messages in at half the rate that it can; in every second
round twenty searches a second come beside them.
"""

import argparse
import asyncio
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path
from random import Random
from statistics import median
from typing import Any
from urllib.parse import urlencode

from node.listings import SearchQuery
from tests.benchmarks import words
from tests.benchmarks.coops import Coop, Directory, requests
from tests.benchmarks.filled import add_filled, filled_node
from tests.benchmarks.inbox import Course
from tests.benchmarks.load import Answers, send_at
from tests.benchmarks.report import Report, add_common, finish, medians
from tests.benchmarks.search import classes
from tests.benchmarks.servers import Server, running_node

SECONDS = 10
SEARCHES_PER_SECOND = 20
FIRST_PORT = 8470
_SHARE = 0.5
AT_ONCE = 500
"""Messages by which the node shows how fast it can be."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each half of a round")
    add_filled(parser, listings=100_000, port=FIRST_PORT)
    add_common(parser, rounds=5)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="mixed-") as folder:
        finish(measure(arguments.filled or Path(folder), arguments), arguments)


def measure(folder: Path, arguments: argparse.Namespace) -> Report:
    node, coops = filled_node(folder, arguments.listings, arguments.port)
    with running_node(node) as server:
        rate, rounds = asyncio.run(_measure(server, coops, arguments))
    figures = medians(rounds)
    ratio = median(each["with searches"]["p99_ms"] / each["alone"]["p99_ms"] for each in rounds)
    return Report(
        f"mixed-{arguments.listings}",
        {"p99_of_alone": round(ratio, 2)},
        figures,
        rounds,
        {"messages a second": rate, "searches a second": SEARCHES_PER_SECOND},
    )


async def _measure(
    server: Server, coops: list[Coop], arguments: argparse.Namespace
) -> tuple[int, list[dict[str, Any]]]:
    # A node that is used again has seen what the last run sent: these are other messages.
    course = Course(coops, 0, made=time.time_ns() // 1_000_000)
    await course.send(server, course.bodies("bare", AT_ONCE // 5))
    quickest, _fetches = await course.send(server, course.bodies("bare", AT_ONCE))
    rate = max(1, int(_SHARE * quickest["per_second"]))
    asked = searches(server.authority, coops)
    rounds = []
    for _number in range(arguments.rounds):
        messages = [_messages(course, server, int(rate * arguments.seconds)) for _half in range(2)]
        looks = list(islice(asked, int(SEARCHES_PER_SECOND * arguments.seconds)))
        async with Directory(coops):
            alone = await send_at(server.authority, messages[0], rate)
            beside, found = await asyncio.gather(
                send_at(server.authority, messages[1], rate),
                send_at(server.authority, looks, SEARCHES_PER_SECOND),
            )
        rounds.append(
            {
                "alone": _figures(alone, 202),
                "with searches": _figures(beside, 202),
                "the searches": _figures(found, 200),
            }
        )
    return rate, rounds


def _messages(course: Course, server: Server, count: int) -> list[bytes]:
    return requests(course.coops, course.bodies("bare", count), server.authority)


def searches(authority: str, coops: list[Coop]) -> Any:
    """Requests without end, one of each class of queries after the other."""
    random = Random(words.SEED)
    for make in cycle(classes(coops).values()):
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
