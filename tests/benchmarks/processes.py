"""Real nodes as processes of their own: made, run, asked and measured as an operator would."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
READY_SECONDS = 60


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
    module: str = "ui.cli"
    process: subprocess.Popen[str] | None = None

    @property
    def address(self) -> str:
        return f"http://{self.authority}"

    def start(self) -> None:
        """Start `serve` and wait for its ready line."""
        with (self.data / "serve.log").open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", self.module, "serve", "--data", str(self.data), "--json"],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
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
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/v1{path}",
            headers={"Host": self.authority, "Authorization": f"Bearer {self.token}"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def cpu_seconds(self) -> float:
        """User and system time of the process so far."""
        assert self.process is not None
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS

    def memory_mb(self) -> tuple[int, int]:
        """Resident memory now and at its highest, in MiB."""
        assert self.process is not None
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        values = {line.split(":")[0]: line.split()[1] for line in lines if line.startswith("Vm")}
        return int(values["VmRSS"]) // 1024, int(values["VmHWM"]) // 1024


def make_nodes(count: int, folder: Path, first_port: int) -> list[NodeProcess]:
    """`rochdale init` for each, all development peers of each other, with an admin's token."""
    nodes = [
        NodeProcess(folder / f"node{n}", first_port + n, f"node{n}.localhost:{first_port + n}")
        for n in range(count)
    ]
    for node in nodes:
        peers = [
            part for other in nodes if other is not node for part in ("--dev-peer", other.authority)
        ]
        rochdale(
            "init", "--name", f"Node {node.port}", "--address", node.address,
            "--port", str(node.port), "--yes", *peers, "--data", str(node.data),
        )  # fmt: skip
        made = rochdale(
            "token", "create", "--account", "admin", "--scope", "admin", "--data", str(node.data)
        )
        node.token = made["token"]
    return nodes


def befriend(nodes: list[NodeProcess]) -> None:
    """Every pair works together: one asks, the other has said yes in advance."""
    for index, node in enumerate(nodes):
        for other in nodes[index + 1 :]:
            rochdale("peer", "accept", node.address, "--data", str(other.data))
            rochdale("peer", "add", other.address, "--data", str(node.data))
    wait_until(
        lambda: all(
            peer["state"] == "in_touch"
            for node in nodes
            for peer in node.get("/peers")["items"] or [{"state": "none"}]
        ),
        "every node is in touch with every other",
    )


def wait_until(reached: Any, what: str, seconds: float = READY_SECONDS) -> float:
    """Poll until something real is so; the seconds it took. Raises TimeoutError."""
    begun = time.monotonic()
    while not reached():
        if time.monotonic() - begun > seconds:
            raise TimeoutError(f"not within {seconds} s: {what}")
        time.sleep(0.1)
    return time.monotonic() - begun
