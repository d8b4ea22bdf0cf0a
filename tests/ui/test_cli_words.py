"""What the command line says when something was mistyped, cannot be found or is broken off."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ui.cli import main


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("words") / "node"
    options = ["--name", "Lanehead", "--address", "http://lane.localhost:8177", "--yes"]
    assert typed("init", *options, "--data", str(folder)).exit_code == 0
    return folder


def typed(*words: str) -> Result:
    return CliRunner().invoke(main, words)


def refused(data: Path, *words: str, status: int = 1) -> str:
    result = typed(*words, "--data", str(data))
    assert result.exit_code == status, result.output
    return result.stderr


@pytest.mark.parametrize(
    ("words", "listing"),
    [
        (("member", "admit", "nobody"), "member applications --all"),
        (("member", "invite", "99"), "member list"),
        (("account", "name", "nobody", "Ada"), "account list"),
        (("council", "show", "nothing"), "council show"),
        (("webhooks", "test", "nothing"), "webhooks list"),
    ],
)
def test_what_is_not_found_names_the_command_that_lists_what_there_is(
    data: Path, words: tuple[str, ...], listing: str
) -> None:
    assert f" {listing} --data {data}\n" in refused(data, *words)


def test_a_day_that_cannot_be_read_is_told_with_one_that_can(data: Path) -> None:
    told = refused(data, "ledger", "balances", "--on", "31.1.2027", status=2)
    assert "“31.1.2027” cannot be read. Write it like 2027-01-31." in told


def test_a_file_that_cannot_be_written_is_told_without_a_trace(data: Path, tmp_path: Path) -> None:
    missing = tmp_path / "missing" / "recovery.json"
    for words in (
        ("keys", "recovery", str(missing)),
        ("member", "export", "--output", str(missing)),
    ):
        assert refused(data, *words).startswith(f"{missing} cannot be used: No such file")


@pytest.mark.parametrize("address", ["https://", "ftp://pioneer.example", "a b", ""])
@pytest.mark.parametrize("step", ["add", "accept"])
def test_what_is_no_address_is_neither_asked_nor_accepted(
    data: Path, step: str, address: str
) -> None:
    assert "Write the other coop's web address" in refused(data, "peer", step, address)


def test_a_list_of_commands_says_whole_sentences() -> None:
    told = " ".join(typed("member", "--help").output.split())
    assert "Make an applicant's own link anew, when it is lost; the earlier one opens" in told


def test_ctrl_c_while_modules_load_leaves_no_trace() -> None:
    process = subprocess.Popen(
        [sys.executable, "-X", "importtime", "-m", "ui.cli", "--version"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    next(line for line in process.stderr if "sqlalchemy" in line)
    process.send_signal(signal.SIGINT)
    _out, told = process.communicate(timeout=20)
    assert "KeyboardInterrupt" not in told
    assert process.returncode in (-signal.SIGINT, 0)  # or it was over before


def test_a_node_that_serves_has_not_loaded_the_other_commands() -> None:
    program = """
import sys
import click
from ui.cli import main
for name in ("serve", "worker", "backup"):
    assert main.get_command(click.Context(main), name).name == name
    print("ui.cli.upkeep" in sys.modules)
"""
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert said.stdout.split() == ["False", "False", "True"]


def test_a_node_on_sqlite_has_loaded_nothing_of_postgresql() -> None:
    program = "import sys, node.runtime, ui.web.app, ui.cli.running; print(*sys.modules)"
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert not {"sqlalchemy.dialects.postgresql", "asyncpg"} & set(said.stdout.split())
    assert "multiprocessing" not in said.stdout.split(), "it has one process"
