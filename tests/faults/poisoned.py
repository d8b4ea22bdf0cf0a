"""`python -m tests.faults.poisoned FOLDER MESSAGES ANSWERS`: a node that one message ends.

Everything is loaded once. For each line that comes in, a child takes the messages in, or what it
kept of them, and is no more as soon as its handler gets the one that is named: no error, no chance
to write anything, as when a library crashes. What it had answered with yes by then stands in the
file of answers.
"""

import asyncio
import json
import os
import sys
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from federation.http_client import Answer
from node import listings
from node.listings import ListingDraft, Visibility
from node.runtime import Node, open_node
from tests.faults.killed import submit_one
from tests.faults.lives import obey
from tests.support.clock import START, FixedClock
from tests.support.entropy import SeededEntropy
from tests.support.simulation import _config

LEASE_IS_OVER = timedelta(minutes=3)
HANDLED = ("Create", "Proposal")


async def live(folder: Path, bodies: list[str], answers: int, life: dict[str, Any]) -> None:
    """life: number; poison, the id that ends it; fails, whether every message is an error; sends,
    whether senders are there; publishes, the titles of listings; ends_at, what ends it when a peer
    answers: words of the message, or of where it goes."""
    clock = FixedClock(START + life["number"] * LEASE_IS_OVER)
    config = _config(folder, folder.name)
    async with open_node(
        config, clock=clock, entropy=SeededEntropy(life["number"]), at_once=True
    ) as node:
        node.federation.under_way.look_back()  # as `start` does
        _poison(node, life)
        _poison_answers(node, life.get("ends_at"))
        if life["sends"]:
            await asyncio.gather(*(submit_one(node, body, answers) for body in bodies))
        await node.federation.process_due()
        for title in life.get("publishes", ()):
            draft = ListingDraft(title, visibility=Visibility.PUBLIC)
            await node.write(partial(listings.create, draft=draft, by=None, publish=True))
        if "ends_at" in life:
            await node.federation.deliver_due()


def _poison_answers(node: Node, ends_at: str | None) -> None:
    async def post(inbox: str, body: bytes, _headers: Any) -> Answer:
        if ends_at is not None and (ends_at in inbox or ends_at.encode() in body):
            os._exit(9)
        await asyncio.sleep(0)
        return Answer(202, {}, b"")

    node.federation.client.post = post  # type: ignore[method-assign]


def _poison(node: Node, life: dict[str, Any]) -> None:
    handlers: Any = node.federation.handlers._handlers
    handle = handlers[HANDLED]

    async def handle_or_end(uow: Any, received: Any) -> Any:
        if any(each.activity.id == life["poison"] for each in received):
            os._exit(9)
        if life["fails"]:
            raise ZeroDivisionError("a defect of ours")
        return await handle(uow, received)

    handlers[HANDLED] = handle_or_end


def main() -> None:
    folder, messages, answers = map(Path, sys.argv[1:])
    bodies = json.loads(messages.read_text())

    def live_as_told(line: str) -> None:
        out = os.open(answers, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        asyncio.run(live(folder, bodies, out, json.loads(line)))

    obey(live_as_told)


if __name__ == "__main__":
    main()
