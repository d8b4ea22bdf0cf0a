"""Ports for nodes that run as processes: known before they listen, as addresses name them."""

import os
import socket

FIRST, BLOCK = 20_000, 1_000
"""Below the ports that the system hands out by itself; each worker of pytest has a block."""


def free_ports(count: int) -> int:
    """The first of `count` ports in a row that nobody uses, and no other worker will choose."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    start = FIRST + BLOCK * worker
    for first in range(start, start + BLOCK, count):
        if all(_is_free(port) for port in range(first, first + count)):
            return first
    raise RuntimeError(f"no {count} free ports in a row from {start}")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
