"""One listing published to five hundred coops, each on a host of its own: seconds to the last.

The node publishes by its API and so does all that it ever does. Three worlds: answers at once,
after 100 ms, and at once but for twenty hosts that hang and twenty that refuse.
"""

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.coops import Coop, befriend_all
from tests.benchmarks.load import send
from tests.benchmarks.processes import NodeProcess, make_nodes
from tests.benchmarks.report import Report, add_common, finish
from tests.benchmarks.servers import (
    Server,
    fedify_versions,
    running_ceiling,
    running_fedify,
    running_node,
)
from tests.support.signing import Signer

HOSTS = 500
FAULTY = 20
"""So many of the hosts hang in the third world, and so many more refuse."""
FIRST_PORT = 8380
DELAY_SECONDS = 0.1
LONGEST_SECONDS = 120
_IDLE_SECONDS = 0.1
"""Of the processor in a second."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--hosts", type=int, default=HOSTS)
    parser.add_argument("--port", type=int, default=FIRST_PORT)
    add_common(parser, rounds=3)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="fanout-") as folder:
        finish(measure(Path(folder), arguments), arguments)


def measure(folder: Path, arguments: argparse.Namespace) -> Report:
    first = arguments.port
    hosts = hosts_at(first + 3, arguments.hosts)
    [node] = make_nodes(1, folder, first, hosts)
    asyncio.run(befriend_all(node.data, [nobody(host) for host in hosts]))
    with ExitStack() as stack:
        servers = [
            stack.enter_context(running_node(node)),
            stack.enter_context(running_ceiling(first + 1, folder)),
        ]
        if fedify := stack.enter_context(running_fedify(first + 2, folder)):
            servers.append(fedify)
        until_idle(servers[0])
        rounds = [asyncio.run(_round(servers, node, hosts)) for _number in range(arguments.rounds)]
    at_once = [each["at once"] for each in rounds]
    return Report(
        "fanout",
        _ratios(rounds),
        _figures(rounds),
        rounds,
        references={
            server.name: [each[server.name]["last_s"] for each in at_once] for server in servers[1:]
        },
        versions=fedify_versions() if fedify else {},
    )


def until_idle(server: Server) -> None:
    """A node that has just begun reads the catalogues of all its neighbours first."""
    before = -1.0
    while server.cpu_seconds() - before > _IDLE_SECONDS:
        before = server.cpu_seconds()
        time.sleep(1)


def hosts_at(port: int, count: int) -> list[str]:
    """So many hosts, each with an address of its own on loopback."""
    return [f"127.77.{number // 250}.{number % 250 + 1}:{port}" for number in range(count)]


def nobody(host: str) -> Coop:
    """A coop that only listens: its keys are never asked for."""
    return Coop(host, Signer(f"http://{host}/coop", None, None))  # type: ignore[arg-type]


@dataclass
class World:
    """The hosts as they answer now. expected: how many shall get it; begun, arrived: when it was
    sent off and when each got it, in seconds of the clock."""

    expected: int
    delay: float = 0.0
    hung: frozenset[str] = frozenset()
    begun: float = 0.0
    arrived: dict[str, float] = field(default_factory=dict)
    again: int = 0
    """Further messages: what could not be brought in another world comes now."""
    signed: int = 0
    connections: list[asyncio.Transport] = field(default_factory=list)
    all_have_it: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, host: str, head: bytes) -> None:
        if host in self.arrived:
            self.again += 1
        self.arrived.setdefault(host, time.perf_counter())
        self.signed += b"\nsignature:" in head.lower()
        if len(self.arrived) == self.expected:
            self.all_have_it.set()


class _Host(asyncio.Protocol):
    def __init__(self, world: World, host: str) -> None:
        self._world, self._host, self._heard = world, host, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._world.connections.append(transport)

    def data_received(self, data: bytes) -> None:
        self._heard += data
        head, mark, body = self._heard.partition(b"\r\n\r\n")
        if not mark or self._host in self._world.hung:
            return
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
        if len(body) < length:
            return
        self._heard = b""
        asyncio.get_running_loop().call_later(self._world.delay, self._answer, head)

    def _answer(self, head: bytes) -> None:
        self._world.hear(self._host, head)
        self._transport.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")


@asynccontextmanager
async def _listening(world: World, hosts: list[str]) -> AsyncGenerator[None]:
    loop = asyncio.get_running_loop()
    servers = []
    for host in hosts:
        name, _, port = host.partition(":")
        servers.append(
            await loop.create_server(lambda host=host: _Host(world, host), name, int(port))
        )
    try:
        yield
    finally:
        for server in servers:
            server.close()
        for connection in world.connections:
            connection.abort()


async def _round(servers: list[Server], node: NodeProcess, hosts: list[str]) -> dict[str, Any]:
    measured: dict[str, Any] = {"at once": {}, "after 100 ms": {}, "some faulty": {}}
    for server in servers:
        measured["at once"][server.name] = await fan_out(server, node, hosts, World(len(hosts)))
    for server in servers[:2]:
        slow = World(len(hosts), delay=DELAY_SECONDS)
        measured["after 100 ms"][server.name] = await fan_out(server, node, hosts, slow)
    for server in servers[:2]:
        faulty = World(len(hosts) - 2 * FAULTY, hung=frozenset(hosts[:FAULTY]))
        measured["some faulty"][server.name] = await fan_out(
            server, node, hosts, faulty, refusing=FAULTY
        )
    return measured


async def fan_out(
    server: Server, node: NodeProcess, hosts: list[str], world: World, refusing: int = 0
) -> dict[str, float]:
    listening = hosts[: len(hosts) - refusing]
    async with _listening(world, listening):
        before, world.begun = server.cpu_seconds(), time.perf_counter()
        await send(server.authority, [trigger(server, node, hosts)])
        async with asyncio.timeout(LONGEST_SECONDS):
            await world.all_have_it.wait()
        await asyncio.sleep(0.3)  # what it writes down afterwards is part of the work
        used = server.cpu_seconds() - before
    took = sorted(moment - world.begun for moment in world.arrived.values())
    return {
        "first_s": round(took[0], 3),
        "p95_s": round(took[int(0.95 * (len(took) - 1))], 3),
        "last_s": round(took[-1], 3),
        "cpu_us": round(used * 1_000_000 / len(took), 1),
        "again": world.again,
        "unsigned": len(took) + world.again - world.signed,
    }


def trigger(server: Server, node: NodeProcess, hosts: list[str]) -> bytes:
    """What makes a server tell all hosts; our node tells those that it knows."""
    if server.name == "rochdale":
        body = json.dumps(
            {"title": "Bread", "body": "Rye. " * 200, "kind": "goods", "publish": True}
        ).encode()
        return _post(server, "/api/v1/listings", body, f"Authorization: Bearer {node.token}\r\n")
    inboxes = [f"http://{host}/inbox" for host in hosts]
    return _post(server, "/bench/send", json.dumps({"inboxes": inboxes}).encode(), "")


def _post(server: Server, path: str, body: bytes, header: str) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {server.authority}\r\n{header}"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _ratios(rounds: list[dict[str, Any]]) -> dict[str, float]:
    def middle(of: Any) -> float:
        return round(median(of(each) for each in rounds), 3)

    def against(world: str, other: str, figure: str) -> float:
        return middle(lambda each: each[world]["rochdale"][figure] / each[world][other][figure])

    ratios = {
        "last_of_ceiling": against("at once", "ceiling", "last_s"),
        "cpu_of_ceiling": against("at once", "ceiling", "cpu_us"),
        "last_of_ceiling_100ms": against("after 100 ms", "ceiling", "last_s"),
        "last_s_100ms": middle(lambda each: each["after 100 ms"]["rochdale"]["last_s"]),
        "p95_faulty_of_healthy": middle(
            lambda each: (
                each["some faulty"]["rochdale"]["p95_s"] / each["at once"]["rochdale"]["p95_s"]
            )
        ),
    }
    if "fedify" in rounds[0]["at once"]:
        ratios["last_of_fedify"] = against("at once", "fedify", "last_s")
        ratios["cpu_of_fedify"] = against("at once", "fedify", "cpu_us")
    return ratios


def _figures(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        f"{world}, {name}": {
            figure: median(each[world][name][figure] for each in rounds)
            for figure in rounds[0][world][name]
        }
        for world in rounds[0]
        for name in rounds[0][world]
    }
