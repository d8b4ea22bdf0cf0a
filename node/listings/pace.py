"""Long lists walked through without holding up everybody else on the event loop."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import TypeVar

T = TypeVar("T")

AT_A_STRETCH = 20
"""Items of some 0.5 ms each (signing, rendering, cutting into words): 10 ms."""


async def paced(items: Iterable[T]) -> AsyncIterator[T]:
    """The items, with a breath for others after every few."""
    for number, item in enumerate(items, 1):
        yield item
        if number % AT_A_STRETCH == 0:
            await asyncio.sleep(0)
