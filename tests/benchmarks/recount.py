"""Recount decisions from their archives: seconds for each 1,000 coops, and how that grows.

A recount reads every statement, checks the proofs of all (each ballot has two), builds the log's
tree anew, and counts.
"""

import argparse
import json
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from node.council.count import archive
from tests.node.council.chamber import Chamber

COOPS = (10, 100, 1_000, 2_000)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--coops", type=int, nargs="+", default=COOPS)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """One archive for each number of coops; making it takes longer than recounting it."""
    print(json.dumps([measure(number) for number in arguments.coops], indent=2))


def measure(number: int) -> dict[str, Any]:
    """CPU seconds of one recount, from the file's bytes to the verdict."""
    names = tuple(f"coop{each:04}" for each in range(number))
    votes = {name: "no" if each % 5 == 0 else "yes" for each, name in enumerate(names)}
    data = Chamber(names).found().decided(votes).archive()
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as stranger:
        ballots, took = stranger.submit(recount, data).result()
    return {
        "coops": number,
        "ballots": ballots,
        "archive_bytes": len(data),
        "seconds": round(took, 3),
        "seconds_per_1000": round(took * 1000 / number, 3),
    }


def recount(data: bytes) -> tuple[int, float]:
    """How many ballots, and the CPU seconds: in a process that has seen none of it before."""
    begun = time.process_time()
    verdict = archive.verify(data)
    took = time.process_time() - begun
    [stage] = verdict.result["tally"]["stages"]
    return sum(stage["votes"].values()), took
