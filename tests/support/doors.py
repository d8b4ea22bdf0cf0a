"""A node of two processes with a door to each: what is sent to both at once meets in the database.

Both listen on one socket, and whoever is awake takes a connection. So one sleeps while a
connection for the other is made, and each is kept open.
"""

import asyncio
import os
import random
import signal
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

import aiohttp
import asyncpg
from sqlalchemy import select

from federation.models import OutboxEntry
from federation.storage import Reader
from federation.storage.company import HERE
from tests.benchmarks.processes import NodeProcess
from tests.stories.market import hand_of
from tests.support.signing import Signer, cavage
from tests.support.town import Coop

_AT_WORK = """SELECT DISTINCT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE locktype = 'advisory' AND granted AND objid = $1 AND datname = current_database()"""
_HEAD_START_SECONDS = 0.004
"""Of one door before the other, at most: about what a small change takes."""


class Sent(NamedTuple):
    """One request; headers are told as they are."""

    method: str
    path: str
    body: bytes = b""
    headers: Mapping[str, str] = {}


class Answer(NamedTuple):
    status: int
    text: str
    headers: Mapping[str, str]


@dataclass
class Speaker:
    """Another coop, whose messages are carried by hand. heard: the ids of those that were."""

    coop: Coop
    heard: set[str] = field(default_factory=set)

    @property
    def hand(self) -> Signer:
        return hand_of(self.coop)

    async def said(self) -> list[bytes]:
        """What it has said since it was asked last."""

        async def read(reader: Reader) -> Any:
            chosen = select(OutboxEntry.activity_id, OutboxEntry.body).order_by(OutboxEntry.seq)
            return await reader.rows(chosen)

        said = {row.activity_id: row.body for row in await self.coop.read(read)}
        new = [body for activity, body in said.items() if activity not in self.heard]
        self.heard |= said.keys()
        return new


@dataclass
class Doors:
    """One session with one connection for each process. database: past the program."""

    coop: Coop
    chance: random.Random
    database: Any
    sessions: list[aiohttp.ClientSession] = field(default_factory=list)
    made: int = 0
    """Connections so far: a third one would lead to whoever is faster."""

    async def at(self, door: int, sent: Sent) -> Answer:
        """Ask one of the two processes."""
        port, host = self.coop.address.rpartition(":")[2], self.coop.node.config.authority
        url = f"http://127.0.0.1:{port}{sent.path}"
        asked = self.sessions[door].request(
            sent.method,
            url,
            data=sent.body or None,
            headers={"Host": host, **sent.headers},
            allow_redirects=False,
        )
        async with asked as answer:
            return Answer(answer.status, await answer.text(), answer.headers.copy())

    async def both(self, one: Sent, other: Sent | None = None) -> list[Answer]:
        """The same to both at the same time, or one thing to each; no answer is a fault of ours."""
        first = self.chance.randrange(2)
        ahead = self.chance.choice((0.0, self.chance.uniform(0, _HEAD_START_SECONDS)))

        async def late() -> Answer:
            await asyncio.sleep(ahead)
            return await self.at(1 - first, one if other is None else other)

        answers = await asyncio.gather(self.at(first, one), late())
        assert self.made == len(self.sessions), "a connection was closed under way"
        assert all(each.status < 500 for each in answers), answers
        return list(answers)

    async def once(self, sent: Sent) -> None:
        """A signed message at both: one takes it, one knows it already."""
        answers = await self.both(sent)
        assert sorted(each.status for each in answers) == [200, 202], (sent.body, answers)

    def signed(self, signer: Signer, body: bytes) -> Sent:
        """A signed message for the inbox."""
        host = self.coop.node.config.authority
        return Sent("POST", "/inbox", body, cavage(signer, host, body, datetime.now(UTC)))

    async def count(self, query: str, *given: Any) -> int:
        return int(await self.database.fetchval(query, *given))


@asynccontextmanager
async def two_doors(coop: Coop, seed: int) -> AsyncGenerator[Doors]:
    """The coop's node, which is on PostgreSQL, served by two processes from now on."""
    config = coop.node.config
    await coop.go_away()
    port = int(coop.address.rpartition(":")[2])
    process = NodeProcess(config.data, port, config.authority, workers=2)
    async with AsyncExitStack() as stack:
        database = await asyncpg.connect(config.database_url)
        stack.push_async_callback(database.close)
        await asyncio.to_thread(process.start)
        stack.push_async_callback(asyncio.to_thread, process.stop)
        doors = Doors(coop, random.Random(seed), database)
        workers = [
            int(row[0].removeprefix("rochdale ")) for row in await database.fetch(_AT_WORK, HERE)
        ]
        assert len(workers) == 2
        for worker in workers:
            doors.sessions.append(await stack.enter_async_context(_session(doors)))
            await _open(doors, worker, workers)
        yield doors


def _session(doors: Doors) -> aiohttp.ClientSession:
    async def note(*_given: Any) -> None:
        doors.made += 1

    watch = aiohttp.TraceConfig()
    watch.on_connection_create_start.append(note)
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=1, keepalive_timeout=600),
        cookie_jar=aiohttp.DummyCookieJar(),
        trace_configs=[watch],
    )


async def _open(doors: Doors, worker: int, workers: Sequence[int]) -> None:
    """Make the newest session's connection, to this process."""
    others = [each for each in workers if each != worker]
    for other in others:
        os.kill(other, signal.SIGSTOP)
    try:
        answer = await doors.at(len(doors.sessions) - 1, Sent("GET", "/.well-known/nodeinfo"))
        assert answer.status == 200
    finally:
        for other in others:
            os.kill(other, signal.SIGCONT)
