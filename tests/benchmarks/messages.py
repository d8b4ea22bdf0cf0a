"""Coops in one process tell each other of listings: CPU per message, stalls of the loop."""

import argparse
import asyncio
import cProfile
import json
import pstats
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from node import peers
from node.listings import ListingDraft
from node.listings.commands import create_many
from node.listings.models import State
from node.listings.terms import terms
from node.making import create_node
from node.runtime import Node, open_node
from tests.support.stalls import watching
from ui.cli.listening import listen

FIRST_PORT = 8340
AT_ONCE = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--peers", type=int, default=1)
    parser.add_argument("--port", type=int, default=FIRST_PORT)
    parser.add_argument("--profile", type=Path, help="write what cProfile saw of the exchange here")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="messages-") as folder:
        print(json.dumps(asyncio.run(measure(arguments, Path(folder))), indent=2))


async def measure(arguments: argparse.Namespace, folder: Path) -> dict[str, Any]:
    async with AsyncExitStack() as stack:
        names = [f"m{n}.localhost:{arguments.port + n}" for n in range(arguments.peers + 1)]
        nodes = [
            await stack.enter_async_context(_open(folder / str(n), n, names))
            for n in range(len(names))
        ]
        sender, *receivers = nodes
        for receiver in receivers:
            await peers.ask(receiver.federation, sender.config.address)
            await sender.write(
                lambda uow, uri=receiver.federation.identities.coop.uri: peers.accept(uow, uri)
            )
        await _settle(nodes)
        profile = cProfile.Profile()
        async with watching() as stalls:
            begun, wall = time.process_time(), time.perf_counter()
            await _publish(sender, arguments.count)
            published = time.process_time() - begun
            begun = time.process_time()
            if arguments.profile:
                profile.enable()
            await _settle(nodes)
            profile.disable()
            took = time.process_time() - begun
            wall = time.perf_counter() - wall
        if arguments.profile:
            pstats.Stats(profile).dump_stats(arguments.profile)
        messages = arguments.count * len(receivers)
        return {
            "messages": messages,
            "cpu_ms_per_listing_published": round(published * 1000 / arguments.count, 2),
            "cpu_ms_per_message_both_sides": round(took * 1000 / messages, 2),
            "seconds": round(wall, 2),
            "loop": stalls.summary(),
        }


async def _publish(node: Node, count: int) -> None:
    async with node.reading() as reader:
        in_force = await terms(reader)
    drafts = [(_draft(number), State.PUBLISHED) for number in range(count)]
    for first in range(0, count, AT_ONCE):
        some = drafts[first : first + AT_ONCE]
        await node.write(lambda uow, some=some: create_many(uow, some, in_force, by=None))


def _draft(number: int) -> ListingDraft:
    return ListingDraft(
        title=f"Bicycle repair number {number}",
        summary="Punctures, brakes and gears, while you wait.",
        body="We mend **bicycles** of all kinds. " * 6,
        tags=("bicycles", "repair"),
        place="Rochdale, GB",
        lat=53.61,
        lon=-2.16,
    )


async def _settle(nodes: list[Node]) -> None:
    while any([await node.federation.settle() for node in nodes]):
        pass


@asynccontextmanager
async def _open(folder: Path, number: int, names: list[str]) -> AsyncGenerator[Node]:
    others = [name for name in names if name != names[number]]
    port = int(names[number].rpartition(":")[2])
    made = await create_node(
        folder, name=f"M{number}", address=f"http://{names[number]}", dev_peers=others, port=port
    )
    async with open_node(made.config) as node:
        runner = await listen(node, "127.0.0.1", port)
        try:
            yield node
        finally:
            await runner.cleanup()
