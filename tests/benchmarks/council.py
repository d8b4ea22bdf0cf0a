"""Take ballots in at the node that hosts a large federation, one message each: CPU for each.

The node is real: its database, its tables, the handlers' commands. The other coops are keys.
"""

import argparse
import asyncio
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from federation.storage import UnitOfWork
from node.council.deeds import casting
from node.council.rows import store
from node.council.words.statements import Statement
from tests.node.council.chamber import Chamber
from tests.node.council.host import ID, open_host

COOPS = (10, 100, 1_000)
BALLOTS = 50


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--coops", type=int, nargs="+", default=COOPS)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """One federation for each number of coops, with a vote that has just opened."""
    print(json.dumps([asyncio.run(measure(number)) for number in arguments.coops], indent=2))


async def measure(number: int) -> dict[str, Any]:
    """CPU milliseconds for each of the first ballots after the start, and for each one after."""
    chamber = Chamber(tuple(f"coop{each:04}" for each in range(number))).found()
    chamber.opened()
    voters = chamber.coops[1 : BALLOTS + 1]
    ballots = [chamber.ballot(name, "yes") for name in voters]
    with tempfile.TemporaryDirectory(prefix="council-") as folder:
        database = await open_host(Path(folder), chamber)
        begun = time.process_time()
        await database.write(lambda uow: _hear(uow, ballots[0]))
        first = time.process_time() - begun
        begun = time.process_time()
        for ballot in ballots[1:]:
            await database.write(lambda uow, ballot=ballot: _hear(uow, ballot))
        others = time.process_time() - begun
        await database.close()
    return {
        "coops": number,
        "entries": len(chamber.entries),
        "first_ballot_ms": round(first * 1000, 1),
        "each_ballot_ms": round(others * 1000 / max(1, len(ballots) - 1), 2),
    }


async def _hear(uow: UnitOfWork, ballot: Statement) -> None:
    await casting.hear_ballot(uow, await store.federation(uow, ID), ballot)
