"""So many at once, and of these so many of one site: who is slow holds up its own, no others."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from weakref import WeakValueDictionary

from federation.errors import Unreachable
from federation.inbox.limits import site_of
from protocol.iri import authority_of


class NoTurn(Unreachable):
    """Nobody was asked: too many wait already."""

    default_code = "asked-much"


class Turns:
    """Whoever asks for more than there is room for waits.

    patience: for so many seconds at most. Without, those who wait must be few by themselves: what
    strangers ask for may come faster than it is answered, and nothing would end that queue.
    """

    def __init__(self, *, at_once: int, per_site: int, patience: float | None = None) -> None:
        self._per_site = per_site
        self._patience = patience
        self._places = asyncio.Semaphore(at_once)
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def at(self, url: str) -> AsyncGenerator[None]:
        """While something is asked for there. Raises MalformedDocument for what is no address,
        NoTurn."""
        site = site_of(authority_of(url))
        turn = self._turns.setdefault(site, asyncio.Semaphore(self._per_site))
        async with AsyncExitStack() as taken:
            try:
                async with asyncio.timeout(self._patience):
                    await taken.enter_async_context(turn)
                    # Who waits for a site takes no place from the others.
                    await taken.enter_async_context(self._places)
            except TimeoutError:
                raise NoTurn(f"Much is asked of {site} just now; try again later.") from None
            yield
