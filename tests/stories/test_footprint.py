"""How much memory a node holds that nobody uses just now: it may live on a very small machine."""

import urllib.request
from pathlib import Path

import pytest

from tests.benchmarks.processes import NodeProcess, make_nodes
from tests.support.ports import free_ports

# The aim is 100. Now it is 141, of which 120 are the program and its libraries, once loaded; on a
# busy computer it is up to two more, since more of it happens at once.
MOST_MB = 144


def test_an_idle_node_stays_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Only the tools of developers bring rich, and the log would load it: 4 MB that no node has.
    (tmp_path / "rich.py").write_text("raise ImportError")
    [node] = make_nodes(1, tmp_path, free_ports(1))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    node.start()
    try:
        for page in ("/", "/search?q=bicycle", "/coops", "/sign-in"):
            open_page(node, page)
        held, _highest = node.memory_mb()
    finally:
        node.stop()
    assert held <= MOST_MB


def open_page(node: NodeProcess, path: str) -> None:
    address = f"http://127.0.0.1:{node.port}{path}"
    request = urllib.request.Request(address, headers={"Host": node.authority})
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.status == 200
