"""kill -9 at any statement of the inbox: what was answered is there, once; all else as if never
sent, and it can be sent again. The judge reads the raw file."""

import asyncio
import json
import random
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from federation.models import OutboxEntry
from node import listings
from node.listings import ListingDraft
from protocol import datetimes
from protocol.vocabulary import activities
from tests.faults.lives import KILLED, ground
from tests.faults.trade import Market, MarketOpener
from tests.support.signing import Signer, encode, prove

pytestmark = pytest.mark.long

MESSAGES = 9
MOST = 400
"""More statements and commits than all messages take: then nobody is killed."""


@dataclass(frozen=True)
class Said:
    """What Portici says to Lanehead: bodies in a file; Lanehead's folder before it heard them."""

    file: Path
    prepared: Path
    folder: Path
    """Where its files are put back before each run."""


@pytest.fixture
async def said(open_market: MarketOpener, tmp_path: Path) -> Said:
    """New listings and a change of one, an order of what Lanehead offers, and a Follow again."""
    market: Market = await open_market(0)
    portici, lanehead = market.coop("portici"), market.coop("lanehead")
    await market.publish(lanehead)
    await market.world.settle()
    prepared = tmp_path / "prepared"
    await market.ask(portici)
    await lanehead.crash()
    await asyncio.to_thread(shutil.copytree, lanehead.folder, prepared)
    for number in range(MESSAGES):
        draft = ListingDraft(f"Offer {number}")
        view = await portici.write(listings.create, draft, by=None, publish=True)
    assert view is not None
    chosen = select(OutboxEntry.body).where(OutboxEntry.activity_type.in_(("Create", "Offer")))
    bodies = await portici.read(lambda reader: reader.scalars(chosen.order_by(OutboxEntry.seq)))
    identity = portici.node.federation.identities.coop
    hand = Signer(identity.uri, identity.rsa_key, identity.ed25519_key)
    follow = activities.follow(f"{portici.config.address}/a/follow", portici.uri, lanehead.uri)
    proven = prove(follow, hand, datetimes.format(portici.node.clock.now()))
    file = tmp_path / "messages.json"
    texts = [body.decode() for body in bodies]
    file.write_text(json.dumps([*texts[:2], encode(proven).decode(), *texts[2:]]))
    return Said(file, prepared, tmp_path / "lanehead")


def judge(folder: Path, bodies: list[str], answered: list[str]) -> list[str]:
    """What is wrong with a node's file, given what it had said yes to."""
    with closing(sqlite3.connect(folder / "rochdale.sqlite")) as database:
        [[whole]] = database.execute("PRAGMA integrity_check")
        broken = database.execute("PRAGMA foreign_key_check").fetchall()
        seen = [row[0] for row in database.execute("SELECT activity_id FROM seen_activity")]
        held = [row[0] for row in database.execute("SELECT uri FROM listing_mirror")]
        kept = [row[0] for row in database.execute("SELECT object_uri FROM heard_activity")]
        found = [row[0] for row in database.execute("SELECT uri FROM search_entry")]
        ordered = [row[0] for row in database.execute("SELECT their_uri FROM agreement")]
        asked = "SELECT their_follow_id FROM relation"
        followed = [row[0] for row in database.execute(asked) if row[0] is not None]
        # An answer without somebody to bring it to would be none.
        out = "SELECT body FROM outbox_entry o JOIN delivery d ON d.outbox_seq = o.seq"
        accepted = [
            said["object"]
            for said in (json.loads(body) for (body,) in database.execute(out))
            if said["type"] == "Accept"
        ]
    said = [json.loads(body) for body in bodies]
    wrong = [] if whole == "ok" and not broken else [f"the file: {whole} {broken}"]
    wrong += [f"{one} was answered and is lost" for one in set(answered) - set(seen)]

    def uris_of(verb: str) -> list[str]:
        return [
            each["id"] if verb == "Follow" else each["object"]["id"]
            for each in said
            if each["type"] == verb
        ]

    def applied(verb: str) -> list[str]:
        ids = {each["id"] for each in said if each["type"] == verb and each["id"] in seen}
        pairs = zip([e["id"] for e in said if e["type"] == verb], uris_of(verb), strict=True)
        return sorted(uri for id_, uri in pairs if id_ in ids)

    for verb, name, rows in (
        ("Create", "held", held),
        ("Create", "kept", kept),
        ("Create", "found", found),
        ("Offer", "ordered", ordered),
        ("Follow", "followed", followed),
        ("Follow", "accepted, with who hears of it", accepted),
    ):
        theirs = sorted(uri for uri in rows if uri in uris_of(verb))
        if theirs != applied(verb):
            wrong.append(f"{name}: {theirs}, and remembered: {applied(verb)}")
    return wrong


def check(said: Said, points: list[int]) -> None:
    folder, bodies = said.folder, json.loads(said.file.read_text())
    assert {json.loads(body)["type"] for body in bodies} == {"Create", "Offer", "Follow"}
    answers = folder.with_name("answers")
    kills = 0
    with ground("killed", folder, said.file, answers) as process:
        for point in points:
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(said.prepared, folder)
            answers.write_text("")
            ended = process.live(str(point))
            kills += ended == KILLED
            assert ended in (KILLED, 0)
            answered = answers.read_text().split()
            assert judge(folder, bodies, answered) == [], f"killed at {point}"
            assert process.live(str(MOST)) == 0
            answered = answers.read_text().split()
            assert set(answered) == {json.loads(body)["id"] for body in bodies}
            assert judge(folder, bodies, answered) == [], f"killed at {point}, then sent again"
    assert kills >= len(points) / 2


def test_what_was_answered_survives_a_kill_at_any_statement(said: Said) -> None:
    check(said, random.Random(1).sample(range(120), 5))


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("order", range(20))
def test_what_was_answered_survives_a_kill_at_every_statement(said: Said, order: int) -> None:
    """Twenty times at each of 200 points, the messages each time in another order."""
    bodies = json.loads(said.file.read_text())
    random.Random(order).shuffle(bodies)
    said.file.write_text(json.dumps(bodies))
    check(said, list(range(200)))
