"""Saying something: signed once, kept with the change it announces, once for each peer node."""

import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from federation.errors import NotFound
from federation.models import Delivery, DeliveryState, HostState, OutboxEntry
from federation.outbox import Outgoing, delivery_reports, forget, publish, publish_many
from federation.storage import Database, UnitOfWork
from protocol import proofs
from protocol.addressing import PUBLIC
from protocol.contexts import CONTEXT
from protocol.vocabulary import activities
from tests.federation.factories import GROCER, remote_actor
from tests.support.statements import sql_meanwhile

COOP = "https://loaf.example/coop"
BAKER = "https://baker.example/coop"


@pytest.fixture
async def loaf(database: Database) -> Database:
    """A node that knows where to find a grocer and a baker."""

    async def meet(uow: UnitOfWork) -> None:
        remote_actor(uow)
        remote_actor(uow, BAKER)
        await uow.session.flush()

    await database.write(meet)
    return database


def listing(number: int = 1) -> str:
    return f"https://loaf.example/listings/{number}"


def word(verb: str = "Create", number: int = 1, name: str = "Bread") -> dict[str, Any]:
    """What the coop says about a listing of its own."""
    uri = listing(number)
    said = {"@context": CONTEXT, "id": uri, "type": "Proposal", "attributedTo": COOP, "name": name}
    return activities.activity(verb, "", COOP, said, (PUBLIC,))


async def say(
    database: Database, verb: str = "Create", number: int = 1, to: tuple[str, ...] = (GROCER,)
) -> str:
    said: str = await database.write(
        lambda uow: publish(uow, word(verb, number), to_actors=to, object_uri=listing(number))
    )
    return said


async def entries(database: Database) -> list[OutboxEntry]:
    async with database.reading() as reader:
        return await reader.scalars(select(OutboxEntry).order_by(OutboxEntry.seq))


async def waiting(database: Database) -> list[tuple[str, str, str]]:
    """What is queued: for whom, in what state, and what it says."""
    query = (
        select(Delivery.authority, Delivery.state, OutboxEntry.activity_type)
        .join(OutboxEntry, OutboxEntry.seq == Delivery.outbox_seq)
        .order_by(Delivery.seq)
    )
    async with database.reading() as reader:
        return [tuple(row) for row in await reader.rows(query)]


async def test_an_activity_is_signed_and_so_is_what_it_carries(loaf: Database) -> None:
    said = await say(loaf)
    [entry] = await entries(loaf)
    document = json.loads(entry.body)
    coop, now = loaf.identities.coop, entry.published_at
    public_key = coop.ed25519_key.public_key()
    proofs.verify_proof(document, public_key, now)
    proofs.verify_proof(document["object"], public_key, now)
    assert said == document["id"] == f"https://loaf.example/activities/{entry.id}"
    assert proofs.verification_method_of(document) == coop.ed25519_key_id
    assert entry.body_digest == hashlib.sha256(entry.body).digest()


async def test_what_somebody_else_said_is_handed_on_as_they_signed_it(loaf: Database) -> None:
    theirs = {"@context": CONTEXT, "id": f"{BAKER}/cake", "type": "Note", "attributedTo": BAKER}
    said = activities.activity("Announce", "", COOP, theirs, (PUBLIC,))
    await loaf.write(lambda uow: publish(uow, said, to_actors=[GROCER], object_uri=theirs["id"]))
    [entry] = await entries(loaf)
    assert "proof" not in json.loads(entry.body)["object"]


async def test_nothing_is_said_when_the_change_it_announces_fails(loaf: Database) -> None:
    async def fail_after_publishing(uow: UnitOfWork) -> None:
        await publish(uow, word(), to_actors=[GROCER], object_uri=listing())
        raise ValueError("the change did not happen")

    with pytest.raises(ValueError, match="did not happen"):
        await loaf.write(fail_after_publishing)
    assert (await entries(loaf), await waiting(loaf)) == ([], [])


async def test_an_actor_that_was_never_fetched_cannot_be_told(loaf: Database) -> None:
    with pytest.raises(NotFound, match=r"stranger\.example"):
        await say(loaf, to=("https://stranger.example/coop",))


async def test_we_do_not_write_to_ourselves(loaf: Database) -> None:
    await say(loaf, to=(COOP, GROCER))
    assert [authority for authority, *_ in await waiting(loaf)] == ["grocer.example"]


async def test_what_has_no_recipient_is_said_all_the_same(loaf: Database) -> None:
    await say(loaf, to=())
    assert len(await entries(loaf)) == 1
    assert await waiting(loaf) == []


async def test_a_newer_change_replaces_the_one_that_still_waits(loaf: Database) -> None:
    for verb in ("Create", "Update", "Update"):
        await say(loaf, verb, to=(GROCER, BAKER))
    assert [kind for _, _, kind in await waiting(loaf)] == ["Create"] * 2 + ["Update"] * 2
    assert len(await entries(loaf)) == 3


async def test_the_end_of_a_thing_replaces_its_changes_and_no_other_things(loaf: Database) -> None:
    for number in (1, 2):
        await say(loaf, "Create", number)
        await say(loaf, "Update", number)
    await say(loaf, "Delete", 1)
    kinds = [kind for _, _, kind in await waiting(loaf)]
    assert kinds == ["Create", "Create", "Update", "Delete"]


async def test_a_change_that_is_on_its_way_is_let_go(loaf: Database) -> None:
    await say(loaf, "Update")

    async def send(uow: UnitOfWork) -> None:
        [delivery] = await uow.scalars(select(Delivery))
        delivery.state = DeliveryState.SENDING

    await loaf.write(send)
    await say(loaf, "Update")
    assert [state for _, state, _ in await waiting(loaf)] == ["sending", "pending"]


async def test_what_is_forgotten_is_neither_read_nor_sent(loaf: Database) -> None:
    await say(loaf, "Create", 1)
    await say(loaf, "Create", 2)
    await loaf.write(lambda uow: forget(uow, [listing(1)]))
    assert [entry.object_uri for entry in await entries(loaf)] == [listing(2)]
    assert len(await waiting(loaf)) == 1


async def test_for_a_peer_that_is_away_it_waits_for_the_next_probe(loaf: Database) -> None:
    async def lose(uow: UnitOfWork) -> None:
        probe_at = uow.now + timedelta(minutes=15)
        uow.session.add(
            HostState(
                authority="grocer.example",
                failures=5,
                opened_at=uow.now,
                probe_at=probe_at,
                updated_at=uow.now,
            )
        )

    await loaf.write(lose)
    await say(loaf, to=(GROCER, BAKER))
    states = {authority: state for authority, state, _ in await waiting(loaf)}
    assert states == {"grocer.example": "held", "baker.example": "pending"}


async def test_a_report_tells_how_far_the_latest_word_has_come(loaf: Database) -> None:
    await say(loaf, "Create", to=(GROCER, BAKER))

    async def arrive(uow: UnitOfWork) -> None:
        for delivery in await uow.scalars(select(Delivery)):
            if delivery.authority == "baker.example":
                delivery.state, delivery.delivered_at = DeliveryState.DELIVERED, uow.now

    await loaf.write(arrive)
    async with loaf.reading() as reader:
        report = (await delivery_reports(reader, [listing()]))[listing()]
    assert {line.actor_uri: line.state for line in report} == {
        GROCER: "pending",
        BAKER: "delivered",
    }


async def test_many_are_said_in_as_many_statements_as_one(loaf: Database) -> None:
    async def counted(count: int, first: int) -> int:
        messages = [
            Outgoing(word("Update", number), (GROCER, BAKER), listing(number))
            for number in range(first, first + count)
        ]
        with sql_meanwhile() as asked:
            ids = await loaf.write(lambda uow: publish_many(uow, messages))
        assert len(set(ids)) == count
        return len(asked)

    assert await counted(40, first=100) == await counted(1, first=1)
