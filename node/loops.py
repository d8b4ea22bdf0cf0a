"""Work in the background that is done again and again, until it is stopped."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from datetime import timedelta
from functools import wraps
from typing import Any

import structlog

from federation.errors import Contended, StorageUnavailable
from federation.storage import Database

log = structlog.get_logger()
Duty = Callable[[], Awaitable[None]]


async def one_after_the_other(works: Iterable[Callable[[], Awaitable[object]]]) -> None:
    """Do each, though one before it failed: then the first error of all is raised, and what else
    failed is logged. Raises StorageUnavailable at once where none of the others could be done."""
    errors: list[Exception] = []
    for work in works:
        try:
            await work()
        except Contended as error:
            errors.append(error)
        except StorageUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - raised below
            errors.append(error)
    for another in errors[1:]:
        log.error("failed-beside", exc_info=another)
    if errors:
        raise errors[0]


class Loops:
    """The duties of a node, and what nobody waits for. idle: as in the federation's settings."""

    def __init__(self, database: Database, idle: timedelta) -> None:
        self.database = database
        self._idle = idle
        self._loops: list[asyncio.Task[None]] = []
        self._asides: set[asyncio.Task[None]] = set()

    def begin(self, duties: Sequence[tuple[Duty, float]]) -> None:
        """Do each, again so many seconds after it was done."""
        self._loops = [asyncio.create_task(self._repeat(*duty)) for duty in duties]

    async def stop(self) -> None:
        """End all of it; what was taken in is committed first."""
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        self._loops.clear()
        for task in self._asides:
            task.cancel()
        await asyncio.gather(*self._asides, return_exceptions=True)

    def aside(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something that nobody waits for; it ends with the node."""
        task = asyncio.create_task(work)
        self._asides.add(task)
        task.add_done_callback(self._asides.discard)

    def leading(self, work: Duty, otherwise: Duty | None = None) -> Duty:
        """What one process of the node does, and what the others do instead."""

        @wraps(work)
        async def led() -> None:
            if await self.database.leads():
                await work()
            elif otherwise is not None:
                await otherwise()

        return led

    def if_news(self, work: Duty) -> Duty:
        lookout = self.database.lookout(self._idle)

        @wraps(work)
        async def looked() -> None:
            if lookout.is_worth_it():
                await work()

        return looked

    async def _repeat(self, work: Duty, seconds: float) -> None:
        while True:
            try:
                await work()
            except StorageUnavailable as error:
                log.warning("schedule-waits", code=error.code)
            except Exception:  # one failing duty must not end all the others
                log.exception("schedule-failed", work=work.__name__)
            await asyncio.sleep(seconds)
