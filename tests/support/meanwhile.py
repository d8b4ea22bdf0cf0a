"""What somebody else does between what is read and what is written then."""

from collections.abc import Awaitable, Callable
from typing import Any

from federation.storage import Database


class Meanwhile:
    """A database, or a node, where something happens once before the first writing."""

    def __init__(self, database: Database, work: Callable[[], Awaitable[Any]]) -> None:
        self.reading = database.reading
        self._database = database
        self._work: Callable[[], Awaitable[Any]] | None = work

    async def write(self, work: Callable[..., Awaitable[Any]]) -> Any:
        meanwhile, self._work = self._work, None
        if meanwhile is not None:
            await meanwhile()
        return await self._database.write(work)
