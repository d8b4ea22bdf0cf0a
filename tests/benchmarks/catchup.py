"""A coop that was away hears what it missed: messages a second to one peer, 200 ms away.

A thousand messages about a hundred things wait when the node starts. Those about one thing have to
come in their order, each after the one before it was taken.
"""

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from aiohttp import web

from federation.outbox import Outgoing, publish_many
from federation.storage import UnitOfWork
from node.config import load
from node.runtime import open_node
from protocol.vocabulary.activities import create
from tests.benchmarks.coops import Coop, befriend_all, make_coops
from tests.benchmarks.processes import NodeProcess, make_nodes
from tests.benchmarks.report import Report, add_common, finish
from tests.benchmarks.servers import running_node

ACTIVITIES, OBJECTS = 1_000, 100
RTT_SECONDS = 0.2
FIRST_PORT = 8450
LONGEST_SECONDS = 600


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--activities", type=int, default=ACTIVITIES)
    parser.add_argument("--objects", type=int, default=OBJECTS)
    parser.add_argument("--port", type=int, default=FIRST_PORT)
    add_common(parser, rounds=3)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="catchup-") as folder:
        finish(measure(Path(folder), arguments), arguments)


def measure(folder: Path, arguments: argparse.Namespace) -> Report:
    [peer] = make_coops(1, arguments.port + 1)
    [node] = make_nodes(1, folder, arguments.port, [peer.authority])
    asyncio.run(befriend_all(node.data, [peer]))
    rounds = [asyncio.run(_round(node, peer, arguments)) for _number in range(arguments.rounds)]
    figures = {name: median(each[name] for each in rounds) for name in rounds[0]}
    return Report(
        "catchup",
        {
            "per_second": figures["per_second"],
            "out_of_order": max(each["out_of_order"] for each in rounds),
        },
        {f"one peer, {RTT_SECONDS * 1000:g} ms away": figures},
        rounds,
        {"messages": arguments.activities, "things": arguments.objects},
    )


async def _round(node: NodeProcess, peer: Coop, arguments: argparse.Namespace) -> dict[str, float]:
    await _say(node, peer, arguments)
    away = _Away(arguments.activities)
    async with _listening(away, peer.authority):
        with running_node(node) as server:
            async with asyncio.timeout(LONGEST_SECONDS):
                await away.has_all.wait()
            used = server.cpu_seconds()
    return {
        "per_second": round(away.taken / (away.ended - away.begun), 1),
        "most_at_once": away.most,
        "out_of_order": away.out_of_order,
        "cpu_us": round(used * 1_000_000 / away.taken, 1),
    }


async def _say(node: NodeProcess, peer: Coop, arguments: argparse.Namespace) -> None:
    """Queue the messages: one about each thing, then the next about each, and so on."""
    async with open_node(load(node.data, {}), at_once=True) as opened:
        coop = opened.federation.identities.coop.uri
        for number in range(arguments.activities // arguments.objects):
            messages = [
                _message(node.address, coop, peer.uri, thing, number)
                for thing in range(arguments.objects)
            ]

            async def publish(uow: UnitOfWork, messages: list[Outgoing] = messages) -> None:
                await publish_many(uow, messages)

            await opened.write(publish)


def _message(base: str, coop: str, peer: str, thing: int, number: int) -> Outgoing:
    about = f"{base}/threads/{thing}"
    note = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{about}/{number}",
        "type": "Note",
        "attributedTo": coop,
        "context": about,
        "content": f"<p>{'Rye, as always. ' * 20}</p>",
    }
    return Outgoing(create("", coop, note, (peer,)), (peer,), about)


@dataclass
class _Away:
    """The peer, which was away: what it took, and how."""

    expected: int
    taken: int = 0
    begun: float = 0.0
    ended: float = 0.0
    most: int = 0
    out_of_order: int = 0
    has_all: asyncio.Event = field(default_factory=asyncio.Event)
    _taken_of: dict[str, int] = field(default_factory=dict)
    _under_way: list[str] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        self.begun = self.begun or time.perf_counter()
        said: dict[str, Any] = json.loads(await request.read())["object"]
        about, _, number = said["id"].rpartition("/")
        is_next = int(number) == self._taken_of.get(about, 0) and about not in self._under_way
        self.out_of_order += not is_next
        self._under_way.append(about)
        self.most = max(self.most, len(self._under_way))
        await asyncio.sleep(RTT_SECONDS)
        self._under_way.remove(about)
        self._taken_of[about] = int(number) + 1
        self.taken += 1
        if self.taken == self.expected:
            self.ended = time.perf_counter()
            asyncio.get_running_loop().call_later(0.3, self.has_all.set)
        return web.Response(status=202)


@asynccontextmanager
async def _listening(away: _Away, authority: str) -> AsyncGenerator[None]:
    application = web.Application()
    application.router.add_post("/inbox", away.take)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    host, _, port = authority.partition(":")
    await web.TCPSite(runner, host, int(port)).start()
    try:
        yield
    finally:
        await runner.cleanup()
