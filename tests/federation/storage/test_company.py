"""Several processes of one node on one PostgreSQL, each with a database object of its own."""

import asyncio
from collections.abc import AsyncGenerator
from itertools import chain

import pytest

import federation.models  # noqa: F401 - registers the tables
from federation.delivery import queue
from federation.models import Delivery, OutboxEntry
from federation.settings import FederationSettings
from federation.storage import Database, Topic, UnitOfWork
from tests.federation.nodes import claim
from tests.support.loaf import OpenDatabase

pytestmark = pytest.mark.postgres
MESSAGES = 60


@pytest.fixture
async def both(
    postgres_url: str, open_database: OpenDatabase, clock, entropy, identities
) -> AsyncGenerator[tuple[Database, Database]]:
    one = await open_database(postgres_url)
    ambient = {"clock": clock, "entropy": entropy, "identities": identities}
    other = await Database.open(postgres_url, **ambient)
    yield one, other
    await other.close()


async def test_one_leads_the_other_hears_and_takes_over(both: tuple[Database, Database]) -> None:
    one, other = both
    assert await one.write(queue.take_back), "nobody is at work yet"
    await one.join()
    await other.join()
    assert not await other.write(queue.take_back), "it may be on its way in the other process"
    assert [await one.leads(), await other.leads(), await one.leads()] == [True, False, True]

    heard, came = [], asyncio.Event()
    for topic in Topic:
        one.hear(topic, lambda topic=topic: heard.append(topic))
        other.hear(topic, lambda topic=topic: (heard.append(topic), came.set()))

    async def say(uow: UnitOfWork) -> None:
        uow.wake_deliveries()
        uow.tell(Topic.KEYS)

    await one.write(say)
    await came.wait()
    assert sorted(heard) == [Topic.DELIVERIES, Topic.KEYS, Topic.KEYS], (
        "each once, deliveries by who wrote them alone, and nothing of what was not said"
    )

    await one.close()
    assert await other.leads()


async def test_a_connection_that_broke_costs_the_lead_and_is_made_again(
    both: tuple[Database, Database],
) -> None:
    one, other = both
    assert await one.leads()
    assert one._company is not None
    one._company._driver.terminate()
    assert await other.leads()
    assert not await one.leads()


async def test_two_workers_never_claim_one_message(both: tuple[Database, Database]) -> None:
    settings = FederationSettings(delivery_batch=4)
    await both[0].write(add_messages)

    async def work(database: Database) -> list[int]:
        mine: list[int] = []
        while jobs := await database.write(lambda uow: claim(uow, {}, settings)):
            mine += [job.seq for job in jobs]
        return mine

    claimed = await asyncio.gather(*(work(database) for database in both * 2))
    assert sorted(chain.from_iterable(claimed)) == list(range(1, MESSAGES + 1))
    assert sum(1 for each in claimed if each) > 1, "more than one had a part"


async def test_lanes_to_a_peer_are_counted_over_all_workers(
    both: tuple[Database, Database],
) -> None:
    settings = FederationSettings(delivery_per_host=4)

    async def one_peer(uow: UnitOfWork) -> None:
        await add_messages(uow, peers=1)

    await both[0].write(one_peer)
    found = [await each.write(lambda uow: claim(uow, {}, settings)) for each in both]
    assert [len(jobs) for jobs in found] == [4, 0]


async def add_messages(uow: UnitOfWork, peers: int = MESSAGES) -> None:
    actor = uow.identities.coop.uri
    entry = {
        "id": uow.new_id(),
        "activity_id": f"{actor}/a",
        "activity_type": "Create",
        "actor": actor,
        "object_uri": f"{actor}/o",
        "body": b"{}",
        "body_digest": b"0" * 32,
        "to": [],
        "cc": [],
        "public": True,
        "listed": True,
        "published_at": uow.now,
    }
    uow.session.add(OutboxEntry(**entry))
    await uow.session.flush()
    for number in range(MESSAGES):
        authority = f"peer{number % peers}.example"
        uow.session.add(
            Delivery(
                id=uow.new_id(),
                outbox_seq=1,
                object_uri=f"{actor}/{number}",
                authority=authority,
                inbox=f"https://{authority}/inbox",
                recipients=[f"https://{authority}/coop"],
                next_attempt_at=uow.now,
                created_at=uow.now,
            )
        )
        await uow.session.flush()
