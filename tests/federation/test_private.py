"""What was said in private is forgotten as soon as it has arrived."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.dialects import sqlite

from federation import delivery
from federation.errors import NotFound
from federation.models import OutboxEntry
from federation.outbox import publish
from protocol.vocabulary import activities
from tests.federation import shop

SECRET = "The key is under the third flower pot. " * 300


async def whisper(node, other):
    """Tell one coop something at length."""
    await node.federation.actors.actor(other.coop)

    async def tell(uow):
        good = shop.good(f"{node.base}/goods/1", node.coop, SECRET)
        said = activities.create("", node.coop, good, (other.coop,))
        return await publish(
            uow,
            said,
            to_actors=[other.coop],
            object_uri=good["id"],
            listed=False,
            private=True,
        )

    return await node.write(tell)


async def bodies(node):
    return await node.read(lambda reader: reader.scalars(select(OutboxEntry.body)))


async def readable(node, folder):
    """Whether any byte of it stands in the database's files."""
    assert await node.database.empty_log()
    files = list(folder.glob(f"{node.authority}.sqlite*"))
    assert files
    return any(b"flower pot" in path.read_bytes() for path in files)


async def test_a_private_message_is_forgotten_when_it_has_arrived(found, wire, tmp_path):
    loaf, mill = await found(2)
    said = await whisper(loaf, mill)
    assert await readable(loaf, tmp_path)
    await loaf.federation.settle()
    assert await bodies(loaf) == [b""]
    assert not await readable(loaf, tmp_path)
    answer = await wire.get(loaf, said.removeprefix(loaf.base))
    assert answer.status == 404


async def test_a_private_message_that_is_given_up_is_forgotten_too(found):
    loaf, mill = await found(2)
    await mill.federation.actors.actor(loaf.coop)
    await loaf.federation.actors.actor(mill.coop)
    await mill.go_away()
    await whisper(loaf, mill)
    letters, _next = await loaf.read(delivery.deliveries)
    await loaf.write(delivery.drop, letters[0].id)
    assert await bodies(loaf) == [b""]
    with pytest.raises(NotFound, match="forgotten"):
        await loaf.write(delivery.retry, letters[0].id)


async def test_looking_for_what_is_to_forget_reads_a_small_index(found):
    [loaf] = await found()
    query = select(OutboxEntry.seq).where(OutboxEntry.private)
    spelled = query.compile(dialect=sqlite.dialect())
    plan = text(f"EXPLAIN QUERY PLAN {spelled}")
    [row] = await loaf.read(lambda reader: reader.rows(plan))
    assert "ix_outbox_entry_private" in row[3]
