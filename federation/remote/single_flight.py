"""Many ask for the same thing at once; it is fetched once."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """Whoever asks for a name that is under way waits for the same answer or error."""

    def __init__(self) -> None:
        self._under_way: dict[str, asyncio.Task[T]] = {}

    async def run(self, name: str, work: Callable[[], Awaitable[T]]) -> T:
        """The result of `work`, begun by the first who asks and shared by all who ask meanwhile.

        An asker who is cancelled does not take the answer away from the others.
        """
        task = self._under_way.get(name)
        if task is None:
            task = asyncio.ensure_future(_awaited(work))
            self._under_way[name] = task
            task.add_done_callback(lambda done: self._land(name, done))
        return await asyncio.shield(task)

    def _land(self, name: str, task: asyncio.Task[T]) -> None:
        del self._under_way[name]
        if not task.cancelled():
            task.exception()  # seen, even when every asker has been cancelled


async def _awaited(work: Callable[[], Awaitable[T]]) -> T:
    return await work()
