"""kill -9 at any statement of the inbox: what was answered is there, once; all else as if never
sent, and it can be sent again. The judge reads the raw file."""

import json
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from federation.models import OutboxEntry
from node import listings
from node.listings import ListingDraft
from tests.faults.trade import Market, MarketOpener, size_of

pytestmark = pytest.mark.long

ROOT = Path(__file__).parent.parent.parent
MESSAGES = 9
MOST = 400
"""More statements and commits than all messages take: then nobody is killed."""


@pytest.fixture
async def messages(open_market: MarketOpener, tmp_path: Path) -> Path:
    """What Portici says to Lanehead: new listings, and a change of one."""
    market: Market = await open_market(0)
    portici = market.coop("portici")
    for number in range(MESSAGES):
        draft = ListingDraft(f"Offer {number}")
        view = await portici.write(listings.create, draft, by=None, publish=True)
    chosen = select(OutboxEntry.body).where(OutboxEntry.activity_type == "Create")
    bodies = await portici.read(lambda reader: reader.scalars(chosen.order_by(OutboxEntry.seq)))
    assert view is not None
    file = tmp_path / "messages.json"
    file.write_text(json.dumps([body.decode() for body in bodies]))
    return file


@pytest.fixture
def lanehead(market_prepared: dict[int, Path], messages: Path, tmp_path: Path) -> Path:
    """Where its files are put back before each run."""
    assert messages.exists()
    return tmp_path / "lanehead"


@contextmanager
def ground(folder: Path, messages: Path, answers: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that dies as often as it is told to."""
    command = [sys.executable, "-m", "tests.faults.killed", *map(str, (folder, messages, answers))]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


def run(process: subprocess.Popen[str], point: int) -> str:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{point}\n")
    process.stdin.flush()
    return process.stdout.readline().strip()


def judge(folder: Path, bodies: list[str], answered: list[str]) -> list[str]:
    """What is wrong with a node's file, given what it had said yes to."""
    with closing(sqlite3.connect(folder / "rochdale.sqlite")) as database:
        [[whole]] = database.execute("PRAGMA integrity_check")
        broken = database.execute("PRAGMA foreign_key_check").fetchall()
        seen = [row[0] for row in database.execute("SELECT activity_id FROM seen_activity")]
        held = [row[0] for row in database.execute("SELECT uri FROM listing_mirror")]
        kept = [row[0] for row in database.execute("SELECT object_uri FROM heard_activity")]
        found = [row[0] for row in database.execute("SELECT uri FROM search_entry")]
    objects = {json.loads(body)["id"]: json.loads(body)["object"]["id"] for body in bodies}
    wrong = [] if whole == "ok" and not broken else [f"the file: {whole} {broken}"]
    wrong += [f"{one} was answered and is lost" for one in set(answered) - set(seen)]
    applied = sorted(objects[one] for one in seen if one in objects)
    for name, uris in (("held", held), ("kept", kept), ("found", found)):
        theirs = sorted(uri for uri in uris if uri in objects.values())
        if theirs != applied:
            wrong.append(f"{name}: {theirs}, and remembered: {applied}")
    return wrong


def check(folder: Path, prepared: Path, messages: Path, points: list[int]) -> None:
    bodies, answers = json.loads(messages.read_text()), folder.with_name("answers")
    kills = 0
    with ground(folder, messages, answers) as process:
        for point in points:
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(prepared / "lanehead", folder)
            answers.write_text("")
            ended = run(process, point)
            kills += ended == "killed"
            assert ended in ("killed", "ended 0")
            answered = answers.read_text().split()
            assert judge(folder, bodies, answered) == [], f"killed at {point}"
            assert run(process, MOST) == "ended 0"
            answered = answers.read_text().split()
            assert set(answered) == {json.loads(body)["id"] for body in bodies}
            assert judge(folder, bodies, answered) == [], f"killed at {point}, then sent again"
    assert kills >= len(points) / 2


def test_what_was_answered_survives_a_kill_at_any_statement(
    lanehead: Path, market_prepared: dict[int, Path], messages: Path
) -> None:
    points = random.Random(1).sample(range(120), 3)
    check(lanehead, market_prepared[size_of(0)], messages, points)


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("order", range(20))
def test_what_was_answered_survives_a_kill_at_every_statement(
    lanehead: Path, market_prepared: dict[int, Path], messages: Path, order: int
) -> None:
    """Twenty times at each of 160 points, the messages each time in another order."""
    bodies = json.loads(messages.read_text())
    random.Random(order).shuffle(bodies)
    messages.write_text(json.dumps(bodies))
    check(lanehead, market_prepared[size_of(0)], messages, list(range(160)))
