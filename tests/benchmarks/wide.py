"""One node on PostgreSQL with one process and with two: CPU for each activity, waits for locks.

An activity is a listing that is written by API and brought to another coop. PostgreSQL's own work
is told apart. Races that were lost are transactions that were run again.
"""

import argparse
import asyncio
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import asyncpg

from tests.benchmarks.processes import cpu_seconds
from tests.support import postgresql
from tests.support.wide import Crew, serving, until

AT_ONCE = 16
_FOLDER = "SELECT setting FROM pg_settings WHERE name = 'data_directory'"
_LOST = ("could not serialize access", "deadlock detected")
_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--workers", type=int, nargs="+", default=(1, 2))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    found = []
    with postgresql.running() as server:
        for number, workers in enumerate(arguments.workers):
            url = f"{server}/wide_{number}"
            asyncio.run(postgresql.administer(server, f"CREATE DATABASE wide_{number}"))
            found.append(asyncio.run(measure(url, workers, arguments.count)))
    first = found[0]["cpu_ms_per_activity"]
    for each in found:
        each["against_the_first"] = round(each["cpu_ms_per_activity"] / first, 2)
    print(json.dumps(found, indent=2))


async def measure(url: str, workers: int, count: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="wide-") as folder:
        async with serving(Path(folder), url, workers) as crew:
            crew.grocer.may_answer.set()
            await _publish(crew, AT_ONCE * 2)  # every process has compiled what it says often
            members = await crew.at_work()
            before = {each: cpu_seconds(each) for each in members}
            races = await _races(crew)
            watching = asyncio.create_task(_waits(crew))
            begun = time.perf_counter()
            await _publish(crew, count)
            took = time.perf_counter() - begun
            watching.cancel()
            waits = await watching
            used = [cpu_seconds(each) - before[each] for each in members]
            lost = await _races(crew) - races
    return {
        "workers": workers,
        "activities": count,
        "seconds": round(took, 2),
        "cpu_ms_per_activity": round(sum(used) * 1000 / count, 2),
        "busiest_worker_share": round(max(used) / sum(used), 2),
        "races_lost_per_activity": round(lost / count, 2),
        "looks_that_found_a_wait_for_a_lock": f"{sum(map(bool, waits))} of {len(waits)}",
    }


async def _publish(crew: Crew, count: int) -> None:
    """Write so many listings at once, and wait until all were brought."""
    wanted = len(crew.grocer.taken) + count
    places = asyncio.Semaphore(AT_ONCE)

    async def one() -> None:
        async with places:
            await crew.publish(1)

    await asyncio.gather(*(one() for _listing in range(count)))
    await until(crew.undelivered, lambda waiting: not waiting and len(crew.grocer.taken) >= wanted)


async def _races(crew: Crew) -> int:
    """How many transactions lost one so far: the server's log has a line for each."""
    log = Path(await crew.database.fetchval(_FOLDER)).parent / "log"
    lines = await asyncio.to_thread(log.read_text)
    return sum(lines.count(words) for words in _LOST)


async def _waits(crew: Crew) -> list[int]:
    found: list[int] = []
    database = await asyncpg.connect(crew.node.database_url)
    try:
        while True:
            found.append(await database.fetchval(_WAITING))
            await asyncio.sleep(0.02)
    except asyncio.CancelledError:
        return found
    finally:
        await database.close()
