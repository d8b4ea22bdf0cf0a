"""The shape of the source: who imports whom, what files may be called, what may not stay behind."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("protocol", "federation", "node", "ui")
LONGEST_FILE = 500
FOLDERS = {*PACKAGES, ".ci", "deploy", "docs", "tests"}
LARGEST_BYTES = 2_000_000
REVISIONS = ROOT / "node/migrations/versions"  # written by a program, one per release
NAMES_THAT_SAY_NOTHING = re.compile(r"utils?|helpers?|managers?|services?")
LEFT_BEHIND = re.compile(r"\b(TODO|FIXME)\b")


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def named(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


def test_every_import_points_down() -> None:
    checked = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache", "--no-logo"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


def test_no_file_has_a_name_that_says_nothing() -> None:
    found = [path for path in sources(*PACKAGES) if NAMES_THAT_SAY_NOTHING.fullmatch(path.stem)]
    folders = [
        path for path in sources(*PACKAGES) if NAMES_THAT_SAY_NOTHING.fullmatch(path.parent.name)
    ]
    assert named(found + folders) == []


def test_no_marker_of_unfinished_work_stays_behind() -> None:
    everything = sources(*PACKAGES, "tests")
    this = Path(__file__)
    found = [
        path for path in everything if path != this and LEFT_BEHIND.search(path.read_text("utf-8"))
    ]
    assert named(found) == []


def test_no_file_is_too_long_to_read_at_a_sitting() -> None:
    def lines(path: Path) -> int:
        return len(path.read_text("utf-8").splitlines())

    written = [path for path in sources(*PACKAGES) if path.parent != REVISIONS]
    assert named([path for path in written if lines(path) > LONGEST_FILE]) == []


def test_nothing_is_kept_here_that_was_left_by_a_tool() -> None:
    kept = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if kept.returncode:
        pytest.skip("no clone: nobody knows what is kept")
    paths = [Path(name) for name in kept.stdout.split("\0") if name]
    strange = {path.parts[0] for path in paths if len(path.parts) > 1} - FOLDERS
    large = [path for path in paths if path.parts[0] != "docs" and _size(path) > LARGEST_BYTES]
    assert strange == set()
    assert large == []


def _size(path: Path) -> int:
    there = ROOT / path
    return there.stat().st_size if there.exists() else 0


def test_every_form_is_read_by_the_one_reader() -> None:
    others = [path for path in sources("ui") if path.name != "reading.py"]
    assert named([path for path in others if ".post()" in path.read_text("utf-8")]) == []
