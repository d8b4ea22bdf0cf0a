"""Bringing what is due to the peers: claim, POST, record, over and over.

Nothing waits for the slowest: finished attempts are written down in one go while others are still
on their way, and their places are given to what is due next. A peer that hangs costs its own few
places and nobody else's.

What comes back may end the whole process. So what is on its way is noted (`under_way`), and what
was on its way when processes ended may be sent alone (`doubts`): one at a time, with nothing else
on its way. Since each may hang, all others have a turn between two of them. None is claimed before
its own turn: by then its peer may be blocked, or its fate be another.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple
from weakref import WeakValueDictionary

import structlog

from federation.ambient import Clock
from federation.delivery import queue
from federation.delivery.attempt import Attempt, Result, attempt
from federation.delivery.doubts import Fate, doubted, fate, itself, marks
from federation.delivery.pen import Pen
from federation.delivery.queue import Due, Job
from federation.delivery.record import record
from federation.delivery.standing import hold_back, leave_to_people
from federation.errors import StorageUnavailable
from federation.hosts import forget_old
from federation.http_client import GuardedClient
from federation.settings import FederationSettings
from federation.storage import Database, UnitOfWork
from federation.sync import request_catch_up
from federation.under_way import UnderWay

log = structlog.get_logger()

_NOT_BELIEVED = 401


class _Claim(NamedTuple):
    """left: to people; waits: something has to be sent alone, and is not yet."""

    jobs: list[Job]
    left: list[Due]
    is_alone: bool
    waits: bool


class DeliveryWorker:
    """Delivers for one process; several may run on one PostgreSQL."""

    def __init__(
        self,
        database: Database,
        client: GuardedClient,
        settings: FederationSettings,
        clock: Clock,
        under_way: UnderWay,
    ) -> None:
        self._database = database
        self._client = client
        self._settings = settings
        self._clock = clock
        self._under_way = under_way
        self._posting: dict[asyncio.Task[Attempt], Job] = {}
        self._is_alone = False
        """What is on its way may end us."""
        self._waits = False
        """Others have been claimed since one was sent alone: nothing more until the next one is."""
        self._places = asyncio.Semaphore(settings.deliveries_in_flight)
        self._pen = Pen()
        self._lanes = WeakValueDictionary[str, asyncio.Semaphore]()
        self._more = asyncio.Event()
        self.finishing = False
        """Set to start nothing new: `deliver_due` ends when what is on its way is recorded."""

        self.is_doubted = False
        """A peer did not believe our keys: somebody else may be this coop by now."""

    def wake(self) -> None:
        """Something new may be due: look, even while attempts are on their way."""
        self._more.set()

    async def deliver_due(self) -> int:
        """Attempt everything that is due until nothing is; returns how many attempts it made."""
        attempts = 0
        try:
            while True:
                self._more.clear()
                attempts += await self._turn(self._take_finished())
                if not self._posting:
                    return attempts
                await self._until_some_finished()
        finally:
            await self._let_go()

    async def _turn(self, finished: Sequence[Attempt]) -> int:
        """Write down what came of attempts and claim what is due, in one commit: a commit costs
        more than ten deliveries. How many were claimed."""
        if not finished and (self._is_held() or not await self._has_work()):
            return 0
        ends = self._under_way.counts()
        over = {mark for each in finished for mark in marks(each.job)} & ends.keys()
        still = {mark: number for mark, number in ends.items() if mark not in over}

        async def turned(uow: UnitOfWork) -> tuple[tuple[str, ...], _Claim | None]:
            back = await self._recorded(uow, finished) if finished else ()
            return back, None if self._is_held() else await self._claimed(uow, still)

        try:
            back, claim = await self._database.write(turned)
        except StorageUnavailable:
            raise
        except Exception:
            if not finished:
                raise
            log.exception("deliveries-recorded-one-by-one", size=len(finished))
            back, claim = await self._recorded_each(finished), None
        _log(finished, back)
        if finished:
            self._under_way.cross_out()
        for mark in over:  # what ended no process this time counts anew
            self._under_way.forget(mark)
        return self._begin(claim) if claim else 0

    def _is_held(self) -> bool:
        return self.finishing or self._is_alone or (self._waits and bool(self._posting))

    def _begin(self, claim: _Claim) -> int:
        for job in claim.jobs:
            self._posting[asyncio.create_task(self._attempt(job))] = job
        for each in claim.left:
            self._under_way.forget(itself(each))
        self._is_alone, self._waits = claim.is_alone, claim.waits
        return len(claim.jobs)

    async def _attempt(self, job: Job) -> Attempt:
        lane = self._lanes.get(job.authority) or asyncio.Semaphore(self._settings.delivery_per_host)
        self._lanes[job.authority] = lane
        async with lane, self._places:  # who waits for a peer takes no place from the others
            with self._under_way.noting(marks(job)):
                return await attempt(job, self._client, self._pen, self._clock.now())

    async def _has_work(self) -> bool:
        async with self._database.reading() as reader:
            return await queue.anything_due(reader)

    async def _recorded(self, uow: UnitOfWork, finished: Sequence[Attempt]) -> tuple[str, ...]:
        back = await record(uow, finished, self._settings)
        for authority in back:
            await request_catch_up(uow, authority)
        if any(
            each.result is Result.DECLINED and each.status == _NOT_BELIEVED for each in finished
        ):
            self.is_doubted = True
        return back

    async def _recorded_each(self, finished: Sequence[Attempt]) -> tuple[str, ...]:
        """One by one, after all at once failed on one's account. Of that one only what came of it
        is written down, without what the peer said beside: it would be sent again for ever."""
        back: list[str] = []
        for each in finished:
            bare = Attempt(each.job, each.result, each.status)
            try:
                back += await self._database.write(partial(self._recorded, finished=[each]))
            except StorageUnavailable:
                raise
            except Exception:
                log.exception("delivery-record-failed", authority=each.job.authority)
                back += await self._database.write(partial(self._recorded, finished=[bare]))
        return tuple(back)

    async def _claimed(self, uow: UnitOfWork, ends: Mapping[bytes, int]) -> _Claim:
        if not await queue.anything_due(uow):
            return _Claim([], [], is_alone=False, waits=False)
        await forget_old(uow, self._settings)
        await hold_back(uow, self._settings)
        busy = Counter(job.authority for job in self._posting.values())
        due = await self._due(uow, busy, ends)
        if left := due[Fate.LEFT]:
            await leave_to_people(uow, left)
        others, suspects = due[Fate.SENT], due[Fate.SENT_ALONE]
        # The most harmless first.
        alone = sorted(suspects, key=lambda each: ends.get(itself(each), 0))[:1]
        first, second = (alone, others) if self._waits else (others, alone)
        jobs = await queue.claim(uow, first, busy, self._settings)
        if not jobs and not busy:
            jobs = await queue.claim(uow, second, busy, self._settings)
        is_alone = any(job.seq == each.seq for job in jobs for each in alone)
        return _Claim(jobs, left, is_alone, waits=bool(suspects) and not is_alone)

    async def _due(
        self, uow: UnitOfWork, busy: Mapping[str, int], ends: Mapping[bytes, int]
    ) -> Mapping[Fate, list[Due]]:
        """Whoever is doubted takes no place from the others."""
        apart = doubted(await queue.peers_due(uow), ends) if ends else set[str]()
        due = defaultdict[Fate, list[Due]](list)
        for each in (
            *await queue.due_to(uow, apart, self._settings),
            *await queue.due(uow, busy, self._settings, apart),
        ):
            due[fate(each, ends)].append(each)
        return due

    async def _until_some_finished(self) -> None:
        """Wait for an attempt to end, or for news; then for those that end with it."""
        woken = asyncio.create_task(self._more.wait())
        try:
            await asyncio.wait({*self._posting, woken}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            woken.cancel()
        await asyncio.wait(self._posting, timeout=self._settings.delivery_gather_seconds)

    def _take_finished(self) -> list[Attempt]:
        finished = [task for task in self._posting if task.done()]
        for task in finished:
            del self._posting[task]
        self._is_alone = self._is_alone and bool(self._posting)
        return [task.result() for task in finished]

    async def _let_go(self) -> None:
        """Stopped in the middle: what is on its way is abandoned, its lease brings it back."""
        for task in self._posting:
            task.cancel()
        await asyncio.gather(*self._posting, return_exceptions=True)
        self._posting.clear()
        self._is_alone = self._waits = False
        self._under_way.cross_out()


def _log(finished: Sequence[Attempt], back: Sequence[str]) -> None:
    for authority in back:
        log.info("peer-is-back", authority=authority)
    for each in finished:
        if each.result in {Result.GONE, Result.DECLINED}:
            log.warning("delivery-refused", authority=each.job.authority, status=each.status)
