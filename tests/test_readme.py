"""What the README says to type for two coops on one computer, typed."""

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.ports import free_ports

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[1]
PORTS = ("8201", "8202")
LOOKS = 60


def test_two_coops_made_by_the_lines_of_the_readme_are_in_touch(tmp_path: Path) -> None:
    home = os.environ | {"HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}

    def typed(line: str) -> str:
        done = subprocess.run(
            ["bash", "-c", line], cwd=ROOT, env=home, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (line, done.stderr)
        return done.stdout

    with_ports = lines()
    made = [line for line in with_ports if " init " in line]
    running = [line.removesuffix(" &") for line in with_ports if line.endswith(" &")]
    *after, last = [line for line in with_ports if line not in made and not line.endswith("&")]
    assert (len(made), len(running), len(after)) == (2, 2, 2)
    for line in made:
        assert "/in/" in typed(line)
    with served(running, home):
        for line in after:
            typed(line)
        told = next(filter(lambda said: "in touch" in said, (typed(last) for _ in range(LOOKS))))
    assert "Lane Cleaners" in told


@contextmanager
def served(commands: list[str], home: dict[str, str]) -> Iterator[None]:
    """Both nodes, each once it says that it runs."""
    processes = [
        subprocess.Popen(
            ["bash", "-c", f"exec {command}"],
            cwd=ROOT,
            env=home,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for command in commands
    ]
    try:
        for process in processes:
            assert process.stdout is not None
            assert "is running at" in process.stdout.readline()
        yield
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.communicate(timeout=60)


def lines() -> list[str]:
    """The block of the README, with ports that nobody has."""
    text = (ROOT / "README.md").read_text("utf-8")
    part = text.partition("## Two coops on this computer")[2]
    found = re.search(r"```sh\n(.*?)```", part, re.DOTALL)
    assert found is not None
    block, first = found[1], free_ports(2)
    for at, port in enumerate(PORTS):
        block = block.replace(port, str(first + at))
    return [line for line in block.splitlines() if not line.startswith("make ")]
