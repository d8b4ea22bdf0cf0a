"""Count made-up ballots: seconds for each 1,000, and how that grows with their number."""

import argparse
import json
import time
from random import Random
from typing import Any

from node import voting

SEED = 1844
BALLOTS = (1_000, 10_000, 100_000)
OPTIONS = (10, 20, 40)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--ballots", type=int, nargs="+", default=BALLOTS)
    parser.add_argument("--options", type=int, nargs="+", default=OPTIONS)
    parser.add_argument("--seats", type=int, default=7)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """By ballots with the middle number of options; by options with the fewest ballots."""
    rules = {"stv": voting.StvRule(arguments.seats), "schulze": voting.SchulzeRule()}
    middle = arguments.options[len(arguments.options) // 2]
    cases = [(number, middle) for number in arguments.ballots]
    cases += [(arguments.ballots[0], size) for size in arguments.options if size != middle]
    figures = {
        name: [measure(rule, number, size) for number, size in cases]
        for name, rule in rules.items()
    }
    print(json.dumps(figures, indent=2))


def measure(rule: voting.Rule, number: int, size: int) -> dict[str, Any]:
    """CPU seconds of one count, from ballots as they were sent to the result."""
    options = [f"option-{each:02}" for each in range(size)]
    ballots, lot = made_up(options, number), voting.drawn(str(SEED), options)
    begun = time.process_time()
    result = voting.count(rule, ballots, options, lot)
    took = time.process_time() - begun
    return {
        "ballots": number,
        "options": size,
        "stages": len(result.stages),
        "seconds": round(took, 3),
        "seconds_per_1000": round(took * 1000 / number, 4),
    }


def made_up(options: list[str], number: int) -> list[voting.Ballot]:
    """Rankings in whole or in part, hardly two of them equal; some options are liked more."""
    random = Random(SEED)
    places = range(len(options))
    return [
        voting.Ballot(
            sorted(options, key=lambda option: random.random() * (1 + options.index(option)))[
                : 1 + random.choice(places)
            ]
        )
        for _ballot in range(number)
    ]
