"""A message that ends the process: after five ends people see it, and all others are taken in."""

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from federation import delivery
from federation.http_client import Answer
from federation.inbox.deferred import kept_messages, replay
from federation.models import OutboxEntry
from federation.settings import FederationSettings
from federation.under_way import ENDED, MOST_ENDS, UnderWay
from node import listings
from node.listings import ListingDraft
from node.runtime import open_node
from tests.faults.lives import Ground, ground
from tests.faults.trade import MarketOpener, size_of
from tests.support.clock import START, FixedClock
from tests.support.simulation import _config

MESSAGES = FederationSettings().deferred_per_host
"""As many as are taken up at once, so that the poisoned one is among them in each life."""


@pytest.fixture
async def messages(open_market: MarketOpener, tmp_path: Path) -> Path:
    """What Portici says to Lanehead: new listings."""
    market = await open_market(0)
    portici = market.coop("portici")
    for number in range(MESSAGES):
        draft = ListingDraft(f"Offer {number}")
        await portici.write(listings.create, draft, by=None, publish=True)
    chosen = select(OutboxEntry.body).where(OutboxEntry.activity_type == "Create")
    bodies = await portici.read(lambda reader: reader.scalars(chosen.order_by(OutboxEntry.seq)))
    file = tmp_path / "messages.json"
    file.write_text(json.dumps([body.decode() for body in bodies]))
    return file


def lines_of(answers: Path) -> list[str]:
    return answers.read_text().split()


def read(messages: Path) -> list[dict[str, Any]]:
    return [json.loads(body) for body in json.loads(messages.read_text())]


class Lives:
    """One process after the other, on one folder."""

    def __init__(self, process: Ground, poison: str) -> None:
        self._process = process
        self._poison = poison
        self._number = 0

    def live(
        self, *, fails: bool = False, sends: bool = True, is_poisoned: bool = True, **more: Any
    ) -> int:
        """How it ended: 0 if by itself."""
        self._number += 1
        life = {"number": self._number, "poison": self._poison if is_poisoned else None}
        return self._process.live(json.dumps({**life, "fails": fails, "sends": sends, **more}))

    def ends(self, at: str, publishes: list[str]) -> int:
        """How many processes end until one lives, by what comes back for these."""
        number = 0
        while self.live(sends=False, ends_at=at, publishes=[] if number else publishes) == 9:
            number += 1
            assert number < 20
        return number


def held(folder: Path) -> list[str]:
    with closing(sqlite3.connect(folder / "rochdale.sqlite")) as database:
        return [row[0] for row in database.execute("SELECT uri FROM listing_mirror")]


def unread(folder: Path) -> list[tuple[str, str, str | None]]:
    query = "SELECT activity_id, state, code FROM inbox_entry"
    with closing(sqlite3.connect(folder / "rochdale.sqlite")) as database:
        return database.execute(query).fetchall()


@pytest.mark.long
@pytest.mark.parametrize(
    "waits",
    [
        pytest.param(False, id="as-it-comes"),
        pytest.param(True, id="kept-for-later", marks=pytest.mark.soak),
    ],
)
async def test_a_message_that_ends_the_process_is_left_to_people_and_holds_up_no_other(
    market_prepared: dict[int, Path], messages: Path, tmp_path: Path, waits: bool
) -> None:
    bodies = read(messages)
    poison, *others = bodies[3], *bodies[:3], *bodies[4:]
    folder, answers = tmp_path / "lanehead", tmp_path / "answers"
    shutil.copytree(market_prepared[size_of(0)] / "lanehead", folder)
    with ground("poisoned", folder, messages, answers) as process:
        lives = Lives(process, poison["id"])
        if waits:
            assert lives.live(fails=True, is_poisoned=False) == 0
            assert len(unread(folder)) == len(bodies)
        ends = [lives.live(sends=not waits) for _life in range(MOST_ENDS)]
        assert ends == [9] * MOST_ENDS
        if waits:
            assert set(held(folder)) >= {each["object"]["id"] for each in others}
        assert lives.live(sends=not waits) == 0
        assert lives.live() == 0, "nobody tries it again, though its sender sends it again"
    assert set(lines_of(answers)) == {each["id"] for each in bodies}
    theirs = [uri for uri in held(folder) if uri in {each["object"]["id"] for each in bodies}]
    assert sorted(theirs) == sorted(each["object"]["id"] for each in others)
    assert unread(folder) == [(poison["id"], "failed", ENDED)]

    clock = FixedClock(START + timedelta(days=1))
    async with open_node(_config(folder, "lanehead"), clock=clock, at_once=True) as node:
        async with node.reading() as reader:
            [kept] = await kept_messages(reader)
        assert kept.detail is not None
        assert "ended 5 times" in kept.detail
        await node.write(lambda uow: replay(uow, kept.id))
        await node.federation.process_due()
    assert poison["object"]["id"] in held(folder)
    assert unread(folder) == []


def deliveries(folder: Path) -> list[tuple[str, str, str, str]]:
    """Of each: what it says, to whom, how it stands, and why."""
    query = """SELECT CAST(body AS TEXT), authority, state, substr(coalesce(last_error, ''), 1, 13)
        FROM delivery JOIN outbox_entry o ON o.seq = outbox_seq"""
    with closing(sqlite3.connect(folder / "rochdale.sqlite")) as database:
        return database.execute(query).fetchall()


def left(folder: Path) -> set[tuple[str, str]]:
    """What is left to people, and for whom it was; the rest has been delivered."""
    rows = deliveries(folder)
    assert {state for _body, _to, state, _why in rows} <= {"delivered", "dead"}
    dead = [(body, to, why) for body, to, state, why in rows if state == "dead"]
    assert {why for _body, _to, why in dead} <= {ENDED}
    titles = ("Barley", "Spelt", "Wheat")
    return {(title, to) for body, to, _why in dead for title in titles if title in body}


@pytest.mark.long
async def test_a_delivery_that_ends_the_process_is_left_to_people_and_holds_up_no_other(
    market_prepared: dict[int, Path], messages: Path, tmp_path: Path
) -> None:
    """Once it is the message, wherever it goes; once the peer, whatever it gets."""
    folder = tmp_path / "lanehead"
    shutil.copytree(market_prepared[size_of(0)] / "lanehead", folder)
    with ground("poisoned", folder, messages, tmp_path / "answers") as process:
        lives = Lives(process, "")
        assert lives.ends("Spelt", ["Barley", "Spelt", "Wheat"]) <= 2 * MOST_ENDS
        assert left(folder) == {("Spelt", "pioneer.example"), ("Spelt", "portici.example")}

        assert lives.ends("portici.example", ["Barley", "Wheat", "Spelt"]) <= MOST_ENDS + 1
    assert {to for _title, to in left(folder)} == {"pioneer.example", "portici.example"}
    assert ("Barley", "pioneer.example") not in left(folder)

    clock = FixedClock(START + timedelta(days=1))
    async with open_node(_config(folder, "lanehead"), clock=clock, at_once=True) as node:
        async with node.reading() as reader:
            [kept, *_others] = await delivery.undelivered(reader)
        assert kept.last_error is not None
        assert "ended 5 times" in kept.last_error
        await node.write(lambda uow: delivery.retry(uow, kept.id))
        posted = []

        async def post(inbox: str, _body: bytes, _headers: Any) -> Answer:
            posted.append(inbox)
            return Answer(202, {}, b"")

        node.federation.client.post = post  # type: ignore[method-assign]
        await node.federation.deliver_due()
    assert len(posted) == 1, "somebody sent it once more"


def test_what_a_living_process_applies_is_not_held_against_it(tmp_path: Path) -> None:
    folder, digest = tmp_path / "under-way", bytes(32)
    first = UnderWay(folder)
    with first.applying([digest]):
        second = UnderWay(folder)
        second.look_back()
        assert second.ends(digest) == 0
    first.close()
    assert not [path for path in folder.iterdir() if len(path.stem) == 64 or path.suffix == ".now"]
