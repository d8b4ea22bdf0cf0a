"""One node on PostgreSQL with two processes, each of which may die at any time."""

import asyncio
import json
import os
import signal
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from aiohttp import web

from federation import relations
from federation.models import RelationState
from federation.storage.company import HERE, LEADING
from node.config import load
from node.runtime import open_node
from tests.benchmarks.processes import NodeProcess, made
from tests.federation.peer import Peer
from tests.support.ports import free_ports

pytestmark = [pytest.mark.postgres, pytest.mark.long, pytest.mark.timeout(300)]
LISTINGS = 12
OVER = """UPDATE delivery SET next_attempt_at = now(), leased_until = now()
WHERE state = 'sending' AND leased_until < $1::timestamptz + interval '60 seconds'"""
KEY = "listings.required_fields"


@dataclass
class Grocer:
    """A coop that gets what the node publishes, and counts it."""

    peer: Peer
    taken: Counter[str] = field(default_factory=Counter)
    """By id of the activity."""
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.Response:
        activity = json.loads(await request.read())
        self.taken[activity["id"]] += 1
        await self.may_answer.wait()
        return web.Response(status=202)


@dataclass
class Crew:
    """The node, seen from outside and through its database."""

    node: NodeProcess
    grocer: Grocer
    database: Any

    async def at_work(self) -> set[int]:
        return await self._holding(HERE)

    async def leader(self) -> int | None:
        return next(iter(await self._holding(LEADING)), None)

    async def _holding(self, lock: int) -> set[int]:
        rows = await self.database.fetch(
            "SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE locktype = 'advisory' AND granted AND objid = $1"
            " AND datname = current_database()",
            lock,
        )
        return {int(row[0].removeprefix("rochdale ")) for row in rows}

    async def publish(self, count: int) -> None:
        for number in range(count):
            body = {"title": f"Loaf {number}", "kind": "goods", "publish": True}
            await asyncio.to_thread(self.node.send, "POST", "/listings", body)

    async def undelivered(self) -> int:
        waiting = "SELECT count(*) FROM delivery WHERE state <> 'delivered'"
        return int(await self.database.fetchval(waiting))

    async def at(self, worker: int, method: str, path: str, body: Any = None) -> Any:
        """Ask one worker: the others stand still meanwhile."""
        others = await self.at_work() - {worker}
        for other in others:
            os.kill(other, signal.SIGSTOP)
        try:
            return await asyncio.to_thread(self.node.send, method, path, body)
        finally:
            for other in others:
                os.kill(other, signal.SIGCONT)


@pytest.fixture
async def crew(tmp_path: Path, postgres_url: str) -> AsyncGenerator[Crew]:
    peer = await Peer("").start()
    peer.authority = f"grocer.localhost:{peer.port}"
    grocer = Grocer(peer)
    coop = peer.publish("/coop")
    peer.answer("/inbox", grocer.take)
    port = free_ports(1)
    node = NodeProcess(tmp_path / "node", port, f"node.localhost:{port}", workers=2)
    node.database_url = postgres_url
    node.token = await made(node, [peer.authority])
    async with open_node(load(node.data, {})) as opened:
        await opened.federation.actors.actor(coop, refresh=True)
        follows = {"follower_state": RelationState.ACCEPTED}
        await opened.write(lambda uow: relations.change(uow, coop, **follows))
    await asyncio.to_thread(node.start)
    database = await asyncpg.connect(postgres_url)
    try:
        yield Crew(node, grocer, database)
    finally:
        grocer.may_answer.set()
        await asyncio.to_thread(node.stop)
        await database.close()
        await peer.stop()


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


async def _number(value: int) -> int:
    return value


async def until(ask: Callable[[], Coroutine[Any, Any, Any]], is_so: Callable[[Any], bool]) -> Any:
    """What is found once it is so."""
    for _attempt in range(600):
        if is_so(found := await ask()):
            return found
        await asyncio.sleep(0.1)
    raise TimeoutError(f"not within a minute: {found}")
