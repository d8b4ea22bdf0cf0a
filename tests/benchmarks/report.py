"""What a measurement says: ratios for the goals, figures for people, raw values for doubters.

Every measurement prints its figures, and as its last line the ratios as one JSON object. With
`--record` its report is kept in `docs/benchmarks/`, from which docs/benchmarks.md is written.
"""

import argparse
import json
import os
import platform
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from timeit import repeat
from typing import Any

from tests.benchmarks.goals import GOALS, Goal

FOLDER = Path(__file__).parents[2] / "docs" / "benchmarks"
PAGE = FOLDER.with_suffix(".md")
_HEAD = """# How fast it is

Written by `make bench` from the raw values in [benchmarks/](benchmarks). One measurement:
`make bench ARGS="inbox"`; without keeping it: `python -m tests.benchmarks inbox --rounds 1`.

Ratios are what to trust: subject and reference take turns on the same machine in the same minutes,
and each ratio is the median of the rounds'. CPU is user and system time of the server's process.
The *ceiling* is the least server that still is correct (`tests/benchmarks/ceiling.py`): no policy,
no guard, no search. Seconds and milliseconds are those of the machine named below each table;
what a million additions take there says how fast it was. Nothing is kept of a run whose reference
took half as long again in one round as in another, the one quickest and the one slowest of five
rounds left aside: a median does not hear them.
"""
MOST_SWING = 1.5
_ENOUGH_ROUNDS = 5
"""From here on one round at either end may be out of the ordinary: no median turns on it."""
_PACKAGES = ("aiohttp", "cryptography", "sqlalchemy", "aiosqlite", "msgspec")


def machine() -> dict[str, str]:
    return {
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "processors": str(os.cpu_count()),
        "asked from": ", ".join(map(str, sorted(os.sched_getaffinity(0)))),
        "a million additions, ms": f"{_million_additions():.0f}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    } | {name: version(name) for name in _PACKAGES}


def _million_additions() -> float:
    """In milliseconds: how fast Python is here, today. Machines of one name differ threefold."""
    return 1_000 * min(repeat("for number in range(1_000_000): number + 1", number=1, repeat=5))


@dataclass(frozen=True)
class Report:
    """ratios: medians of the rounds' ratios, by name. rounds: what was measured in each. checks:
    what shows that the work was done. references: by name, what a reference took in each round.
    versions: of what took part beside what always does."""

    name: str
    ratios: dict[str, Any]
    figures: dict[str, Any]
    rounds: list[Any]
    checks: dict[str, Any] = field(default_factory=dict)
    references: dict[str, list[float]] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)

    def swings(self) -> dict[str, float]:
        """The references that cannot be judged by, and how many times the least the most is."""
        kept = {name: _without_the_odd(took) for name, took in self.references.items()}
        swings = {name: max(took) / min(took) for name, took in kept.items()}
        return {name: round(swing, 2) for name, swing in swings.items() if swing > MOST_SWING}


def _without_the_odd(took: list[float]) -> list[float]:
    return sorted(took)[1:-1] if len(took) >= _ENOUGH_ROUNDS else took


class Unsteady(Exception):
    """What a run was held against was another thing in each round: measure again."""


def add_common(parser: argparse.ArgumentParser, *, rounds: int) -> None:
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--json", type=Path, help="write every value that was measured here")


def medians(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    """Of rounds that are the same measurements with the same figures: each figure's median."""
    return {
        name: {
            figure: round(median(each[name][figure] for each in rounds), 3) for figure in figures
        }
        for name, figures in rounds[0].items()
    }


def finish(report: Report, arguments: argparse.Namespace) -> None:
    """Print it; keep it where that was asked for. Raises Unsteady instead of keeping what should
    not be judged."""
    whole = {"measured": f"{datetime.now(UTC):%Y-%m-%d}"} | asdict(report)
    whole["machine"] = machine() | whole.pop("versions")
    text = json.dumps(whole, indent=1)
    if arguments.json:
        arguments.json.write_text(f"{text}\n", "utf-8")
    swings = report.swings()
    shown = {"figures": report.figures, "checks": report.checks, "swings": swings}
    print(json.dumps(shown, indent=1))
    print(json.dumps({report.name: report.ratios}))
    if not arguments.record:
        return
    if swings:
        raise Unsteady(f"{report.name} is not kept: its references swung {swings}. Measure again.")
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{report.name}.json").write_text(f"{text}\n", "utf-8")


def write_page() -> None:
    """docs/benchmarks.md, from every report that was kept."""
    kept = [json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))]
    reports = {each["name"]: each for each in kept}
    lines = [_HEAD, without_reference(kept), *_goals(reports)]
    for each in kept:
        lines += _section(each)
    PAGE.write_text("\n".join(lines) + "\n", "utf-8")


def without_reference(kept: list[dict[str, Any]]) -> str:
    """The paragraph of the page's head on those that this rule says nothing of; may be empty."""
    names = ", ".join(sorted(each["name"] for each in kept if not each.get("references")))
    return names and (
        f"No rounds of a reference are kept of {names}: what they measure is our own program alone,"
        "\nor was measured before such rounds were kept. Judge them by what the additions took.\n"
    )


def _goals(reports: dict[str, Any]) -> Iterator[str]:
    yield "## Goals\n"
    yield "| measurement | what | goal | measured | |"
    yield "|---|---|---|---|---|"
    missed: dict[str, list[str]] = {}
    for goal in GOALS:
        ratios = reports[goal.report]["ratios"] if goal.report in reports else {}
        yield f"| {goal.report} | {goal.words} | {goal.wanted} | {judged(goal, ratios)} |"
        if is_missed(goal, ratios):
            missed.setdefault(goal.why, []).append(f"{goal.report}: {goal.words}")
    if missed:
        yield "\n### Why some are missed\n"
    for why, goals in missed.items():
        yield f"- *{'; '.join(goals)}.* {why}"


def is_missed(goal: Goal, ratios: dict[str, float]) -> bool:
    return goal.ratio in ratios and not goal.is_met(ratios[goal.ratio])


def judged(goal: Goal, ratios: dict[str, float]) -> str:
    """Two cells of the table. A peer that could not be started was not measured against."""
    if goal.ratio not in ratios:
        return "not measured | "
    longest = f", the longest {ratios[goal.longest]:g}" if goal.longest in ratios else ""
    met = "**missed**" if is_missed(goal, ratios) else "met"
    return f"{ratios[goal.ratio]:g}{longest} | {met}"


def _section(report: dict[str, Any]) -> Iterator[str]:
    yield f"\n## {report['name']}\n"
    columns = list(
        dict.fromkeys(
            name
            for figures in report["figures"].values()
            if isinstance(figures, dict)
            for name in figures
        )
    )
    yield f"| | {' | '.join(columns)} |"
    yield f"|---|{'---|' * len(columns)}"
    for name, figures in report["figures"].items():
        yield f"| {name} | {' | '.join(_cell(figures.get(column)) for column in columns)} |"
    ratios = ", ".join(f"{name} {value:g}" for name, value in report["ratios"].items())
    if ratios:
        yield f"\nRatios: {ratios}."
    checks = ", ".join(f"{name}: {value:,}" for name, value in report["checks"].items())
    machine_words = ", ".join(f"{name} {value}" for name, value in report["machine"].items())
    yield f"\n{checks + '. ' if checks else ''}Measured {report['measured']}: {machine_words}."


def _cell(value: Any) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
