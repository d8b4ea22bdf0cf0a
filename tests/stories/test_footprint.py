"""How much memory a node holds that nobody uses just now: it may live on a very small machine."""

import time
import urllib.request
from pathlib import Path

import pytest

from tests.benchmarks.processes import NodeProcess, make_nodes
from tests.support.ports import free_ports
from ui.cli.listening import GIVEN_BACK_EVERY

MOST_MB = 130
_WAITS = 6
"""Times ten seconds: a busy computer lets a node rest later."""


def test_an_idle_node_stays_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Only the tools of developers bring rich, and the log would load it: 4 MB that no node has.
    (tmp_path / "rich.py").write_text("raise ImportError")
    [node] = make_nodes(1, tmp_path, free_ports(1))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    node.start()
    try:
        for page in ("/", "/search?q=bicycle", "/coops", "/sign-in"):
            open_page(node, page)
        assert least_held(node) <= MOST_MB
    finally:
        node.stop()


def least_held(node: NodeProcess) -> float:
    """What it holds once it has given back what the pages left free."""
    held = []
    for _ in range(_WAITS):
        time.sleep(GIVEN_BACK_EVERY)
        held.append(node.memory_mb()[0])
        if held[-1] <= MOST_MB:
            break
    return min(held)


def open_page(node: NodeProcess, path: str) -> None:
    address = f"http://127.0.0.1:{node.port}{path}"
    request = urllib.request.Request(address, headers={"Host": node.authority})
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.status == 200
