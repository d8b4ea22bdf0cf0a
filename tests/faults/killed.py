"""`python -m tests.faults.killed FOLDER MESSAGES ANSWERS`: a node that dies at a given point.

Everything is loaded once. For each number that comes in, a child takes the messages in, and is
killed, as by `kill -9`, when it comes to that statement or commit. What it had answered with yes by
then stands in the file of answers, one line for each id.
"""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from node.runtime import Node, open_node
from protocol.http_signatures import SignedMessage
from tests.faults.lives import obey
from tests.support.clock import FixedClock
from tests.support.entropy import SeededEntropy
from tests.support.simulation import _config

AT_A_TIME = 4


class Point:
    """Counts what the database is asked for, and dies when the count is reached."""

    def __init__(self, last: int) -> None:
        self._left = last

    def watch(self) -> None:
        """Every statement and commit of this process counts from now on."""
        for moment in ("before_cursor_execute", "after_cursor_execute", "commit"):
            event.listen(Engine, moment, self.come)

    def come(self, *_given: Any, **_named: Any) -> None:
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self._left -= 1


async def take_in(folder: Path, bodies: list[str], answers: int, last: int) -> None:
    config = _config(folder, folder.name)
    async with open_node(
        config, clock=FixedClock(), entropy=SeededEntropy(last), at_once=True
    ) as node:
        Point(last).watch()
        for first in range(0, len(bodies), AT_A_TIME):
            some = bodies[first : first + AT_A_TIME]
            await asyncio.gather(*(submit_one(node, body, answers) for body in some))


async def submit_one(node: Node, body: str, answers: int) -> None:
    """Hand a body to the inbox, and note its id if that said yes."""
    raw = body.encode()
    message = SignedMessage("POST", "/inbox", node.config.authority, "https", (), raw)
    answer = await node.federation.inbox.submit(message)
    if answer.status in (200, 202):
        os.write(answers, json.loads(body)["id"].encode() + b"\n")


def main() -> None:
    folder, messages, answers = map(Path, sys.argv[1:])
    bodies = json.loads(messages.read_text())

    def live(line: str) -> None:
        out = os.open(answers, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        asyncio.run(take_in(folder, bodies, out, int(line)))

    obey(live)


if __name__ == "__main__":
    main()
