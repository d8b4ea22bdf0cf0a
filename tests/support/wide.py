"""A node on PostgreSQL in several processes, and a coop that takes what it publishes."""

import asyncio
import json
import os
import signal
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
from aiohttp import web

from federation import relations
from federation.models import RelationState
from federation.storage.company import HERE, LEADING
from node.config import load
from node.runtime import open_node
from tests.benchmarks.processes import NodeProcess, made
from tests.federation.peer import Peer
from tests.support.ports import free_ports


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


@asynccontextmanager
async def serving(folder: Path, database_url: str, workers: int) -> AsyncGenerator[Crew]:
    """A node of so many processes, which the grocer follows."""
    peer = await Peer("").start()
    peer.authority = f"grocer.localhost:{peer.port}"
    grocer, coop, port = Grocer(peer), peer.publish("/coop"), free_ports(1)
    peer.answer("/inbox", grocer.take)
    node = NodeProcess(folder / "node", port, f"node.localhost:{port}", workers=workers)
    node.database_url = database_url
    node.token = await made(node, [peer.authority])
    async with open_node(load(node.data, {})) as opened:
        await opened.federation.actors.actor(coop, refresh=True)
        follows = {"follower_state": RelationState.ACCEPTED}
        await opened.write(lambda uow: relations.change(uow, coop, **follows))
    await asyncio.to_thread(node.start)
    database = await asyncpg.connect(database_url)
    try:
        yield Crew(node, grocer, database)
    finally:
        grocer.may_answer.set()
        await asyncio.to_thread(node.stop)
        await database.close()
        await peer.stop()


async def until(ask: Callable[[], Coroutine[Any, Any, Any]], is_so: Callable[[Any], bool]) -> Any:
    """What is found once it is so."""
    for _attempt in range(600):
        if is_so(found := await ask()):
            return found
        await asyncio.sleep(0.1)
    raise TimeoutError(f"not within a minute: {found}")
