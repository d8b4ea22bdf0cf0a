"""So many at once, and of these so many of one site: who is slow holds up its own, no others."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from federation.inbox.limits import site_of
from protocol.iri import authority_of


class Turns:
    """Whoever asks for more than there is room for waits."""

    def __init__(self, *, at_once: int, per_site: int) -> None:
        self._per_site = per_site
        self._places = asyncio.Semaphore(at_once)
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def at(self, url: str) -> AsyncGenerator[None]:
        """While something is asked for there. Raises MalformedDocument for what is no address."""
        site = site_of(authority_of(url))
        turn = self._turns.setdefault(site, asyncio.Semaphore(self._per_site))
        async with turn, self._places:  # who waits for a site takes no place from the others
            yield
