"""Bringing what is due to the peers: claim, POST, record, over and over.

Nothing waits for the slowest: finished attempts are written down in one go while others are still
on their way, and their places are given to what is due next. A peer that hangs costs its own few
places and nobody else's.
"""

import asyncio
from collections import Counter

import structlog

from federation.ambient import Clock
from federation.delivery import queue
from federation.delivery.attempt import Attempt, Result, attempt
from federation.delivery.queue import Job
from federation.delivery.record import record
from federation.delivery.standing import hold_back
from federation.hosts import forget_old
from federation.http_client import GuardedClient
from federation.settings import FederationSettings
from federation.storage import Database, UnitOfWork
from federation.sync import request_catch_up

log = structlog.get_logger()


class DeliveryWorker:
    """Delivers for one process; several may run on one PostgreSQL."""

    def __init__(
        self,
        database: Database,
        client: GuardedClient,
        settings: FederationSettings,
        clock: Clock,
    ) -> None:
        self._database = database
        self._client = client
        self._settings = settings
        self._clock = clock
        self._posting: dict[asyncio.Task[Attempt], Job] = {}
        self._more = asyncio.Event()
        self.finishing = False
        """Set to start nothing new: `deliver_due` ends when what is on its way is recorded."""

    def wake(self) -> None:
        """Something new may be due: look, even while attempts are on their way."""
        self._more.set()

    async def deliver_due(self) -> int:
        """Attempt everything that is due until nothing is; returns how many attempts it made."""
        attempts = 0
        try:
            while True:
                self._more.clear()
                attempts += await self._start_due()
                if not self._posting:
                    return attempts
                await self._record_finished()
        finally:
            await self._let_go()

    async def _start_due(self) -> int:
        if self.finishing:
            return 0
        async with self._database.reading() as reader:
            if not await queue.anything_due(reader):
                return 0
        busy = Counter(job.authority for job in self._posting.values())

        async def claimed(uow: UnitOfWork) -> list[Job]:
            await forget_old(uow, self._settings)
            await hold_back(uow, self._settings)
            return await queue.claim(uow, busy, self._settings)

        jobs = await self._database.write(claimed)
        for job in jobs:
            posting = attempt(job, self._client, self._database.identities, self._clock.now())
            self._posting[asyncio.create_task(posting)] = job
        return len(jobs)

    async def _record_finished(self) -> None:
        woken = asyncio.create_task(self._more.wait())
        try:
            await asyncio.wait({*self._posting, woken}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            woken.cancel()
        if not any(task.done() for task in self._posting):
            return
        # A commit costs more than ten deliveries: those that end in a moment share one.
        await asyncio.sleep(self._settings.delivery_gather_seconds)
        finished = [task for task in self._posting if task.done()]
        attempts = [task.result() for task in finished]
        for task in finished:
            del self._posting[task]

        async def recorded(uow: UnitOfWork) -> tuple[str, ...]:
            back = await record(uow, attempts, self._settings)
            for authority in back:
                await request_catch_up(uow, authority)
            return back

        for authority in await self._database.write(recorded):
            log.info("peer-is-back", authority=authority)
        for each in attempts:
            if each.result in {Result.GONE, Result.DECLINED}:
                log.warning("delivery-refused", authority=each.job.authority, status=each.status)

    async def _let_go(self) -> None:
        """Stopped in the middle: what is on its way is abandoned, its lease brings it back."""
        for task in self._posting:
            task.cancel()
        await asyncio.gather(*self._posting, return_exceptions=True)
        self._posting.clear()
