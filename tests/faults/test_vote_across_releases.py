"""A vote between a coop of the release before and one of today, each a process: from a policy's
proposal to its tally, whichever of them keeps the log."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.faults import voter
from tests.faults.test_previous_release import ROOT, tree
from tests.support.ports import free_ports

__all__ = ["tree"]

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]


class Process:
    """One coop; it does what it is told, and then answers."""

    def __init__(self, tree: Path, folder: Path, name: str, ports: tuple[int, int]) -> None:
        command = [sys.executable, voter.__file__, str(folder), name, *map(str, ports)]
        self.name = name
        self._process = subprocess.Popen(
            command,
            cwd=tree,
            env={"PYTHONPATH": str(tree), "PATH": "/usr/bin:/bin"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(self, what: str, *given: Any) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([what, *given]) + "\n")
        self._process.stdin.flush()
        return self.answer()

    def answer(self) -> Any:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("> "):
                return json.loads(line[2:])
        raise AssertionError(f"{self.name} ended")

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def both(tree: Path, tmp_path: Path) -> Iterator[tuple[Process, Process]]:
    port = free_ports(2)
    with ExitStack() as stack:
        before = Process(tree, tmp_path / "b", "before", (port, port + 1))
        stack.callback(before.end)
        today = Process(ROOT, tmp_path / "t", "today", (port + 1, port))
        stack.callback(today.end)
        for one, its in ((before, tree), (today, ROOT)):
            assert Path(one.answer()).is_relative_to(its), "each in its own tree"
        yield before, today


@pytest.mark.parametrize("who_founds", [0, 1], ids=["before-keeps-the-log", "today-keeps-the-log"])
def test_a_vote_across_releases_has_one_tally_and_one_policy(
    both: tuple[Process, Process], who_founds: int
) -> None:
    host, other = both[who_founds], both[1 - who_founds]

    def settle() -> None:
        for _round in range(30):
            worked = [one("works") for one in both]
            if not any(worked):
                return
        raise AssertionError("they do not come to rest")

    def wait(**span: int) -> None:
        for one in both:
            one("waits", span.get("hours", 0) * 60 + span.get("minutes", 0))
        settle()

    for one in both:
        one("meets")
    host("founds")
    settle()
    other("joins")
    settle()
    for one in both:
        one("names_a_delegate")
    settle()
    other("proposes")
    settle()
    other("freezes")
    settle()
    wait(hours=76, minutes=1)
    wait(hours=24)
    for one in both:
        one("votes")
    settle()
    wait(hours=71, minutes=59)
    wait(minutes=11)
    wait(hours=1, minutes=1)
    wait(hours=15 * 24)  # the notice before a rule holds
    told = [one("tells") for one in both]
    assert told[0] == told[1]
    assert told[0]["result"]["tally"]["outcome"] == "passed"
    assert {coop["choice"] for coop in told[0]["result"]["counted"]} == {"yes"}
    assert (told[0]["state"], told[0]["ceiling"]) == ("in-force", "4")
