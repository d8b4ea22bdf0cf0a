"""One node on PostgreSQL with one process and with two: CPU for each activity, waits for locks.

An activity is a listing that is written by API and brought to another coop. PostgreSQL's own work
is told apart, for it and whoever asks share the processors: what two processes could do is told by
the CPU of the busier one. Races that were lost are transactions that were run again.
"""

import argparse
import asyncio
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import asyncpg

from tests.benchmarks.processes import cpu_seconds
from tests.benchmarks.report import Report, add_common, finish, medians
from tests.benchmarks.servers import spread_out
from tests.support import postgresql
from tests.support.wide import Crew, serving, until

AT_ONCE = 16
_CREWS = {1: "one process", 2: "two processes"}
_FOLDER = "SELECT setting FROM pg_settings WHERE name = 'data_directory'"
_LOST = ("could not serialize access", "deadlock detected")
_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--count", type=int, default=200)
    add_common(parser, rounds=3)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    spread_out()
    finish(measure(arguments), arguments)


def measure(arguments: argparse.Namespace) -> Report:
    with postgresql.running() as server:
        versions = {"postgresql": asyncio.run(_version(server)), "asyncpg": version("asyncpg")}
        rounds = [
            {
                name: _measured(server, f"wide_{number}_{workers}", workers, arguments.count)
                for workers, name in _CREWS.items()
            }
            for number in range(arguments.rounds)
        ]
    one, _two = _CREWS.values()
    alone = [each[one]["cpu_ms_per_activity"] for each in rounds]
    return Report(
        "wide", _ratios(rounds), medians(rounds), rounds, references={one: alone}, versions=versions
    )


async def _version(server: str) -> str:
    database = await asyncpg.connect(f"{server}/postgres")
    try:
        return str(await database.fetchval("SHOW server_version")).partition(" ")[0]
    finally:
        await database.close()


def _measured(server: str, database: str, workers: int, count: int) -> dict[str, float]:
    asyncio.run(postgresql.administer(server, f"CREATE DATABASE {database}"))
    return asyncio.run(_of_crew(f"{server}/{database}", workers, count))


def _ratios(rounds: list[dict[str, Any]]) -> dict[str, float]:
    """by_…: activities of two processes for each of one. cpu_of_one: what one of theirs costs."""
    one, two = _CREWS.values()

    def middle(of: str, held_against: str, figure: str) -> float:
        return round(median(each[of][figure] / each[held_against][figure] for each in rounds), 2)

    return {
        "by_cpu": middle(one, two, "busiest_cpu_ms_per_activity"),
        "by_clock": middle(one, two, "seconds"),
        "cpu_of_one": middle(two, one, "cpu_ms_per_activity"),
    }


async def _of_crew(url: str, workers: int, count: int) -> dict[str, float]:
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
        "activities": count,
        "seconds": round(took, 2),
        "cpu_ms_per_activity": round(sum(used) * 1000 / count, 2),
        "busiest_cpu_ms_per_activity": round(max(used) * 1000 / count, 2),
        "races_lost_per_activity": round(lost / count, 2),
        "share_of_looks_that_found_a_wait": round(sum(map(bool, waits)) / len(waits), 2),
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
