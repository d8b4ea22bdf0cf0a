"""What is not to be taken, beside what is: CPU of each as a share of an accepted one's, and rows.

Forged, old, about another body, signed with a key that nobody lists or that lies on a host which
hangs, and what came before. None of it may leave a row behind, or cost a good message's work.
"""

import argparse
import asyncio
import sqlite3
import tempfile
from collections import Counter
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.coops import Coop, Directory, Flaw, befriend_all, make_coops, requests
from tests.benchmarks.filled import database_of
from tests.benchmarks.inbox import COOPS, Course, answered
from tests.benchmarks.load import CONNECTIONS
from tests.benchmarks.processes import NodeProcess, make_nodes
from tests.benchmarks.report import Report, add_common, finish
from tests.benchmarks.servers import Server, running_node

MESSAGES = 500
IDLE_SECONDS = 5
FIRST_PORT = 8365
FLAWS: tuple[Flaw, ...] = ("forged", "stale", "wrong_digest", "unknown_key")
KINDS = (*FLAWS, "duplicate", "hanging_host")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--messages", type=int, default=MESSAGES)
    parser.add_argument("--port", type=int, default=FIRST_PORT)
    add_common(parser, rounds=5)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="hostile-") as folder:
        finish(measure(Path(folder), arguments), arguments)


def measure(folder: Path, arguments: argparse.Namespace) -> Report:
    made = make_coops(COOPS + arguments.rounds, arguments.port + 1)
    coops, silent = made[:COOPS], made[COOPS:]  # what failed is remembered: a new one each round
    [node] = make_nodes(1, folder, arguments.port, [coop.authority for coop in made])
    asyncio.run(befriend_all(node.data, made))
    course = Course(coops, arguments.messages)
    with running_node(node) as server:
        asyncio.run(course.send(server, course.bodies("bare", arguments.messages // 5)))
        rounds = [asyncio.run(_round(course, server, node, each)) for each in silent]
    return Report(
        "hostile",
        {
            f"{kind}_of_accepted": round(
                median(each[kind]["cpu_us"] / each["accepted"]["cpu_us"] for each in rounds), 3
            )
            for kind in KINDS
        }
        | {"rows_of_refused": max(each["rows"] for each in rounds)},
        {kind: _figures([each[kind] for each in rounds]) for kind in ("accepted", *KINDS)},
        rounds,
        {"accepted": course.accepted},
        {"accepted": [each["accepted"]["cpu_us"] for each in rounds]},
    )


async def _round(course: Course, server: Server, node: NodeProcess, silent: Coop) -> dict[str, Any]:
    accepted = course.bodies("bare", course.messages)
    figures, fetches = await course.send(server, accepted)
    measured: dict[str, Any] = {
        "accepted": figures | {"fetches": fetches, "statuses": {202: len(accepted)}}
    }
    rows, idle = rows_in(node.data), await _idle(server)
    made = course.bodies("bare", course.messages // 2)
    sent = {flaw: requests(course.coops, made, server.authority, flaw) for flaw in FLAWS} | {
        "duplicate": requests(course.coops, accepted[: len(made)], server.authority),
        "hanging_host": requests([silent], made, server.authority),
    }
    for kind, asked in sent.items():
        hangs = kind == "hanging_host"
        async with Directory(course.coops, [silent]) as directory:
            answers, figures = await answered(server, asked, len(asked) if hangs else CONNECTIONS)
        if 202 in answers.statuses:
            raise RuntimeError(f"{kind}: it answered {dict(answers.statuses)}")
        if hangs:  # for ten seconds, in which the node does what it does anyhow
            anyhow = idle * answers.seconds * 1_000_000 / len(asked)
            figures["cpu_us"] = round(max(0, figures["cpu_us"] - anyhow), 1)
        found = {"fetches": directory.fetches, "statuses": dict(answers.statuses)}
        measured[kind] = figures | found
    return measured | {"rows": sum((rows_in(node.data) - rows).values())}


async def _idle(server: Server) -> float:
    """Seconds of the processor in each second in which nothing comes."""
    before = server.cpu_seconds()
    await asyncio.sleep(IDLE_SECONDS)
    return (server.cpu_seconds() - before) / IDLE_SECONDS


def rows_in(data: Path) -> Counter[str]:
    """How many each table of the node in a folder has."""
    with closing(sqlite3.connect(f"file:{database_of(data)}?mode=ro", uri=True)) as database:
        tables = database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        return Counter(
            {
                name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
                for (name,) in tables.fetchall()
            }
        )


def _figures(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    statuses = sorted({status for each in rounds for status in each["statuses"]})
    middle = {
        figure: round(median(each[figure] for each in rounds), 3)
        for figure in rounds[0]
        if figure != "statuses"
    }
    return middle | {"answered": ", ".join(map(str, statuses))}
