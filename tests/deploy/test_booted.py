"""The units for systemd, started: a Debian is put into a folder, booted as a machine of its own
that reaches no network, and gets program and node as docs/operating.md says.

It needs root, Debian's mmdebstrap and systemd-container, and PyPI.
"""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

pytestmark = pytest.mark.soak

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
PROGRAM = "/srv/rochdale/program/.venv/bin"
NODE = "/srv/rochdale/node"
PACKAGES = "systemd-sysv,dbus,iproute2,curl,python3-venv"
SOON = 20
"""Seconds within which a node is up, or has ended, on a busy machine; a stop may take 60."""

DRAW = """
import asyncio, io
from PIL import Image
from node.media.process import re_encoded
picture = io.BytesIO()
Image.new("RGB", (3000, 2000), "red").save(picture, "JPEG")
print("drawn", asyncio.run(re_encoded(picture.getvalue())).width)
"""


class Machine:
    """leader: the process that is systemd inside."""

    def __init__(self, root: Path, leader: int) -> None:
        self.root = root
        self._leader = str(leader)

    def run(self, line: str, *, fails: bool = False) -> str:
        """What a line for bash printed, typed as root; fails: it may."""
        inside = [
            "nsenter",
            "--target",
            self._leader,
            "--mount",
            "--uts",
            "--ipc",
            "--net",
            "--pid",
        ]
        plain = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8"]
        done = subprocess.run(
            [*inside, *plain, "bash", "-c", line], capture_output=True, text=True, check=False
        )
        assert fails or done.returncode == 0, (line, done.stdout, done.stderr)
        return done.stdout

    def shown(self, unit: str, name: str) -> str:
        return self.run(f"systemctl show --value --property {name} {unit}").strip()

    def within_the_unit(self, name: str, command: str) -> str:
        """What a command prints under all that the node's unit forbids."""
        text = (DEPLOY / "rochdale.service").read_text()
        text = re.sub("^ExecStart=.*", lambda _: f"ExecStart={command}", text, flags=re.MULTILINE)
        text = re.sub("^Restart=.*", "Type=oneshot", text, flags=re.MULTILINE)
        (self.root / f"etc/systemd/system/{name}.service").write_text(text)
        self.run(f"systemctl daemon-reload; systemctl start {name}", fails=True)
        return self.run(f"journalctl --sync; journalctl --output cat --unit {name}")

    def wait_for_the_node(self) -> None:
        ask = "curl --silent --fail http://127.0.0.1:8100/healthz"
        self.run(f"for i in $(seq {10 * SOON}); do {ask} && exit; sleep 0.1; done; exit 1")


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    for program in ("mmdebstrap", "systemd-nspawn"):
        if shutil.which(program) is None:
            pytest.skip(f"no {program}: install Debian's mmdebstrap and systemd-container")
    if os.geteuid() != 0:
        pytest.skip("a machine of its own is booted by root alone")
    root = tmp_path_factory.mktemp("machine") / "root"
    try:
        make_debian(root)
        install(root)
        with booted(root) as found:
            yield found
    finally:
        shutil.rmtree(root, ignore_errors=True)


def make_debian(root: Path) -> None:
    run("mmdebstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", root)
    for unit in DEPLOY.glob("rochdale*.*"):
        shutil.copy(unit, root / "etc/systemd/system")


def install(root: Path) -> None:
    """Fetched from here, as this machine's pip knows the way; put in from there."""
    wheels = root / "var/wheels"
    pip = (sys.executable, "-m", "pip", "--quiet")
    run(*pip, "wheel", "--no-deps", "--wheel-dir", wheels, ROOT)
    here = ("--python-version", "3.11", "--only-binary", ":all:", "--dest", wheels)
    run(*pip, "download", *here, "--constraint", ROOT / "requirements.lock", *wheels.iterdir())
    inside = ("chroot", root)
    run(*inside, "useradd", "--system", "--home-dir", "/srv/rochdale", "--create-home", "rochdale")
    run(*inside, "python3", "-m", "venv", f"{PROGRAM}/..")
    put_in = ("install", "--no-index", "--find-links", "/var/wheels", "rochdale")
    run(*inside, f"{PROGRAM}/python", "-m", "pip", "--quiet", *put_in)


@contextmanager
def booted(root: Path) -> Iterator[Machine]:
    words = ["--private-network", "--register=no", "--keep-unit", "--console=passive", "--boot"]
    with subprocess.Popen(
        ["systemd-nspawn", "--quiet", "--directory", root, *words], stdout=subprocess.DEVNULL
    ) as nspawn:
        try:
            machine = Machine(root, systemd_in(nspawn))
            state = "$(systemctl is-system-running --wait)"
            machine.run(
                f"for i in {{1..99}}; do [[ {state} = running ]] && exit; sleep 1; done; exit 1"
            )
            machine.run("ip link set lo up")
            yield machine
        finally:
            nspawn.send_signal(signal.SIGTERM)
            nspawn.wait(timeout=90)


def systemd_in(nspawn: "subprocess.Popen[bytes]") -> int:
    """Once it is that: what nspawn starts first only makes ready for it."""
    children = Path(f"/proc/{nspawn.pid}/task/{nspawn.pid}/children")
    while nspawn.poll() is None:
        for child in children.read_text().split():
            with suppress(FileNotFoundError):
                if Path(f"/proc/{child}/comm").read_text() == "systemd\n":
                    return int(child)
        time.sleep(0.1)
    raise AssertionError(f"systemd-nspawn ended with {nspawn.returncode}")


def run(*words: str | Path) -> None:
    done = subprocess.run([*map(str, words)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, (shlex.join(map(str, words)), done.stdout, done.stderr)


def test_a_node_lives_under_its_unit(machine: Machine) -> None:
    """Made, started, stopped, killed, saved; one machine for all of it, since it takes minutes."""
    loaf = "--name Loaf --address https://loaf.example --yes --json"
    as_told = f"cd /srv/rochdale; runuser -u rochdale -- {PROGRAM}/rochdale"
    assert json.loads(machine.run(f"{as_told} init --data {NODE} {loaf}"))["created"]

    machine.run("systemctl start rochdale")
    machine.wait_for_the_node()
    page = machine.run("curl --silent --fail --header 'Host: loaf.example' http://127.0.0.1:8100/")
    assert "Loaf" in page

    (machine.root / "srv/draw.py").write_text(DRAW)
    drawn = machine.within_the_unit("drawn", f"{PROGRAM}/python /srv/draw.py")
    assert "drawn 1600" in drawn, "a process with bounds of its own may be started"
    for path in (PROGRAM, "/etc", "/srv/rochdale", "/root"):
        machine.within_the_unit("outside", f"/usr/bin/touch {path}/mine")
        assert machine.shown("outside", "Result") == "exit-code"
    machine.within_the_unit("inside", f"/usr/bin/touch {NODE}/mine")
    assert machine.shown("inside", "Result") == "success"

    machine.run("systemctl start rochdale-backup")
    assert machine.run(f"stat --format '%U %a' {NODE}/backups/nightly.tar.gz") == "rochdale 600\n"
    machine.run("systemctl enable --now rochdale-backup.timer")
    assert "rochdale-backup.service" in machine.run("systemctl list-timers")

    machine.run(f"kill -KILL {machine.shown('rochdale', 'MainPID')}")
    machine.wait_for_the_node()
    assert machine.shown("rochdale", "NRestarts") == "1"

    machine.run(f"timeout {SOON} systemctl stop rochdale")
    assert machine.shown("rochdale", "Result") == "success"
    machine.run(f"systemctl start rochdale; sleep 0.3; timeout {SOON} systemctl stop rochdale")
    assert machine.shown("rochdale", "Result") == "success", "stopped while it still starts"
