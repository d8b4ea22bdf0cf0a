"""What the README says to type, typed."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.ports import free_ports

ROOT = Path(__file__).parents[1]
PORTS = ("8201", "8202")
LOOKS = 60
WITHIN = 600
"""Seconds from the first line to two coops in touch."""


@pytest.mark.long
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
    """What is typed for two coops, once all is set up."""
    return [line for line in two_coops().splitlines() if not line.startswith("make ")]


def two_coops() -> str:
    """The block for two coops, with ports that nobody has."""
    block, first = block_after("## Two coops on this computer"), free_ports(2)
    for at, port in enumerate(PORTS):
        block = block.replace(port, str(first + at))
    return block


def block_after(words: str) -> str:
    text = (ROOT / "README.md").read_text("utf-8")
    found = re.search(r"```sh\n(.*?)```", text.partition(words)[2], re.DOTALL)
    assert found is not None, words
    return found[1]


@pytest.mark.soak
def test_from_the_first_line_to_two_coops_in_touch_in_ten_minutes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As somebody who has nothing: a clone, a folder of their own, each block pasted whole."""
    got = block_after("## Two commands").replace("THE-ADDRESS-OF-THIS-REPOSITORY", str(ROOT))
    *serving, asked = two_coops().splitlines()
    again = f"until {asked} | grep --quiet 'in touch'; do sleep 0.1; done"
    ends = "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT"
    typed = "\n".join(["set -e", ends, got, "set -m", *serving, asked, again, "kill %1 %2", "wait"])
    begun = time.monotonic()
    done = subprocess.run(
        ["bash", "-c", typed],
        cwd=tmp_path,
        env=with_nothing(tmp_path),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=WITHIN,
    )
    took = time.monotonic() - begun
    assert done.returncode == 0, (done.stdout, done.stderr)
    assert done.stdout.count("/in/") == 2, "a link for each coop"
    with capsys.disabled():
        sys.stderr.write(f"\nTwo coops in touch, from nothing: {took:.0f} s\n")


@pytest.mark.soak
def test_the_first_of_the_two_commands_works_in_a_fresh_clone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    got = block_after("## Two commands").replace("THE-ADDRESS-OF-THIS-REPOSITORY", str(ROOT))
    demo = next(line for line in block_after("In that folder").splitlines() if "make demo" in line)
    demo = demo.partition("#")[0] + "ARGS=--headless"
    begun = time.monotonic()
    with subprocess.Popen(
        ["bash", "-c", f"set -e\n{got}\nexec {demo}"],
        cwd=tmp_path,
        env=with_nothing(tmp_path),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        try:
            ready = json.loads(next(line for line in process.stdout if line.startswith("{")))
            took = time.monotonic() - begun
        finally:
            os.killpg(process.pid, signal.SIGINT)
            process.stdout.read()
    assert len(ready["nodes"]) == 5
    assert took < WITHIN
    with capsys.disabled():
        sys.stderr.write(f"\nThe demo, from nothing: {took:.0f} s\n")


def with_nothing(home: Path) -> dict[str, str]:
    """The surroundings of somebody new here, but for how this machine reaches PyPI."""
    kept = ("PATH", "PIP_", "SSL_", "REQUESTS_")
    own = {name: value for name, value in os.environ.items() if name.startswith(kept)}
    return own | {"HOME": str(home), "LC_ALL": "C.UTF-8"}
