"""Signed listings from ten coops, taken in: CPU for each, beside the ceiling and Fedify.

Every server gets the same messages, each signed for it, in turn; 202 means that it is stored for
good, and with us that it is applied and found. Fedify's keeps ids only.
"""

import argparse
import asyncio
import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.coops import (
    FORMS,
    Coop,
    Directory,
    Form,
    befriend_all,
    bodies,
    make_coops,
    requests,
)
from tests.benchmarks.load import CONNECTIONS, Answers, send
from tests.benchmarks.processes import NodeProcess, make_nodes
from tests.benchmarks.report import Report, add_common, finish
from tests.benchmarks.servers import (
    Server,
    fedify_versions,
    running_ceiling,
    running_fedify,
    running_node,
)

COOPS = 10
MESSAGES = 500
_SHARES = {"rochdale": 1.0, "ceiling": 1.5, "fedify": 0.4}
"""Of the number asked for: the fast get more to do, so that each run is long enough to tell."""
WARM = 100
"""So many first, for the keys."""
FIRST_PORT = 8360
BY_RFC_9421 = "bare-9421"
"""The bare form signed by RFC 9421: told beside, of ours alone, since the ceiling reads only the
draft."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--messages", type=int, default=MESSAGES)
    parser.add_argument("--port", type=int, default=FIRST_PORT)
    add_common(parser, rounds=5)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="inbox-") as folder:
        finish(measure(Path(folder), arguments), arguments)


def measure(folder: Path, arguments: argparse.Namespace) -> Report:
    first = arguments.port
    coops = make_coops(COOPS, first + 3)
    [node] = make_nodes(1, folder, first, [coop.authority for coop in coops])
    asyncio.run(befriend_all(node.data, coops))
    return asyncio.run(_measure(folder, arguments, coops, node))


async def _measure(
    folder: Path, arguments: argparse.Namespace, coops: list[Coop], node: NodeProcess
) -> Report:
    first = arguments.port
    async with AsyncExitStack() as stack:
        servers = [
            stack.enter_context(running_node(node)),
            stack.enter_context(running_ceiling(first + 1, folder)),
        ]
        if fedify := stack.enter_context(running_fedify(first + 2, folder)):
            servers.append(fedify)
        course = Course(coops, arguments.messages)
        first_ones = course.bodies("bare", WARM)
        fetches = {server.name: (await course.send(server, first_ones))[1] for server in servers}
        rounds = [await _round(course, servers) for _ in range(arguments.rounds)]
        found = _searchable(node, coops)
        memory = {server.name: server.memory_mb()[1] for server in servers}
    return Report(
        name="inbox",
        ratios=_ratios(rounds, fetches),
        figures=_figures(rounds)
        | {
            f"whole run, {name}": {"memory_mb": memory[name], "key_fetches": fetches[name]}
            for name in fetches
        },
        rounds=rounds,
        checks={"accepted": course.accepted, "found by search": found},
        references={
            f"{form}, {name}": [each[form][name]["cpu_us"] for each in rounds]
            for form in FORMS
            for name in fetches
            if name != "rochdale"
        },
        versions=fedify_versions() if "fedify" in fetches else {},
    )


@dataclass
class Course:
    """Sends each server messages that it never saw, and counts what the node took."""

    coops: list[Coop]
    messages: int
    made: int = 0
    accepted: int = 0

    def bodies(self, form: Form, count: int) -> list[bytes]:
        """The first is the first coop's, who signs the first request too."""
        first = -(-self.made // len(self.coops)) * len(self.coops)
        self.made = first + count
        return bodies(self.coops, form, range(first, first + count))

    async def send(
        self, server: Server, bodies: list[bytes], *, by_rfc9421: bool = False
    ) -> tuple[dict[str, float], int]:
        """What it took, and how often the coops' keys were fetched meanwhile."""
        asked = requests(self.coops, bodies, server.authority, by_rfc9421=by_rfc9421)
        async with Directory(self.coops) as directory:
            answers, figures = await answered(server, asked)
        if set(answers.statuses) != {202}:
            raise RuntimeError(f"{server.name} answered {dict(answers.statuses)}")
        if server.name == "rochdale":
            self.accepted += len(asked)
        return figures, directory.fetches


async def answered(
    server: Server, asked: list[bytes], connections: int = CONNECTIONS
) -> tuple[Answers, dict[str, float]]:
    """What came back, and what all of it took until the server was at rest again."""
    before = server.cpu_seconds()
    answers = await send(server.authority, asked, connections=connections)
    await at_rest(server)
    used = server.cpu_seconds() - before
    return answers, {
        "messages": len(asked),
        "cpu_us": round(used * 1_000_000 / len(asked), 1),
        "per_second": round(len(asked) / answers.seconds),
        "p50_ms": answers.at(0.5),
        "p99_ms": answers.at(0.99),
    }


async def at_rest(server: Server) -> None:
    """Wait until it does nothing more: Fedify answers first and works then."""
    used = server.cpu_seconds()
    while True:
        await asyncio.sleep(0.1)
        used, before = server.cpu_seconds(), used
        if used - before < 0.02:
            return


async def _round(course: Course, servers: list[Server]) -> dict[str, Any]:
    measured: dict[str, Any] = {}
    for form in FORMS:
        made = course.bodies(form, int(course.messages * max(_SHARES.values())))
        measured[form] = {
            server.name: (
                await course.send(server, made[: int(course.messages * _SHARES[server.name])])
            )[0]
            for server in servers
        }
    made, [node, *_others] = course.bodies("bare", course.messages), servers
    measured[BY_RFC_9421] = {node.name: (await course.send(node, made, by_rfc9421=True))[0]}
    return measured


def _ratios(rounds: list[dict[str, Any]], fetches: dict[str, int]) -> dict[str, float]:
    def middle(of: Any) -> float:
        return round(median(of(each) for each in rounds), 3)

    ratios = {}
    for form in FORMS:
        ratios[f"{form}_share_of_ceiling"] = middle(
            lambda each, form=form: (
                each[form]["ceiling"]["cpu_us"] / each[form]["rochdale"]["cpu_us"]
            )
        )
        if "fedify" in fetches:
            ratios[f"{form}_cpu_of_fedify"] = middle(
                lambda each, form=form: (
                    each[form]["rochdale"]["cpu_us"] / each[form]["fedify"]["cpu_us"]
                )
            )
    return ratios | {"key_fetches_per_coop": fetches["rochdale"] / COOPS}


def _figures(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    """Medians of what each server took for each form."""
    return {
        f"{form}, {name}": {
            figure: median(each[form][name][figure] for each in rounds)
            for figure in rounds[0][form][name]
        }
        for form in rounds[0]
        for name in rounds[0][form]
    }


def _searchable(node: NodeProcess, coops: list[Coop]) -> int:
    """Counted coop by coop: a search counts exactly up to 2,000."""
    return sum(node.get(f"/listings?coop={coop.uri}&limit=1")["total"] for coop in coops)
