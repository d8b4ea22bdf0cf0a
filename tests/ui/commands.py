"""Running `rochdale` on a node that nobody serves, as tests of its commands do."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from ui.cli import main

INIT = (
    "init", "--name", "Loaf", "--address", "http://loaf.localhost:8177", "--place", "Leeds, GB",
    "--currency", "GBP", "--admin", "ada", "--dev-peer", "crumb.localhost:8178", "--yes",
)  # fmt: skip
CRUMB = "http://crumb.localhost:8178"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A node that nobody runs, made by `init` itself."""
    data = tmp_path / "loaf"
    run(data, *INIT)
    return data


def run(data: Path, *command: str, code: int = 0) -> Result:
    """Run a command with --json, in this process but on an event loop of its own."""
    done = CliRunner().invoke(main, [*command, "--data", str(data), "--json"])
    assert done.exit_code == code, (done.stdout, done.stderr, done.exception)
    assert isinstance(done.exception, SystemExit | None)
    if code:
        assert done.stderr
    return done


def in_words(data: Path, *command: str) -> str:
    """What a person is told."""
    done = CliRunner().invoke(main, [*command, "--data", str(data)])
    assert done.exit_code == 0, (done.stdout, done.stderr, done.exception)
    return done.stdout


def result(done: Result) -> Any:
    """What stdout carries, which is one JSON document and nothing else."""
    return json.loads(done.stdout)
