"""Search among very many listings, class by class: milliseconds, and whether a typo is forgiven.

The node's own search, in a process of its own on connections that read, with seeded queries whose
words are common (the hundred most frequent), in the middle, or both. What narrows a search is that
of a listing that is there, and so are its words, the commonest that the listing has.
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
from tests.benchmarks.filled import (
    MADE_ONE_BY_ONE,
    add_filled,
    filled_node,
    listing_of,
    shares,
)
from tests.benchmarks.report import Report, add_common, finish, medians

QUERIES = 200
FIRST_PORT = 8400
COMMON, MIDDLE = 100, 5_000
"""Ranks of words: up to here they are common, up to there in the middle."""
RADIUS_KM = 30.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--queries", type=int, default=QUERIES, help="of each class")
    add_filled(parser, listings=100_000, port=FIRST_PORT)
    add_common(parser, rounds=3)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="search-") as folder:
        finish(measure(arguments.filled or Path(folder), arguments), arguments)


def measure(folder: Path, arguments: argparse.Namespace) -> Report:
    node, coops = filled_node(folder, arguments.listings, arguments.port)
    return asyncio.run(_measure(node.data, coops, arguments))


async def _measure(data: Path, coops: list[Coop], arguments: argparse.Namespace) -> Report:
    count = min(arguments.listings, MADE_ONE_BY_ONE)
    asked = classes(coops, count)
    async with open_node(load(data, {})) as node:
        await _timed(node, asked["1 middle"], Random(words.SEED), 5)  # it reads what all need
        gc.freeze()  # as `serve` does
        rounds = [
            {
                name: await _timed(node, make, Random(words.SEED + number), arguments.queries)
                for name, make in asked.items()
            }
            | await _with_typos(node, coops, Random(words.SEED + number), count, arguments.queries)
            for number in range(arguments.rounds)
        ]
    figures = medians(rounds)
    right, typo = figures[_RIGHT], figures[_TYPO]
    return Report(
        f"search-{arguments.listings}",
        {
            "slowest_p50_ms": max(figures[name]["p50_ms"] for name in asked),
            "slowest_p99_ms": max(figures[name]["p99_ms"] for name in asked),
            "typos_found": typo["found"],
            "typo_p99_more_ms": round(typo["p99_ms"] - right["p99_ms"], 2),
        },
        figures,
        rounds,
        {"listings": arguments.listings},
    )


Make = Callable[[Random], SearchQuery]


def classes(coops: list[Coop], count: int) -> dict[str, Make]:
    """count: of listings that were made one by one."""

    def said(common: int, middle: int) -> Make:
        return lambda random: SearchQuery(q=" ".join(_words(random, common, middle)))

    def narrowed(number: int, *by: str) -> Make:
        def make(random: Random) -> SearchQuery:
            listing = listing_of(coops, random.randrange(count))
            near = (listing["lat"], listing["lon"])
            narrows: dict[str, Any] = {"category": listing["category"], "coop": listing["coop_uri"]}
            narrows |= {"near": near, "within_km": RADIUS_KM}
            kept = {name: value for name, value in narrows.items() if name in by}
            return SearchQuery(q=" ".join(_commonest(listing, number)), **kept)

        return make

    plain = {
        "nothing, newest first": said(0, 0),
        "1 middle": said(0, 1),
        "1 common": said(1, 0),
        "2 middle": said(0, 2),
        "1 common, 1 middle": said(1, 1),
        "3 common": said(3, 0),
        "3 middle": said(0, 3),
    }
    place = ("near", "within_km")
    return plain | {
        f"{number} of a listing's words, {named}": narrowed(number, *by)
        for named, by in (
            ("category", ("category",)),
            ("category, coop", ("category", "coop")),
            ("place", place),
            ("category, coop, place", ("category", "coop", *place)),
        )
        for number in (1, 2, 3)
    }


def _commonest(listing: dict[str, Any], number: int) -> list[str]:
    said = {*listing["title"].split(), *listing["document"]["content"].split()}
    return sorted(said, key=words.rank)[:number]


def _words(random: Random, common: int, middle: int) -> list[str]:
    known = words.vocabulary()
    return random.sample(known[:COMMON], common) + random.sample(known[COMMON:MIDDLE], middle)


async def _timed(node: Node, make: Make, random: Random, count: int) -> dict[str, float]:
    seconds, hits, used = [], 0, time.process_time()
    for _number in range(count):
        took, titles = await _asked(node, make(random))
        seconds.append(took)
        hits += len(titles)
    p50, p99 = shares(seconds, 0.5, 0.99)
    cpu = (time.process_time() - used) * 1000 / count
    return {
        "p50_ms": p50,
        "p99_ms": p99,
        "cpu_ms": round(cpu, 2),
        "hits": round(hits / count, 1),
    }


async def _asked(node: Node, query: SearchQuery) -> tuple[float, list[str]]:
    begun = time.perf_counter()
    titles = await _found(node, query)
    return time.perf_counter() - begun, titles


async def _found(node: Node, query: SearchQuery) -> list[str]:
    async with node.reading() as reader:
        page = await listings.search(reader, query, ANYBODY, datetime.now(UTC))
    return [hit.title for hit in page.hits]


_RIGHT, _TYPO = "two words of a listing", "the same with a typo"


async def _with_typos(
    node: Node, coops: list[Coop], random: Random, count: int, queries: int
) -> dict[str, dict[str, float]]:
    """Two words of a listing's title, as they are and with one letter wrong in the second. found:
    how often a listing with the right words is on the first page."""
    seconds: dict[str, list[float]] = {_RIGHT: [], _TYPO: []}
    found = {_RIGHT: 0, _TYPO: 0}
    for _number in range(queries):
        title = listing_of(coops, random.randrange(count))["title"].split()
        first, second = title[0], next((word for word in title[1:] if len(word) > 4), title[1])
        for name, typed in ((_RIGHT, second), (_TYPO, _mistyped(random, second))):
            took, titles = await _asked(node, SearchQuery(q=f"{first} {typed}"))
            seconds[name].append(took)
            found[name] += any({first, second} <= set(each.split()) for each in titles)
    told = {}
    for name, took_each in seconds.items():
        p50, p99 = shares(took_each, 0.5, 0.99)
        share = round(found[name] / len(took_each), 3)
        told[name] = {"p50_ms": p50, "p99_ms": p99, "found": share}
    return told


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
