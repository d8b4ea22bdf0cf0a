"""Works that are done at the same time, and none of which is left behind by the others."""

import asyncio
from collections.abc import Awaitable, Iterable
from typing import Any

import structlog

log = structlog.get_logger()


async def side_by_side(works: Iterable[Awaitable[Any]]) -> None:
    """Until each has ended, even where one fails: then the first error of all is raised, and what
    else failed is logged. Cancelled together with whoever waits."""
    ended = await asyncio.gather(*works, return_exceptions=True)
    errors = [one for one in ended if isinstance(one, BaseException)]
    for error in errors[1:]:
        log.error("failed-beside", exc_info=error)
    if errors:
        raise errors[0]
