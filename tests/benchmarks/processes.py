"""Real nodes as processes of their own: made, run, asked and measured as an operator would."""

import asyncio
import json
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from node import accounts
from node.backups.databases import name_database
from node.config import FILE_NAME
from node.making import create_node
from node.runtime import open_node
from tests.benchmarks import plain

READY_SECONDS = 60
_CPU_CLOCK = 2  # of the kernel's clocks of a process: what it ran, as the scheduler counted it


def rochdale(*arguments: str, check: bool = True) -> Any:
    """Run one `rochdale` command with --json and return what it printed, read as JSON."""
    command = [sys.executable, "-m", "ui.cli", *arguments, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1800, check=False)
    if check and done.returncode != 0:
        raise RuntimeError(f"{' '.join(arguments)}: {done.stderr.strip()}")
    return json.loads(done.stdout)


@dataclass
class NodeProcess:
    """One node: its folder, its address, an admin's token, and its running process."""

    data: Path
    port: int
    authority: str
    token: str = ""
    module: str = plain.MODULE
    database_url: str = ""
    """Of a database of PostgreSQL; SQLite without one."""
    workers: int = 1
    tree: Path | None = None
    """Where its program lies, if it is not this one."""
    process: subprocess.Popen[str] | None = None

    @property
    def address(self) -> str:
        return f"http://{self.authority}"

    def start(self) -> None:
        """Start `serve` and wait for its ready line."""
        with (self.data / "serve.log").open("a") as log:
            command = [
                sys.executable,
                "-m",
                self.module,
                "serve",
                "--data",
                str(self.data),
                "--json",
            ]
            self.process = subprocess.Popen(
                [*command, "--workers", str(self.workers)],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=self.tree,
            )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line or not json.loads(line).get("ready"):
            raise RuntimeError(f"{self.authority} did not start: {line}{self._last_words()}")

    def _last_words(self) -> str:
        return (self.data / "serve.log").read_text()[-2_000:]

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=30)
            self._close()

    def kill(self) -> None:
        """kill -9, as a power cut or the kernel would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(timeout=30)
        self._close()

    def _close(self) -> None:
        assert self.process is not None
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.process = None

    def get(self, path: str) -> Any:
        """GET an API path as the admin, over loopback under the node's own name."""
        return self.send("GET", path)

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """The same with a body. Raises HTTPError for what is refused."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/v1{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Host": self.authority,
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
            },
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def cpu_seconds(self) -> float:
        """User and system time of the process so far."""
        assert self.process is not None
        return cpu_seconds(self.process.pid)

    def memory_mb(self) -> tuple[int, int]:
        """Resident memory now and at its highest, in MiB."""
        assert self.process is not None
        return memory_mb(self.process.pid)


def cpu_seconds(process: int) -> float:
    """User and system time of a process so far, all its threads, by its own clock."""
    return time.clock_gettime((~process << 3) | _CPU_CLOCK)


def memory_mb(process: int) -> tuple[int, int]:
    """Resident memory now and at its highest, in MiB."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    values = {line.split(":")[0]: line.split()[1] for line in lines if line.startswith("Vm")}
    return int(values["VmRSS"]) // 1024, int(values["VmHWM"]) // 1024


def make_nodes(
    count: int, folder: Path, first_port: int, strangers: Sequence[str] = ()
) -> list[NodeProcess]:
    """Folders as `rochdale init` makes them, all development peers of each other, with an admin's
    token. All starts of processes are the nodes' own. strangers: further peers, as authorities."""
    nodes = [
        NodeProcess(folder / f"node{n}", first_port + n, f"node{n}.localhost:{first_port + n}")
        for n in range(count)
    ]
    for node in nodes:
        others = [each.authority for each in nodes if each != node]
        node.token = asyncio.run(made(node, [*others, *strangers]))
    return nodes


async def made(node: NodeProcess, peers: list[str]) -> str:
    """Make a node's folder; an admin's token."""
    environ = {"ROCHDALE_DATABASE_URL": node.database_url} if node.database_url else {}
    new = await create_node(
        node.data,
        name=f"Node {node.port}",
        address=node.address,
        port=node.port,
        dev_peers=peers,
        environ=environ,
    )
    if node.database_url:
        name_database(node.data / FILE_NAME, node.database_url)
    async with open_node(new.config) as opened:
        async with opened.reading() as reader:
            admin = await accounts.by_handle(reader, "admin")
        assert admin is not None
        issued = await opened.write(
            lambda uow: accounts.create_token(
                uow, admin.id, label="admin", scopes=frozenset({"admin"})
            )
        )
    return issued.secret


def befriend(nodes: list[NodeProcess]) -> None:
    """Every pair works together."""
    for index, node in enumerate(nodes):
        for other in nodes[index + 1 :]:
            introduce(node, other)
    wait_until(
        lambda: all(
            peer["state"] == "in_touch"
            for node in nodes
            for peer in node.get("/peers")["items"] or [{"state": "none"}]
        ),
        "every node is in touch with every other",
    )


def introduce(node: NodeProcess, other: NodeProcess) -> None:
    """One asks, the other has said yes in advance."""
    other.send("PATCH", "/peers", {"uri": node.address, "do": "accept"})
    node.send("POST", "/peers", {"address": other.address})


def wait_until(reached: Any, what: str, seconds: float = READY_SECONDS) -> float:
    """Poll until something real is so; the seconds it took. Raises TimeoutError."""
    begun = time.monotonic()
    while not reached():
        if time.monotonic() - begun > seconds:
            raise TimeoutError(f"not within {seconds} s: {what}")
        time.sleep(0.1)
    return time.monotonic() - begun
