"""The programs of the integrator's guide, run as they stand there, against a node."""

import asyncio
import csv
import json
import os
import re
import shlex
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from node import listings, policies
from node.accounts import SCOPES
from node.i18n import LOCALE
from tests.support.town import Coop
from tests.ui.web.visitor import add_account
from ui.cli import main

GUIDE = (LOCALE.parents[1] / "docs/guides/integrator.md").read_text("utf-8")
SCRIPTS = {
    (name, kind): text
    for name, kind, text in re.findall(
        r"<!-- run: ([a-z-]+) -->\n```(\w+)\n(.*?)```", GUIDE, re.DOTALL
    )
}
BREAD = {"1": ("Sourdough", "4.20"), "2": ("Rye", "3.80")}
LATER = {"1": ("Sourdough", "4.50"), "3": ("Spelt", "5.10")}


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl: install Debian's curl")
async def test_the_guides_programs_do_what_they_say(coop: Coop, tmp_path: Path) -> None:
    ada = await add_account(coop, "ada")
    environment = {
        "COOP": f"http://127.0.0.1:{coop.node.config.port}",
        "TOKEN": await asyncio.to_thread(token_of, coop),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }

    async def run(script: str) -> Any:
        process = await asyncio.create_subprocess_exec(
            *("bash", "-e", "-c", script),
            cwd=tmp_path,
            env=environment,
            stdout=asyncio.subprocess.PIPE,
        )
        told, _nothing = await process.communicate()
        assert process.returncode == 0, script
        return told.decode()

    made = json.loads(await run(SCRIPTS["token", "sh"]))
    assert (made["title"], made["price"]["amount"]) == ("Sourdough, 800 g", "4.20")
    found = json.loads(await run(SCRIPTS["public", "sh"]))
    assert found["next"] is None
    [heading, *rules] = csv.reader((await run(SCRIPTS["list", "sh"])).splitlines())
    assert (heading[0], len(rules)) == ("name", len(policies.REGISTRY))

    (tmp_path / "in_step.py").write_text(SCRIPTS["in-step", "python"])
    for rows in (BREAD, BREAD, LATER):
        write_table(tmp_path / "bread.csv", rows)
        assert await run(SCRIPTS["in-step", "sh"]) == "2 listings are in step\n"
    there = await coop.read(listings.mine, ada.id)
    told = {one.title: f"{one.price.amount:.2f}" for one in there if one.price}
    assert told == {"Sourdough": "4.50", "Spelt": "5.10", "Sourdough, 800 g": "4.20"}

    refused = json.loads(await run(SCRIPTS["refused", "sh"]))
    assert refused == json.loads(SCRIPTS["refused", "json"])


def token_of(coop: Coop) -> str:
    """By the line of the guide."""
    [line] = re.findall(r"^rochdale (token create .*)$", GUIDE, re.MULTILINE)
    call = [*shlex.split(line), "--data", str(coop.node.config.data), "--json"]
    done = CliRunner().invoke(main, call)
    assert done.exit_code == 0, done.stderr
    return str(json.loads(done.stdout)["token"])


def write_table(path: Path, rows: dict[str, tuple[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(("number", "name", "price"))
        table.writerows((number, *rest) for number, rest in rows.items())


def test_every_scope_is_in_the_guide() -> None:
    told = re.findall(r"^\| (`.*?) \|", GUIDE, re.MULTILINE)
    named = {name for cell in told for name in re.findall(r"`([a-z:]+)`", cell)}
    assert set(SCOPES) <= named
