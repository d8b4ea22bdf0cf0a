"""The release before and this one, as two processes: they deal with each other as if they were one.

`ROCHDALE_BEFORE` names the commit or tag of another release than the first.
"""

import io
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.processes import NodeProcess, introduce, make_nodes, wait_until
from tests.stories.test_processes import peers, publish, titles, undelivered
from tests.support.ports import free_ports

pytestmark = [pytest.mark.soak, pytest.mark.timeout(300)]
ROOT = Path(__file__).parent.parent.parent
BEFORE = os.environ.get("ROCHDALE_BEFORE", "aa93038")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The program of the release before."""
    packed = subprocess.run(["git", "archive", BEFORE], cwd=ROOT, capture_output=True, check=False)
    if packed.returncode:
        pytest.skip(f"{BEFORE} is not in this clone")
    folder = tmp_path / "before"
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def said_by(tree: Path, *command: str) -> Any:
    given = [sys.executable, "-m", "ui.cli", *command, "--json"]
    done = subprocess.run(given, cwd=tree, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.fixture
def both(tree: Path, tmp_path: Path) -> Iterator[tuple[NodeProcess, NodeProcess]]:
    """One of today, one of before, both running."""
    port = free_ports(2)
    authority = f"before.localhost:{port + 1}"
    [today] = make_nodes(1, tmp_path, port, [authority])
    before = NodeProcess(tmp_path / "node", port + 1, authority, tree=tree)
    data = ["--data", str(before.data)]
    make = ["init", "--yes", "--name", "Before", "--address", before.address]
    said_by(tree, *make, "--dev-peer", today.authority, "--port", str(before.port), *data)
    token = said_by(tree, "token", "create", "--account", "admin", "--scope", "admin", *data)
    before.token = token["token"]
    with ExitStack() as stack:
        for node in (today, before):
            node.start()
            stack.callback(node.kill)
        yield today, before


def states(node: NodeProcess) -> list[tuple[str, str]]:
    items = node.get("/agreements")["items"]
    return sorted((item["state"], item["payment"]) for item in items)


@pytest.mark.parametrize("who_asks", [0, 1], ids=["today-asks", "before-asks"])
def test_the_release_before_and_this_one_deal_with_each_other(
    both: tuple[NodeProcess, NodeProcess], who_asks: int
) -> None:
    asking, asked = both[who_asks], both[1 - who_asks]
    introduce(asking, asked)
    for node in both:
        wait_until(lambda node=node: [one["state"] for one in peers(node)] == ["in_touch"], "touch")
    publish(asking, "Bread")
    asked.send("POST", "/listings", {"title": "Cheese", "kind": "goods", "publish": True})
    wait_until(lambda: titles(asking) == ["Cheese"] and titles(asked) == ["Bread"], "all is found")
    [cheese] = asking.get("/listings?origin=remote")["items"]
    wanted = {"lines": [{"listing": cheese["uri"]}]}
    asking.send("POST", "/agreements", wanted)
    wait_until(lambda: len(states(asked)) == 1, "it was asked for")
    [there] = asked.get("/agreements")["items"]
    seen = asked.get(f"/agreements/{there['id']}")
    accept = {"step": "accept", "digest": seen["digest"]}
    asked.send("POST", f"/agreements/{there['id']}/steps", accept)
    wait_until(lambda: states(asking) == states(asked), "both have the same")
    assert states(asking)[0][0] == "accepted"
    for node in both:
        wait_until(lambda node=node: not undelivered(node), "nothing waits")
