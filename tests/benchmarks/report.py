"""What a measurement says: ratios for the goals, figures for people, raw values for doubters.

Every measurement prints its figures, and as its last line the ratios as one JSON object. With
`--record` its report is kept in `docs/benchmarks/`, from which docs/benchmarks.md is written.
"""

import argparse
import json
import os
import platform
import sqlite3
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "docs" / "benchmarks"
_PACKAGES = ("aiohttp", "cryptography", "sqlalchemy", "aiosqlite", "msgspec")


def machine() -> dict[str, str]:
    return {
        "system": platform.platform(),
        "processors": str(len(os.sched_getaffinity(0)) + 0),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    } | {name: version(name) for name in _PACKAGES}


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
