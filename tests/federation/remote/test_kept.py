"""What is kept of an actor's document, whoever wrote it."""

import time
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from federation import relations
from federation.models import RelationState, RemoteActor, RemoteKey
from federation.remote.actors import Actors, record_actor
from federation.remote.kept import kept
from federation.settings import ACTOR_BYTES, KEYS_PER_ACTOR
from federation.storage import Database, UnitOfWork
from node import peers
from protocol import keys as key_forms
from protocol.vocabulary.actors import parse_actor
from protocol.vocabulary.portraits import portrait_in
from tests.federation.peer import Peer, multikey
from tests.federation.remote.test_actors import stored
from tests.support.clock import FixedClock

COOP = "https://grocer.example/coop"
BOMB = "".join(f"<b id={number}>" for number in range(30_000))


def document(**members: Any) -> dict[str, Any]:
    return {"id": COOP, "type": "Organization", "inbox": f"{COOP}/inbox", **members}


def size(value: Any) -> int:
    return len(msgspec.json.encode(value))


@pytest.mark.parametrize(
    "padding",
    [
        {"summary": "x" * 900_000},
        {"summary": [BOMB, BOMB]},
        {"nameMap": {"en": "n" * 900_000}},
        {"preferredUsername": "p" * 900_000},
        {"content": "語" * 300_000},
        {"attachment": [{"type": "PropertyValue", "name": "n", "value": "v" * 100}] * 9_000},
        {"alsoKnownAs": [f"https://grocer.example/{number}" for number in range(20_000)]},
        {"publicKey": [{"id": f"{COOP}#{number}"} for number in range(20_000)]},
        {"location": {"type": "Place", "name": "x" * 900_000}},
        {"implements": ["x" * 900_000, "https://w3id.org/fep/0837"]},
        {"unheardOf": "x" * 900_000, "likes": ["x" * 100] * 9_000},
    ],
    ids=",".join,
)
def test_of_a_document_padded_anywhere_little_is_kept_and_it_is_an_actor_still(padding):
    found = kept(document(**padding))
    assert size(found) <= 1.1 * ACTOR_BYTES
    assert parse_actor(found).inbox == f"{COOP}/inbox"


def test_all_of_it_padded_is_no_larger_and_links_go_before_words():
    padded = document(
        content="c" * 900_000,
        summary="s" * 900_000,
        catalogue=f"{COOP}/catalogue",
        attachment=[{"type": "PropertyValue", "name": "n", "value": "v" * 100}] * 9_000,
        alsoKnownAs=["did:key:z6Mk", *(f"{COOP}/{number}" for number in range(9_000))],
    )
    found = kept(padded)
    assert size(found) <= 1.1 * ACTOR_BYTES
    assert parse_actor(found).catalogue == f"{COOP}/catalogue"
    assert "did:key:z6Mk" in parse_actor(found).also_known_as


def test_of_keys_the_ids_stay_as_far_as_they_count():
    listed = [{"id": f"{COOP}#{number}", "publicKeyPem": "x" * 9_000} for number in range(30)]
    found = kept(document(publicKey=listed))
    assert found["publicKey"] == [f"{COOP}#{number}" for number in range(KEYS_PER_ACTOR)]


def test_a_coop_that_says_all_it_can_in_any_script_is_kept_whole():
    line = "協" * 200
    said = [
        {
            "type": "PropertyValue",
            "name": line[:20],
            "propertyID": name,
            "value": "<br>".join(lines),
        }
        for name, lines in {"principles": [line] * 10, "area": [line], "legal-form": [line]}.items()
    ]
    told = document(
        name="合作社", summary="語" * 500, content=f"<p>{'語' * 5_000}</p>", attachment=said
    )
    found = kept(told)
    assert portrait_in(found) == portrait_in(told)
    assert parse_actor(found) == parse_actor(told)


async def test_what_is_shown_of_an_actor_is_made_short_and_harmless_as_it_is_recorded(
    database: Database,
) -> None:
    assert peers, "which says what is harmless"
    words = document(
        name="Gro\u202ecer" + "\u0301" * 9_000,
        preferredUsername="p" * 900_000,
        summary="<p>Bread &amp; <script>alert(1)</script>beans</p>" + "x" * 900_000,
        location={"type": "Place", "name": " Shipley\n", "latitude": 53.8, "longitude": -1.8},
        generator={"type": "Application", "id": "https://grocer.example/node"},
    )
    actor: RemoteActor = await database.write(lambda uow: record_actor(uow, words))
    assert actor.name == "Groceŕ\u0301\u0301\u0301"
    assert len(actor.preferred_username) == 100
    assert actor.summary.startswith("Bread & beans")
    assert len(actor.summary) <= 500
    assert (actor.place, actor.lat, actor.lon) == ("Shipley", 53.8, -1.8)
    assert actor.node == "https://grocer.example/node"


async def test_a_summary_that_is_slow_to_clean_is_cut_before_it_is_read(database: Database) -> None:
    async def record(uow: UnitOfWork) -> RemoteActor:
        return await record_actor(uow, document(summary=BOMB))

    started = time.process_time()
    await database.write(record)
    assert time.process_time() - started < 1, "cleaned whole it takes 16 seconds"


async def test_a_long_document_that_is_fetched_is_stored_short(
    actors: Actors, database: Database, grocer: Peer
) -> None:
    uri = grocer.publish(name="Grocer", summary="x" * 900_000, padding="y" * 50_000)
    profile = await actors.actor(uri)
    assert profile.name == "Grocer"
    assert size((await stored(database, uri)).document) < ACTOR_BYTES


async def test_of_a_strangers_old_keys_the_newest_are_kept_and_of_a_peers_all(
    database: Database, clock: FixedClock
) -> None:
    async def change_keys(uow: UnitOfWork) -> None:
        key = key_forms.generate_ed25519()
        listed = [multikey(COOP, key, f"{clock.now():%H%M%S}")]
        await record_actor(uow, document(assertionMethod=listed))

    async def count() -> int:
        async with database.reading() as reader:
            return len(await reader.scalars(select(RemoteKey.digest)))

    for _again in range(3 * KEYS_PER_ACTOR):
        clock.advance(timedelta(seconds=1))
        await database.write(change_keys)
    assert await count() == 2 * KEYS_PER_ACTOR + 1
    accepted = {"follower_state": RelationState.ACCEPTED}
    await database.write(lambda uow: relations.change(uow, COOP, **accepted))
    for _again in range(KEYS_PER_ACTOR):
        clock.advance(timedelta(seconds=1))
        await database.write(change_keys)
    assert await count() == 3 * KEYS_PER_ACTOR + 1
