"""How names become addresses: the system looks them up, in threads of their own.

Anybody can name a host whose name service never answers, and a lookup cannot be broken off: it
holds its thread for as long as the system waits, 20 seconds or more. So lookups take no thread that
anything else needs, and the names of one site only a part of theirs.
"""

import asyncio
import socket
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any
from weakref import WeakValueDictionary

from aiohttp.abc import AbstractResolver, ResolveResult

from federation.inbox.limits import site_of
from federation.settings import LOOKUPS, LOOKUPS_PER_SITE

_Found = list[tuple[Any, ...]]


class SystemResolver(AbstractResolver):
    """What aiohttp asks. Close it when done."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(LOOKUPS, thread_name_prefix="names")
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Every address of a host. Raises OSError."""
        turn = self._turns.setdefault(site_of(host), asyncio.Semaphore(LOOKUPS_PER_SITE))
        await turn.acquire()
        try:
            looking: Future[_Found] = self._threads.submit(
                socket.getaddrinfo, host, port, family, socket.SOCK_STREAM, 0, socket.AI_ADDRCONFIG
            )
        except RuntimeError as error:  # it was closed while this waited
            turn.release()
            raise OSError("No names are looked up any more.") from error
        loop = asyncio.get_running_loop()

        def is_over(_looking: Future[_Found]) -> None:
            with suppress(RuntimeError):  # the loop may have ended before the lookup
                loop.call_soon_threadsafe(turn.release)

        looking.add_done_callback(is_over)
        return [_result(host, found) for found in await asyncio.wrap_future(looking)]

    async def close(self) -> None:
        """Wait for no lookup that is under way."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _result(host: str, found: tuple[Any, ...]) -> ResolveResult:
    family, _kind, protocol, _name, (address, port, *_) = found
    return ResolveResult(
        hostname=host,
        host=str(address),
        port=int(port),
        family=family,
        proto=protocol,
        flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
    )
