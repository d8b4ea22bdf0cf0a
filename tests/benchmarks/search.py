"""Search among very many listings, class by class: milliseconds, and whether a typo is forgiven.

The node's own search, in a process of its own on connections that read, with seeded queries whose
words are common (the hundred most frequent), in the middle, or both.
"""

import argparse
import asyncio
import gc
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from node import listings
from node.config import load
from node.listings import ANYBODY, SearchQuery
from node.runtime import Node, open_node
from tests.benchmarks import words
from tests.benchmarks.coops import Coop
from tests.benchmarks.filled import CATEGORIES, TOWNS, add_filled, filled_node, shares
from tests.benchmarks.report import Report, add_common, finish

QUERIES = 200
FIRST_PORT = 8400
COMMON, MIDDLE = 100, 5_000
"""Ranks of words: up to here they are common, up to there in the middle."""
RADIUS_KM = 30.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--queries", type=int, default=QUERIES, help="of each class")
    add_filled(parser, listings=100_000, port=FIRST_PORT)
    add_common(parser, rounds=1)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="search-") as folder:
        finish(measure(arguments.filled or Path(folder), arguments), arguments)


def measure(folder: Path, arguments: argparse.Namespace) -> Report:
    node, coops = filled_node(folder, arguments.listings, arguments.port)
    return asyncio.run(_measure(node.data, coops, arguments))


async def _measure(data: Path, coops: list[Coop], arguments: argparse.Namespace) -> Report:
    async with open_node(load(data, {})) as node:
        await _timed(node, classes(coops)["1 middle"], 5)  # the first reads what all need
        gc.freeze()  # as `serve` does
        figures = {
            name: await _timed(node, make, arguments.queries)
            for name, make in classes(coops).items()
        }
        found, corrected = await _with_typos(node, arguments.queries)
    all_of_them = [second for each in figures.values() for second in each.pop("seconds")]
    p50, p99 = shares(all_of_them, 0.5, 0.99)
    return Report(
        f"search-{arguments.listings}",
        {"p50_ms": p50, "p99_ms": p99, "typos_found": found},
        figures | {"typo": corrected},
        checks={"listings": arguments.listings},
    )


Make = Callable[[Random], SearchQuery]


def classes(coops: list[Coop]) -> dict[str, Make]:
    def said(common: int, middle: int, **narrowed: Callable[[Random], Any]) -> Make:
        return lambda random: SearchQuery(
            q=" ".join(_words(random, common, middle)),
            **{name: choose(random) for name, choose in narrowed.items()},
        )

    category: dict[str, Any] = {"category": lambda random: random.choice(CATEGORIES)}
    coop: dict[str, Any] = {"coop": lambda random: random.choice(coops).uri}
    place: dict[str, Any] = {
        "near": lambda random: random.choice(TOWNS)[1:],
        "within_km": lambda random: RADIUS_KM,
    }
    return {
        "nothing, newest first": said(0, 0),
        "1 middle": said(0, 1),
        "1 common": said(1, 0),
        "2 middle": said(0, 2),
        "1 common, 1 middle": said(1, 1),
        "3 common": said(3, 0),
        "1 middle, category": said(0, 1, **category),
        "1 common, category, coop": said(1, 0, **category, **coop),
        "1 middle, place": said(0, 1, **place),
        "1 common, place": said(1, 0, **place),
        "2 common, category, coop, place": said(2, 0, **category, **coop, **place),
    }


def _words(random: Random, common: int, middle: int) -> list[str]:
    known = words.vocabulary()
    return random.sample(known[:COMMON], common) + random.sample(known[COMMON:MIDDLE], middle)


async def _timed(node: Node, make: Make, count: int) -> dict[str, Any]:
    random, seconds, hits, used = Random(words.SEED), [], 0, time.process_time()
    for _number in range(count):
        query = make(random)
        begun = time.perf_counter()
        hits += len(await _found(node, query))
        seconds.append(time.perf_counter() - begun)
    p50, p99 = shares(seconds, 0.5, 0.99)
    cpu = (time.process_time() - used) * 1000 / count
    return {
        "p50_ms": p50,
        "p99_ms": p99,
        "cpu_ms": round(cpu, 2),
        "hits": round(hits / count, 1),
        "seconds": seconds,
    }


async def _found(node: Node, query: SearchQuery) -> list[str]:
    async with node.reading() as reader:
        page = await listings.search(reader, query, ANYBODY, datetime.now(UTC))
    return [hit.title for hit in page.hits]


async def _with_typos(node: Node, count: int) -> tuple[float, dict[str, Any]]:
    """How often a listing's own title with one letter wrong finds a listing of the right words on
    the first page: the title is two words of one that is there."""
    random, right, seconds = Random(words.SEED), 0, []
    for number in random.sample(range(1_000), min(count, 1_000)):
        title = words.title(_of_listing(number)).split()
        first, second = title[0], next((word for word in title[1:] if len(word) > 4), title[1])
        begun = time.perf_counter()
        titles = await _found(node, SearchQuery(q=f"{first} {_mistyped(random, second)}"))
        seconds.append(time.perf_counter() - begun)
        right += any({first, second} <= set(found.split()) for found in titles)
    p50, p99 = shares(seconds, 0.5, 0.99)
    return round(right / count, 3), {"p50_ms": p50, "p99_ms": p99}


def _of_listing(number: int) -> Random:
    """The random source of the filled node's listing of that number, once it chose coop and town
    and so on: its title comes next."""
    random = Random(words.SEED + number)
    random.choice(range(20))
    random.choice(TOWNS)
    random.randrange(500_000)
    return random


def _mistyped(random: Random, word: str) -> str:
    """One letter left out, doubled, changed, or two exchanged."""
    at = random.randrange(1, len(word))
    kind = random.choice(("out", "double", "other", "exchange"))
    if kind == "out":
        return word[:at] + word[at + 1 :]
    if kind == "double":
        return word[:at] + word[at - 1] + word[at:]
    if kind == "other":
        return f"{word[:at]}{random.choice('aeiou')}{word[at + 1 :]}"
    return word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]
