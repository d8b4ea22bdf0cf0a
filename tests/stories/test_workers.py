"""One node on PostgreSQL with two processes, each of which may die at any time."""

import asyncio
import os
import random
import signal
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from federation.key_files import new_generation
from protocol import datetimes
from protocol.addressing import PUBLIC
from protocol.contexts import CONTEXT
from tests.federation.peer import public_key
from tests.support.signing import Signer, cavage, encode
from tests.support.wide import Crew, serving, until

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(300)]
LISTINGS = 12
OVER = """UPDATE delivery SET next_attempt_at = now(), leased_until = now()
WHERE state = 'sending' AND leased_until < $1::timestamptz + interval '60 seconds'"""
KEY = "listings.required_fields"


@pytest.fixture
async def crew(tmp_path: Path, postgres_url: str) -> AsyncGenerator[Crew]:
    async with serving(tmp_path, postgres_url, workers=2) as crew:
        yield crew


@pytest.mark.soak
async def test_any_worker_may_die_and_nothing_is_lost_or_doubled(crew: Crew) -> None:
    grocer, first = crew.grocer, await until(crew.at_work, lambda found: len(found) == 2)

    # Together they bring each message once.
    grocer.may_answer.set()
    await crew.publish(LISTINGS)
    await until(crew.undelivered, lambda count: count == 0)
    assert len(grocer.taken) == LISTINGS
    assert set(grocer.taken.values()) == {1}

    # What is changed in one process holds in the other, at once.
    one, other = first
    await crew.at(one, "PUT", f"/policies/{KEY}", {"value": ["place"]})
    assert (await crew.at(other, "GET", f"/policies/{KEY}"))["value"] == ["place"]
    await crew.at(other, "PUT", f"/policies/{KEY}", {"value": []})

    # The one that leads dies with messages on their way.
    grocer.may_answer.clear()
    await crew.publish(LISTINGS)
    await until(lambda: _number(len(grocer.taken)), lambda count: count > LISTINGS)
    leader = await until(crew.leader, lambda found: found is not None)
    died_at = await crew.database.fetchval("SELECT now()")
    os.kill(leader, signal.SIGKILL)
    grocer.may_answer.set()
    second = await until(crew.at_work, lambda found: len(found) == 2 and leader not in found)
    assert len(second & first) == 1
    assert await until(crew.leader, lambda found: found not in {None, leader}) in second

    # Its messages come back when its lease is over.
    await crew.database.execute(OVER, died_at)
    await until(crew.undelivered, lambda count: count == 0)
    assert len(grocer.taken) == 2 * LISTINGS
    assert set(grocer.taken.values()) <= {1, 2}, "twice only what was on its way when it died"


AT_ONCE = 8
ONCE = "SELECT title, count(*) FROM listing GROUP BY title"
SAID = """SELECT l.title, count(o.activity_id) FROM listing l LEFT JOIN outbox_entry o
ON o.activity_type = 'Create' AND o.object_uri LIKE '%/listings/' || l.publication_id
GROUP BY l.title"""
MIRRORED = "SELECT uri, count(*) FROM listing_mirror GROUP BY uri"
SEEN = "SELECT activity_id, count(*) FROM seen_activity GROUP BY activity_id"


@pytest.mark.long
async def test_a_worker_dies_at_any_moment_of_inbox_pages_and_deliveries(crew: Crew) -> None:
    """The one that leads and the other, by turns, each at a moment by chance, while both take
    messages in, write what people send and deliver: the rows say yes to all that was answered with
    yes, once."""
    grocer, chance = crew.grocer, random.Random(11)
    made = new_generation(1)
    signer = Signer(f"{grocer.peer.base}/coop", made.rsa["coop"], made.ed25519["coop"])
    grocer.peer.publish("/coop", publicKey=public_key(signer.actor, signer.rsa))
    await crew.database.execute("UPDATE relation SET following_state = 'accepted'")
    grocer.may_answer.set()
    taken: dict[str, bool] = {}
    messages: list[dict[str, Any]] = []
    async with aiohttp.ClientSession() as session:
        for turn in range(4):
            at_work = await until(crew.at_work, lambda found: len(found) == 2)
            leader = await until(crew.leader, lambda found: found is not None)
            victim = leader if turn % 2 else min(at_work - {leader})
            new = [message(signer, f"{turn}-{number}") for number in range(AT_ONCE)]
            messages += new
            titles = [f"Loaf {turn}-{number}" for number in range(AT_ONCE)]
            blow = asyncio.create_task(_die(victim, chance.uniform(0, 0.3)))
            answers = await asyncio.gather(
                *(post(session, crew, signer, each) for each in new),
                *(publish(crew, title) for title in titles),
            )
            await blow
            taken |= dict(zip([*(each["id"] for each in new), *titles], answers, strict=True))
            await until(crew.at_work, lambda found, gone=victim: gone not in found)
        await until(crew.at_work, lambda found: len(found) == 2)
        seen = dict(await crew.database.fetch(SEEN))
        said_yes = {name for name, is_taken in taken.items() if is_taken}
        assert {each["id"] for each in messages if taken[each["id"]]} <= seen.keys()
        for each in messages:  # what was not answered is sent again, and so is all else
            assert await post(session, crew, signer, each)
    seen, mirrored = [dict(await crew.database.fetch(asked)) for asked in (SEEN, MIRRORED)]
    assert seen == {each["id"]: 1 for each in messages}
    assert mirrored == {each["object"]["id"]: 1 for each in messages}
    listed, said = [dict(await crew.database.fetch(asked)) for asked in (ONCE, SAID)]
    assert {name for name in said_yes if name.startswith("Loaf")} <= listed.keys() <= taken.keys()
    assert set(listed.values()) == {1}
    assert said == listed, "each listing has its message, and none has two"
    await crew.database.execute(OVER, datetime.now(UTC))
    await until(crew.undelivered, lambda count: count == 0)
    assert len(grocer.taken) == len(listed)


def message(signer: Signer, number: str) -> dict[str, Any]:
    base, now = signer.actor.rpartition("/")[0], datetimes.format(datetime.now(UTC))
    return {
        "@context": CONTEXT,
        "id": f"{base}/a/{number}",
        "type": "Create",
        "actor": signer.actor,
        "to": [PUBLIC],
        "object": {
            "@context": CONTEXT,
            "id": f"{base}/goods/{number}",
            "type": "Proposal",
            "kind": "goods",
            "purpose": "offer",
            "attributedTo": signer.actor,
            "name": "Bread",
            "to": [PUBLIC],
            "published": now,
            "updated": now,
        },
    }


async def post(
    session: aiohttp.ClientSession, crew: Crew, signer: Signer, said: dict[str, Any]
) -> bool:
    """Whether it was answered with yes."""
    body, node = encode(said), crew.node
    headers = cavage(signer, node.authority, body, datetime.now(UTC))
    headers["connection"] = "close"
    try:
        url = f"http://127.0.0.1:{node.port}/inbox"
        async with session.post(url, data=body, headers=headers) as answer:
            return answer.status in {200, 202}
    except (aiohttp.ClientError, OSError):
        return False


async def publish(crew: Crew, title: str) -> bool:
    body = {"title": title, "kind": "goods", "publish": True}
    try:
        await asyncio.to_thread(crew.node.send, "POST", "/listings", body)
    except OSError:  # of which HTTPError is one
        return False
    return True


async def _die(worker: int, seconds: float) -> None:
    await asyncio.sleep(seconds)
    os.kill(worker, signal.SIGKILL)


async def _number(value: int) -> int:
    return value
