"""Three coops as their operators run them: three processes, the command line, the API, kill -9."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.benchmarks.processes import NodeProcess, introduce, make_nodes, wait_until
from tests.support.ports import free_ports

LISTINGS = 40
SOON = 45
"""Seconds: what a killed sender held is sent again by the next one, not a minute later."""


@pytest.fixture
def coops(tmp_path: Path) -> Iterator[list[NodeProcess]]:
    """Three running nodes; the first is in touch with both others."""
    nodes = make_nodes(3, tmp_path, free_ports(3))
    with ExitStack() as stack:
        for node in nodes:
            node.start()
            stack.callback(node.kill)
        yield nodes


@pytest.mark.timeout(300)
def test_a_sender_killed_in_mid_delivery_loses_nothing_and_doubles_nothing(
    coops: list[NodeProcess],
) -> None:
    sender, *others = coops
    for other in others:
        introduce(sender, other)
    wait_until(lambda: [peer["state"] for peer in peers(sender)] == ["in_touch"] * 2, "in touch")

    publish(sender, "The first one")
    for other in others:
        wait_until(lambda other=other: titles(other) == ["The first one"], "it is found")

    # They take the letters from the wire and cannot answer: so all of them are on their way.
    for other in others:
        os.kill(process_id(other), signal.SIGSTOP)
    for number in range(1, LISTINGS):
        publish(sender, f"Listing {number:02}")
    waiting = sender.get("/deliveries?limit=100")["items"]
    assert [each["state"] for each in waiting].count("delivered") < len(waiting) / 2
    sender.kill()
    for other in others:
        os.kill(process_id(other), signal.SIGCONT)

    sender.start()
    everything = sorted(["The first one", *(f"Listing {n:02}" for n in range(1, LISTINGS))])
    for other in others:
        wait_until(lambda other=other: titles(other) == everything, "nothing is lost", SOON)
    wait_until(lambda: not undelivered(sender), "the sender knows it", SOON)
    for other in others:
        assert titles(other) == everything


def publish(node: NodeProcess, title: str) -> None:
    node.send("POST", "/listings", {"title": title, "kind": "service", "publish": True})


def peers(node: NodeProcess) -> list[dict[str, str]]:
    found: list[dict[str, str]] = node.get("/peers")["items"]
    return found


def titles(node: NodeProcess) -> list[str]:
    """What a search for everything of other coops brings, each as often as it is there."""
    return sorted(item["title"] for item in node.get("/listings?origin=remote&limit=100")["items"])


def undelivered(node: NodeProcess) -> list[dict[str, str]]:
    items = node.get("/deliveries?limit=100")["items"]
    return [item for item in items if item["state"] != "delivered"]


def process_id(node: NodeProcess) -> int:
    assert node.process is not None
    return node.process.pid
