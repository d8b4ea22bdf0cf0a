"""The image built, and run with Caddy in front of it as compose.yaml says.

It needs podman that can start containers, podman-compose, the two images that deploy/ names, and
PyPI. ROCHDALE_PODMAN_BUILD holds what `podman build` needs on this machine to reach the latter,
such as `--volume /etc/pip.conf:/etc/pip.conf:ro`.
"""

import json
import os
import re
import shlex
import shutil
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.test_booted import DRAW
from tests.support.ports import free_ports

pytestmark = pytest.mark.soak

ROOT = Path(__file__).parents[2]
IMAGE = "rochdale-trial"
MOST_MB = 240
"""What may be in the image beyond Python's."""
SOON = 20
"""Seconds within which a node is up, or has ended, on a busy machine; a stop may take 60."""


class Trial:
    """A copy of deploy/ with ports of its own; everything is named after it."""

    def __init__(self, folder: Path, port: int) -> None:
        self.address = f"https://localhost:{port}"
        self._file = folder / "compose.yaml"
        text = (ROOT / "deploy/compose.yaml").read_text()
        for written, here in (
            (re.findall(r" +build:\n.*\n.*\n", text)[0], f"    image: localhost/{IMAGE}\n"),
            ('      - "80:80"\n', ""),
            ('"443:443"', f'"{port}:{port}"'),
            ("ROCHDALE_SITE: sunrise.coop", f"ROCHDALE_SITE: {self.address}"),
        ):
            assert written in text
            text = text.replace(written, here)
        self._file.write_text(text)
        shutil.copy(ROOT / "deploy/Caddyfile", folder)

    def compose(self, line: str) -> str:
        return typed("podman-compose", "--project-name", IMAGE, "--file", self._file, *line.split())

    def wait_until_it_answers(self) -> None:
        """Caddy has made the certificate itself, since nobody outside knows a localhost."""
        until = time.monotonic() + SOON
        unproven = ssl._create_unverified_context()
        while time.monotonic() < until:
            try:
                urllib.request.urlopen(self.address, context=unproven, timeout=5)
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
                continue
            return
        pytest.fail(podman("logs --tail 20 " + NODE))


NODE = f"{IMAGE}_node_1"


def typed(*words: str | Path) -> str:
    done = subprocess.run(
        [*map(str, words)], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, (shlex.join(map(str, words)), done.stdout, done.stderr)
    return done.stdout


def podman(line: str, *more: str | Path) -> str:
    return typed("podman", *line.split(), *more)


@pytest.fixture(scope="module")
def image() -> str:
    for program in ("podman", "podman-compose"):
        if shutil.which(program) is None:
            pytest.skip(f"no {program}: install Debian's podman and podman-compose")
    [base] = set(
        re.findall(r"^FROM (\S+)", (ROOT / "deploy/Containerfile").read_text(), re.MULTILINE)
    )
    run = ["podman", "run", "--rm", base, "python", "--version"]
    begun = subprocess.run(run, capture_output=True, text=True, check=False)
    if begun.returncode != 0:
        pytest.skip(f"podman starts no container of {base} here: {begun.stderr}")
    here = shlex.split(os.environ.get("ROCHDALE_PODMAN_BUILD", ""))
    podman(f"build --tag {IMAGE} --file", ROOT / "deploy/Containerfile", *here, ROOT)
    inside, beneath = (
        json.loads(podman(f"image inspect {name}"))[0]["Size"] for name in (IMAGE, base)
    )
    assert (inside - beneath) / 1e6 < MOST_MB
    return IMAGE


@pytest.fixture
def trial(image: str, tmp_path: Path) -> Iterator[Trial]:
    found = Trial(tmp_path, free_ports(1))
    try:
        yield found
    finally:
        found.compose("down --volumes --timeout 5")


def test_a_node_lives_in_its_container(trial: Trial) -> None:
    """Made, served, shut in, saved, killed, stopped; one pair of containers for all of it."""
    made = trial.compose(
        f"run --rm --no-deps node init --name Loaf --address {trial.address} --yes"
    )
    assert f"{trial.address}/in/" in made
    trial.compose("up --detach")
    trial.wait_until_it_answers()
    podman(f"healthcheck run {NODE}")

    status = podman(f"exec {NODE} cat /proc/2/status")
    assert re.findall(r"^Cap\w+:\t(\w+)$", status, re.MULTILINE) == [16 * "0"] * 5
    assert re.findall(r"^(?:NoNewPrivs|Seccomp):\t(\d)$", status, re.MULTILINE) == ["1", "2"]
    may = "for it in /opt/rochdale /etc /data /tmp; do test -w $it && echo $it; done; true"
    assert podman(f"exec {NODE} sh -c", may).split() == ["/data", "/tmp"]
    assert "drawn 1600" in podman(f"exec {NODE} python -c", DRAW)
    podman(f"exec {NODE} rochdale backup /data/backups/nightly.tar.gz")

    podman(f"exec {NODE} python -c", "import os; os.kill(2, 9)")
    trial.wait_until_it_answers()
    assert ended(f"stop --time {SOON} {NODE}") in (0, 143)


def test_a_container_that_still_starts_hears_a_stop(trial: Trial) -> None:
    trial.compose(f"run --rm --no-deps node init --name Loaf --address {trial.address} --yes")
    trial.compose("up --detach")
    assert ended(f"stop --time {SOON} {NODE}") in (0, 143)


def ended(line: str) -> int:
    """The status with which the node ended; 137 if it was killed for not hearing."""
    podman(line)
    return int(podman(f"inspect --format {{{{.State.ExitCode}}}} {NODE}"))
