"""Messages for which something is read first, which takes a while: others may be quicker."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import delete

from federation.models import InboxEntry
from federation.storage import UnitOfWork
from tests.federation.nodes import Foreigner, Founder, Node, Wire, count, settle
from tests.federation.shop import good
from tests.support.clock import FixedClock

pytestmark = pytest.mark.usefixtures("sqlite_in_threads")


@pytest.fixture
async def either(found: Founder, database_url: str) -> Node:
    """The node under test, once on SQLite and once on PostgreSQL."""
    return (await found(url=database_url))[0]


async def test_what_was_read_for_longer_than_its_lease_takes_effect_once(
    either: Node, farm: Foreigner, wire: Wire, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process has taken it over meanwhile."""
    may_answer, is_asked = asyncio.Event(), asyncio.Event()
    fetch = either.federation.deferred._documents.fetch_normalised

    async def slowly_at_first(uri: str) -> Any:
        if "/goods/" in uri and not is_asked.is_set():
            is_asked.set()
            await may_answer.wait()
        return await fetch(uri)

    monkeypatch.setattr(either.federation.deferred._documents, "fetch_normalised", slowly_at_first)
    uri = f"{farm.base}/goods/7"
    farm.peer.serve("/goods/7", good(uri, farm.coop, "Cheese"))
    await wire.deliver(either, farm, farm.say(name=f"see {uri}"))
    slow = asyncio.create_task(either.federation.process_due())
    await asyncio.wait_for(is_asked.wait(), 5)
    clock.advance(either.federation.settings.deferred_lease)
    await either.federation.process_due()
    assert await either.goods() == [f"see {uri}"]
    either.shop.calls.clear()
    may_answer.set()
    await slow
    assert either.shop.calls == []
    assert await count(either, InboxEntry) == 0


async def test_what_is_forgotten_while_something_is_read_for_it_has_no_effect(
    loaf: Node, farm: Foreigner, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch, asked = loaf.federation.deferred._documents.fetch_normalised, list[str]()

    async def forgotten_meanwhile(uri: str) -> Any:
        if "/goods/" in uri:
            asked.append(uri)
            await loaf.write(forget_all)
        return await fetch(uri)

    async def forget_all(uow: UnitOfWork) -> None:
        await uow.execute(delete(InboxEntry))

    monkeypatch.setattr(
        loaf.federation.deferred._documents, "fetch_normalised", forgotten_meanwhile
    )
    uri = f"{farm.base}/goods/7"
    farm.peer.serve("/goods/7", good(uri, farm.coop, "Cheese"))
    await wire.deliver(loaf, farm, farm.say(name=f"see {uri}"))
    await settle(loaf)
    assert asked == [uri]
    assert await loaf.goods() == []
