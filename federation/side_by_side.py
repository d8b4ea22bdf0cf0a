"""Works that are done at the same time, and none of which is left behind by the others."""

import asyncio
from collections.abc import Awaitable, Iterable
from typing import Any


async def side_by_side(works: Iterable[Awaitable[Any]]) -> None:
    """Until each has ended, even where one fails: then the first error of all is raised. Cancelled
    together with whoever waits."""
    for ended in await asyncio.gather(*works, return_exceptions=True):
        if isinstance(ended, BaseException):
            raise ended
