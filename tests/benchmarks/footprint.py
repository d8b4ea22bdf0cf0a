"""What a node costs that nobody uses: resident memory, and seconds from nothing to an answer.

Fedify, which is a library with the least server around it, starts beside it in turn.
"""

import argparse
import asyncio
import tempfile
import time
from contextlib import AbstractContextManager
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.filled import add_filled, filled_node
from tests.benchmarks.load import send
from tests.benchmarks.processes import NodeProcess
from tests.benchmarks.report import Report, add_common, finish
from tests.benchmarks.servers import Server, fedify_versions, running_fedify, running_node
from ui.cli.listening import GIVEN_BACK_EVERY

FIRST_PORT = 8440
PAGES = ("/", "/search?q=bicycle", "/coops", "/sign-in")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_filled(parser, listings=100_000, port=FIRST_PORT)
    add_common(parser, rounds=5)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="footprint-") as folder:
        finish(measure(arguments.filled or Path(folder), Path(folder), arguments), arguments)


def measure(filled: Path, folder: Path, arguments: argparse.Namespace) -> Report:
    node, _coops = filled_node(filled, arguments.listings, arguments.port)
    _round(node, folder / "first", arguments.port + 30)  # what lies on the disk is read once
    rounds = [
        _round(node, folder / str(number), arguments.port + 30)
        for number in range(arguments.rounds)
    ]
    figures = {
        name: {figure: median(each[name][figure] for each in rounds) for figure in rounds[0][name]}
        for name in rounds[0]
    }
    ours = figures["rochdale"]
    ratios = {"start_s": ours["start_s"], "idle_mb": ours["used_mb"]}
    if "fedify" in figures:
        ratios["start_of_fedify"] = round(
            median(each["rochdale"]["start_s"] / each["fedify"]["start_s"] for each in rounds), 2
        )
    return Report(
        "footprint",
        ratios,
        figures,
        rounds,
        {"mirrors": arguments.listings},
        {"fedify": [each["fedify"]["start_s"] for each in rounds]} if "fedify" in figures else {},
        fedify_versions() if "fedify" in figures else {},
    )


def _round(node: NodeProcess, folder: Path, port: int) -> dict[str, Any]:
    folder.mkdir()
    measured = {"rochdale": _started(running_node(node), "/healthz", PAGES)}
    fedify = _started(running_fedify(port, folder), "/users/coop", ("/users/coop",))
    return measured | ({"fedify": fedify} if fedify else {})


def _started(
    starting: AbstractContextManager[Server | None], first: str, pages: tuple[str, ...]
) -> dict[str, float]:
    begun = time.perf_counter()
    with starting as server:
        if server is None:
            return {}
        asyncio.run(_open(server, first))
        took, idle = time.perf_counter() - begun, server.memory_mb()[0]
        for page in pages:
            asyncio.run(_open(server, page))
        cpu = server.cpu_seconds()
        time.sleep(GIVEN_BACK_EVERY + 1)
        return {
            "start_s": round(took, 2),
            "cpu_s": round(cpu, 2),
            "fresh_mb": idle,
            "used_mb": server.memory_mb()[0],
        }


async def _open(server: Server, path: str) -> None:
    accept = "text/html" if server.name == "rochdale" else "application/activity+json"
    asked = f"GET {path} HTTP/1.1\r\nHost: {server.authority}\r\nAccept: {accept}\r\n\r\n"
    answers = await send(server.authority, [asked.encode()], connections=1)
    if set(answers.statuses) != {200}:
        raise RuntimeError(f"{server.name} {path}: {dict(answers.statuses)}")
