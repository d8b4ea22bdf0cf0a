"""Steps of a story that are taken as one."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

S = TypeVar("S")


def both(*steps: Callable[[S], Awaitable[object]]) -> Callable[[S], Awaitable[object]]:
    """One after the other."""

    async def one_by_one(story: S) -> None:
        for step in steps:
            await step(story)

    return one_by_one
