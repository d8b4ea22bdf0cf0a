"""A word that one change forgets while another says it: on PostgreSQL both go on side by side.

What the one looked for in the index and did not find, the other writes there. Nothing but the
database's own order of things stands between them, so each way to look is tried: at what waits to
be merged into the index, at the index, and at the whole table.
"""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import select, text

from federation.storage import UnitOfWork
from node.listings import index
from node.listings.index import search_entry
from node.listings.vocabulary import search_word
from tests.node.listings.conftest import Coop, OpenCoop
from tests.node.listings.test_search import entry
from tests.support.postgresql import administer

pytestmark = pytest.mark.postgres

BY_THE_INDEX = ("enable_seqscan = off", "enable_indexscan = off")
LOOKS = {
    "at what waits to be merged": (BY_THE_INDEX, None),
    "at the index": (BY_THE_INDEX, "ALTER INDEX ix_search_entry_tokens SET (fastupdate = off)"),
    "at the whole table": (("enable_bitmapscan = off", "enable_indexscan = off"), None),
}
ORDERS = (
    # Of the one that forgets (1) and the one that says (2): when each begins, works, and is kept.
    "b1 b2 w1 w2 c1 c2",
    "b1 b2 w1 w2 c2 c1",
    "b1 b2 w2 w1 c1 c2",
    "b1 b2 w2 w1 c2 c1",
    "b1 b2 w2 c2 w1 c1",
    "b1 b2 w2 c2 merge w1 c1",
    "b1 b2 w2 merge w1 c1 c2",
    "b1 b2 w1 c1 w2 c2",
    "b1 b2 w1 merge w2 c2 c1",
)
ENTRY, OTHER = entry(1, title="Zither lessons"), entry(2, title="Zither repair")


class InTurn:
    """Steps of several, in a given order; who is through, or runs again, keeps nobody waiting."""

    def __init__(self, order: str) -> None:
        self._left = order.split()
        self._changed = asyncio.Condition()

    async def wait(self, step: str) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: step not in self._left or self._left[0] == step)

    async def over(self, *steps: str) -> None:
        async with self._changed:
            self._left = [each for each in self._left if each not in steps]
            self._changed.notify_all()


@pytest.fixture(params=LOOKS)
async def coop(request: pytest.FixtureRequest, postgres_url: str, open_coop: OpenCoop) -> Coop:
    settings, also = LOOKS[request.param]
    server, name = postgres_url.rsplit("/", 1)
    for setting in settings:
        await administer(server, f"ALTER DATABASE {name} SET {setting}")
    coop = await open_coop(postgres_url)
    if also:
        await coop.write(lambda uow: uow.execute(text(also)))
    return coop


async def one_after_the_other(
    coop: Coop, turns: InTurn, number: int, work: Callable[[UnitOfWork], Awaitable[None]]
) -> None:
    """A unit of work in steps, the first time that it is tried."""
    begins, works, ends = (f"{step}{number}" for step in "bwc")

    async def in_steps(uow: UnitOfWork) -> None:
        await turns.wait(begins)
        await uow.scalar(text("SELECT 1"))  # what is there now is all that it sees
        await turns.over(begins)
        await turns.wait(works)
        try:
            await work(uow)
        finally:
            await turns.over(works)
        await turns.wait(ends)

    await coop.write(in_steps)
    await turns.over(begins, works, ends)


async def merge(coop: Coop, turns: InTurn) -> None:
    await turns.wait("merge")
    merged = text("SELECT gin_clean_pending_list('ix_search_entry_tokens')")
    await coop.write(lambda uow: uow.execute(merged))
    await turns.over("merge")


async def test_a_word_that_is_said_while_another_forgets_it_is_known(coop: Coop) -> None:
    for order in ORDERS:
        await coop.write(lambda uow: index.put(uow, [ENTRY]))
        turns = InTurn(order)
        async with asyncio.timeout(20):
            await asyncio.gather(
                one_after_the_other(coop, turns, 1, lambda uow: index.remove(uow, [ENTRY.uri])),
                one_after_the_other(coop, turns, 2, lambda uow: index.put(uow, [OTHER])),
                merge(coop, turns),
            )
        known = await coop.ask(lambda reader: reader.scalars(select(search_word.c.word)))
        said = await coop.ask(lambda reader: reader.scalars(select(search_entry.c.title_words)))
        assert said == ["zither repair"], order
        assert {"zither", "repair"} <= set(known), order
        assert "lessons" not in known, order
        await coop.write(lambda uow: index.remove(uow, [OTHER.uri]))
