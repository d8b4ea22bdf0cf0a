"""kill -9 in the middle of the catalogue of attacks: what was answered is there, once; nobody says
anything in another's name, nobody else can come in, and the node starts again. The judge reads the
raw file."""

import asyncio
import json
import random
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from node.config import load
from node.runtime import open_node
from tests.faults.lives import KILLED, ground
from tests.faults.raw import remembered
from tests.faults.test_under_attack import who_can_come_in

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]
LIVES, LONGEST = 20, 12_000
"""LONGEST: in statements and commits, about a minute of attacks."""


def judge(folder: Path) -> list[str]:
    """What is wrong with the file of the coop that was attacked."""
    file = folder / "lanehead" / "rochdale.sqlite"
    before = json.loads((folder / "before.json").read_text())
    answered = set((folder / "answers").read_text().split())
    with closing(sqlite3.connect(file)) as database:
        broken = database.execute("PRAGMA foreign_key_check").fetchall()
        held = database.execute("SELECT uri, coop_uri FROM listing_mirror").fetchall()
    wrong = [f"the file: {broken}"] if broken else []
    seen, mirrored = remembered(file), Counter(uri for uri, _coop in held)
    for one, uri in before["goods"].items():
        there = (seen[one], mirrored[uri])
        if there not in {(0, 0), (1, 1)} or (one in answered and there == (0, 0)):
            wrong.append(f"{one}: remembered and held {there} times")
    strangers = {coop for _uri, coop in held} - set(before["entitled"])
    wrong += [f"somebody says something as {coop}" for coop in strangers]
    now = who_can_come_in(file)  # rows make accounts of their own, to attack from
    if {handle: now.get(handle) for handle in before["accounts"]} != before["accounts"]:
        wrong.append(f"accounts: {now}, and before: {before['accounts']}")
    return wrong


async def starts_again(folder: Path) -> None:
    async with open_node(load(folder / "lanehead", {})) as node, node.reading() as reader:
        await reader.ping()


def test_a_kill_in_the_middle_of_attacks_takes_nothing_that_is_good(tmp_path: Path) -> None:
    chance, kills, answered = random.Random(26), 0, 0
    with ground("besieged", tmp_path, stderr=None) as process:
        for life in range(LIVES):
            folder = tmp_path / str(life)
            folder.mkdir()
            said = {"folder": str(folder), "last": chance.randrange(LONGEST)}
            ended = process.live(json.dumps(said))
            assert ended in {KILLED, 0}, said
            kills += ended == KILLED
            answered += len((folder / "answers").read_text().split())
            assert judge(folder) == [], said
            asyncio.run(starts_again(folder))
    assert kills > LIVES // 2
    assert answered
