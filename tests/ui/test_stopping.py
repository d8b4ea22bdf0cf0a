"""A node that is told to stop, as a process of its own."""

import json
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.support.ports import free_ports
from tests.ui.commands import INIT, result, run

FORM = b"name=Ada&handle=ada&password=three+blue+teapots"
WAIT_SECONDS = 30


@contextmanager
def served(folder: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The node's process, and the port on which it answers by now."""
    port = free_ports(1)
    command = [sys.executable, "-m", "ui.cli", "serve", "--data", str(folder), "--json"]
    with subprocess.Popen(
        [*command, "--port", str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            assert json.loads(process.stdout.readline())["ready"]
            yield process, port
        finally:
            process.kill()


@contextmanager
def nobody_writes(folder: Path) -> Iterator[None]:
    """Whatever is to be written waits for the end of this."""
    with closing(sqlite3.connect(folder / "rochdale.sqlite", isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        yield


def head_of_a_form(link: str) -> bytes:
    """Asks the node to say when it has begun."""
    return (
        f"POST {urlsplit(link).path} HTTP/1.1\r\nHost: {urlsplit(link).netloc}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nExpect: 100-continue\r\n"
        f"Sec-Fetch-Site: same-origin\r\nContent-Length: {len(FORM)}\r\n\r\n"
    ).encode()


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), WAIT_SECONDS).close()
    except ConnectionError:
        return False
    return True


def test_a_request_under_way_is_answered_before_a_node_stops(tmp_path: Path) -> None:
    folder = tmp_path / "loaf"
    link = result(run(folder, *INIT))["owner_link"]
    with (
        served(folder) as (process, port),
        socket.create_connection(("127.0.0.1", port), WAIT_SECONDS) as line,
    ):
        with nobody_writes(folder):
            line.sendall(head_of_a_form(link))
            assert line.recv(1024).startswith(b"HTTP/1.1 100 ")
            line.sendall(FORM)
            process.send_signal(signal.SIGTERM)
            while answers(port):
                pass
        assert line.recv(1024).startswith(b"HTTP/1.1 303 ")
        assert process.wait(WAIT_SECONDS) == 0
