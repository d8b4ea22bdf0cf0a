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

from tests.benchmarks.goals import GOALS

FOLDER = Path(__file__).parents[2] / "docs" / "benchmarks"
PAGE = FOLDER.with_suffix(".md")
_HEAD = """# How fast it is

Written by `make bench` from the raw values in [benchmarks/](benchmarks). One measurement:
`make bench ARGS="inbox"`; without keeping it: `python -m tests.benchmarks inbox --rounds 1`.

Ratios are what to trust: subject and reference take turns on the same machine in the same minutes,
and each ratio is the median of the rounds'. CPU is user and system time of the server's process.
The *ceiling* is the least server that still is correct (`tests/benchmarks/ceiling.py`): no policy,
no guard, no search. Seconds and milliseconds are those of the machine named below each table;
what a million additions take there says how fast it was. Where a goal is missed,
[where](#where) shows what the time and the memory go into.
"""
_PACKAGES = ("aiohttp", "cryptography", "sqlalchemy", "aiosqlite", "msgspec")


def machine() -> dict[str, str]:
    return {
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "processors": str(os.cpu_count()),
        "a million additions, ms": f"{_million_additions():.0f}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    } | {name: version(name) for name in _PACKAGES}


def _million_additions() -> float:
    """In milliseconds: how fast Python is here, today. Machines of one name differ threefold."""
    return 1_000 * min(repeat("for number in range(1_000_000): number + 1", number=1, repeat=5))


@dataclass(frozen=True)
class Report:
    """ratios: medians of the rounds' ratios, by name. rounds: every value measured. checks: what
    shows that the work was done."""

    name: str
    ratios: dict[str, Any]
    figures: dict[str, Any]
    rounds: list[Any] = field(default_factory=list)
    checks: dict[str, Any] = field(default_factory=dict)


def add_common(parser: argparse.ArgumentParser, *, rounds: int) -> None:
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--json", type=Path, help="write every value that was measured here")


def medians(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    """Of rounds that are the same measurements with the same figures: each figure's median."""
    return {
        name: {figure: median(each[name][figure] for each in rounds) for figure in figures}
        for name, figures in rounds[0].items()
    }


def finish(report: Report, arguments: argparse.Namespace) -> None:
    """Print it; keep it where that was asked for."""
    whole = {"measured": f"{datetime.now(UTC):%Y-%m-%d}", "machine": machine()} | asdict(report)
    text = json.dumps(whole, indent=1)
    if arguments.json:
        arguments.json.write_text(f"{text}\n", "utf-8")
    if arguments.record:
        FOLDER.mkdir(exist_ok=True)
        (FOLDER / f"{report.name}.json").write_text(f"{text}\n", "utf-8")
    print(json.dumps({"figures": report.figures, "checks": report.checks}, indent=1))
    print(json.dumps({report.name: report.ratios}))


def write_page() -> None:
    """docs/benchmarks.md, from every report that was kept."""
    kept = [json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))]
    reports = {each["name"]: each for each in kept}
    lines = [_HEAD, *_goals(reports)]
    for each in kept:
        lines += _section(each)
    PAGE.write_text("\n".join(lines) + "\n", "utf-8")


def _goals(reports: dict[str, Any]) -> Iterator[str]:
    yield "## Goals\n"
    yield "| measurement | what | goal | measured | |"
    yield "|---|---|---|---|---|"
    for goal in GOALS:
        if goal.report not in reports or goal.ratio not in reports[goal.report]["ratios"]:
            continue
        value = reports[goal.report]["ratios"][goal.ratio]
        met = "met" if goal.is_met(value) else "**missed**"
        yield f"| {goal.report} | {goal.words} | {goal.wanted} | {value:g} | {met} |"


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
    checks = ", ".join(f"{name}: {value:,}" for name, value in report["checks"].items())
    machine_words = ", ".join(f"{name} {value}" for name, value in report["machine"].items())
    yield f"\n{checks + '. ' if checks else ''}Measured {report['measured']}: {machine_words}."


def _cell(value: Any) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
