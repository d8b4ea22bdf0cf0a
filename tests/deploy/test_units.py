"""The units for systemd, by systemd's own judgement; image and compose file, as far as one can see
without a container: what they name is there, and what they run runs from what they copy.

`test_containers.py` and `test_booted.py` start them."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from ui.cli import main

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted(path.name for path in DEPLOY.glob("rochdale*.*"))
PROGRAM = "/srv/rochdale/program/.venv/bin/rochdale"
MOST_EXPOSED = 1.4
"""Of ten, by `systemd-analyze security`: what is left is the network, which a node is for."""

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="no systemd-analyze: install Debian's systemd"
)


def analyzed(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = ["systemd-analyze", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@needs_systemd
@pytest.mark.parametrize("name", UNITS)
def test_systemd_finds_nothing_wrong_with_a_unit(name: str, tmp_path: Path) -> None:
    """The program is taken from here, since it lies nowhere else on this machine."""
    for unit in UNITS:
        text = (DEPLOY / unit).read_text().replace(PROGRAM, "/bin/true")
        (tmp_path / unit).write_text(text)
    found = analyzed("verify", tmp_path / name)
    said = [line for line in found.stderr.splitlines() if str(tmp_path) in line or name in line]
    assert (found.returncode, said) == (0, [])


@needs_systemd
@pytest.mark.parametrize("name", [name for name in UNITS if name.endswith(".service")])
def test_a_service_is_shut_in(name: str) -> None:
    found = analyzed("security", "--offline=true", "--no-pager", DEPLOY / name)
    level = re.search(r"exposure level for .*: ([\d.]+)", found.stdout)
    assert level is not None, found.stderr
    assert float(level[1]) <= MOST_EXPOSED


@pytest.mark.parametrize("name", [name for name in UNITS if name.endswith(".service")])
def test_a_unit_starts_a_command_that_exists(name: str) -> None:
    [line] = re.findall(r"^ExecStart=(.*)$", (DEPLOY / name).read_text(), re.MULTILINE)
    program, *words = shlex.split(line)
    assert program == PROGRAM
    parsed(words)


def test_the_image_copies_and_runs_what_is_there() -> None:
    steps = [line.split(maxsplit=1) for line in container_lines()]
    said = dict(steps)
    copied = [shlex.split(rest)[:-1] for word, rest in steps if word == "COPY" and "--" not in rest]
    assert [
        source for sources in copied for source in sources if not (ROOT / source).exists()
    ] == []
    assert json.loads(said["ENTRYPOINT"]) == ["rochdale"]
    assert "rochdale" in project()["scripts"]
    parsed(json.loads(said["CMD"]))
    assert (ROOT / re.findall(r"--constraint (\S+)", str(steps))[0]).exists()
    oldest = re.findall(r">=([\d.]+)", project()["requires-python"])[0]
    inside = re.findall(r"python:([\d.]+)", said["FROM"])[0]
    assert [*map(int, inside.split("."))] >= [*map(int, oldest.split("."))]


def test_what_the_program_reads_goes_into_what_is_installed() -> None:
    """An image has no checkout: a file without a pattern here would be missed there alone."""
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    taken = [*setuptools["package-data"]["*"], "*.py", "*.pyc", "*.pot", "README.md"]
    packages = [ROOT / name.rstrip("*") for name in setuptools["packages"]["find"]["include"]]
    files = [path for package in packages for path in package.rglob("*") if path.is_file()]
    assert len(files) > 100
    assert {path.name for path in files if not any(map(path.match, taken))} == set()


@pytest.mark.long
def test_what_goes_into_the_image_makes_a_node(tmp_path: Path) -> None:
    context, data = tmp_path / "context", tmp_path / "data"
    for name in re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE):
        source = ROOT / name
        ignore = shutil.ignore_patterns("__pycache__", "node_modules", ".*_cache")
        if source.is_dir():
            shutil.copytree(source, context / name, ignore=ignore)
        else:
            context.mkdir(exist_ok=True)
            shutil.copy(source, context / name)
    words = ["init", "--name", "Loaf", "--address", "http://loaf.localhost:8177", "--yes", "--json"]
    run = "import ui.cli, sys; print(ui.cli.__file__, file=sys.stderr); ui.cli.main()"
    done = subprocess.run(
        [sys.executable, "-c", run, *words, "--data", str(data)],
        cwd=context,
        env={**os.environ, "PYTHONPATH": str(context)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr.splitlines()[0].startswith(str(context)), "it runs from what is copied"
    assert (done.returncode, json.loads(done.stdout)["created"]) == (0, True), done.stderr


def test_the_compose_file_names_what_is_there() -> None:
    told = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    node, caddy = told["services"]["node"], told["services"]["caddy"]
    built = (DEPLOY / node["build"]["context"]).resolve()
    assert (built / node["build"]["dockerfile"]).exists()
    for service in (node, caddy):
        for volume in service["volumes"]:
            source = volume.partition(":")[0]
            assert (DEPLOY / source).exists() if "/" in source else source in told["volumes"]
        assert set(service["networks"]) <= set(told["networks"])
    said = (DEPLOY / "Caddyfile").read_text()
    assert set(caddy["environment"]) == set(re.findall(r"{\$(\w+)", said))
    [exposed] = [line.split()[1] for line in container_lines() if line.startswith("EXPOSE")]
    assert caddy["environment"]["ROCHDALE_UPSTREAM"] == f"node:{exposed}"
    assert "ports" not in node, "its web server alone reaches it, and is believed"


def parsed(words: list[str]) -> None:
    """Raises click.UsageError when there is no such command, or it does not take these words."""
    context = main.make_context("rochdale", list(words), resilient_parsing=True)
    name, command, rest = main.resolve_command(context, list(words))
    assert command is not None
    known = {option for one in command.params for option in one.opts}
    assert {word for word in rest if word.startswith("--")} <= known, name
    takes = [one for one in command.params if isinstance(one, click.Argument)]
    assert len(takes) <= len(rest)


def container_lines() -> list[str]:
    """The Containerfile's steps, each in one line."""
    text = (DEPLOY / "Containerfile").read_text().replace("\\\n", " ")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def project() -> dict[str, Any]:
    told: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return told
