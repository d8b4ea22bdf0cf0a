"""What a message costs a node that has ten thousand, a hundred thousand, a million listings.

One node of each size; all take the same number of messages in, in turn, and CPU is what counts.
"""

import argparse
import asyncio
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.filled import database_of, filled_node
from tests.benchmarks.inbox import Course
from tests.benchmarks.processes import NodeProcess
from tests.benchmarks.report import Report, add_common, finish
from tests.benchmarks.servers import Server, running_node

SIZES = (10_000, 100_000, 1_000_000)
MESSAGES = 500
FIRST_PORT = 8460
WARM = 100
"""So many first, for the keys and the pages that every message reads."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="the smallest first")
    parser.add_argument("--messages", type=int, default=MESSAGES, help="to each in a round")
    parser.add_argument("--port", type=int, default=FIRST_PORT)
    parser.add_argument("--filled", type=Path, help="make the full nodes here, or use them again")
    add_common(parser, rounds=5)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="growth-") as folder:
        finish(measure(arguments.filled or Path(folder), arguments), arguments)


@dataclass
class _Subject:
    size: int
    node: NodeProcess
    server: Server
    course: Course

    async def take(self, count: int) -> dict[str, float]:
        figures, _fetches = await self.course.send(self.server, self.course.bodies("bare", count))
        return figures


def measure(folder: Path, arguments: argparse.Namespace) -> Report:
    with ExitStack() as stack:
        subjects = [
            _subject(stack, folder, size, arguments.port + 2 * number)
            for number, size in enumerate(arguments.sizes)
        ]
        rounds = asyncio.run(_rounds(subjects, arguments))
        megabytes = {each.size: _megabytes(each.node) for each in subjects}
    first = str(arguments.sizes[0])
    return Report(
        "growth",
        {
            f"cpu_of_{size}": round(
                median(each[str(size)]["cpu_us"] / each[first]["cpu_us"] for each in rounds), 3
            )
            for size in arguments.sizes[1:]
        },
        {
            f"{size:,} listings": {
                figure: median(each[str(size)][figure] for each in rounds)
                for figure in rounds[0][str(size)]
            }
            | {"file_mb": megabytes[size]}
            for size in arguments.sizes
        },
        rounds,
        {"accepted": sum(each.course.accepted for each in subjects)},
        {f"{first} listings": [each[first]["cpu_us"] for each in rounds]},
    )


def _subject(stack: ExitStack, folder: Path, size: int, port: int) -> _Subject:
    node, coops = filled_node(folder / str(size), size, port)
    # A node that is used again has seen what the last run sent: these are other messages.
    course = Course(coops, 0, made=time.time_ns() // 1_000_000)
    return _Subject(size, node, stack.enter_context(running_node(node)), course)


async def _rounds(subjects: list[_Subject], arguments: argparse.Namespace) -> list[dict[str, Any]]:
    for each in subjects:
        await each.take(WARM)
    return [
        {str(each.size): await each.take(arguments.messages) for each in subjects}
        for _number in range(arguments.rounds)
    ]


def _megabytes(node: NodeProcess) -> int:
    return database_of(node.data).stat().st_size // 2**20
