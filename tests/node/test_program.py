"""What an operator is told to type is what they can type."""

import sys
from pathlib import Path

import pytest

from node.program import command


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program in a folder where the shell does not look."""
    path = tmp_path / "checkout" / "rochdale"
    path.parent.mkdir()
    path.touch(mode=0o755)
    monkeypatch.setattr(sys, "argv", [str(path)])
    return path


def test_whoever_started_it_by_its_path_is_told_the_path(program: Path) -> None:
    assert command("doctor") == f"{program} doctor"


def test_where_the_shell_finds_it_the_name_is_enough(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "rochdale").symlink_to(program)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert command("doctor") == "rochdale doctor"
