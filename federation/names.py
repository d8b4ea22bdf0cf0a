"""How names become addresses: the system looks them up, in threads of their own.

Anybody can name a host whose name service never answers, and a lookup cannot be broken off: it
holds its thread for as long as the system waits, 20 seconds or more. So lookups take no thread that
anything else needs, the names of one site only a part of theirs, one that takes long makes room for
the next, and the end of the program waits for none.
"""

import asyncio
import socket
from contextlib import suppress
from threading import Thread
from typing import Any
from weakref import WeakValueDictionary

from aiohttp.abc import AbstractResolver, ResolveResult

from federation.inbox.limits import site_of
from federation.settings import LOOKUP_SECONDS, LOOKUPS, LOOKUPS_PER_SITE, LOOKUPS_SET_ASIDE

_Found = list[tuple[Any, ...]]
_Looking = asyncio.Future[_Found]


class SystemResolver(AbstractResolver):
    """What aiohttp asks. Close it when done."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(LOOKUPS)
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._under_way: set[_Looking] = set()
        self._set_aside: set[_Looking] = set()
        self._is_closed = False

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Every address of a host. Raises OSError."""
        turn = self._turns.setdefault(site_of(host), asyncio.Semaphore(LOOKUPS_PER_SITE))
        await turn.acquire()
        try:
            await self._places.acquire()
        except asyncio.CancelledError:
            turn.release()
            raise
        looking: _Looking = asyncio.get_running_loop().create_future()
        self._under_way.add(looking)

        def is_over(_looking: _Looking) -> None:
            looking.exception()  # nobody may be there any more to be told
            self._under_way.discard(looking)
            self._give_place_back(looking)
            self._set_aside.discard(looking)
            turn.release()

        looking.add_done_callback(is_over)
        self._begin(looking, host, port, family)
        looking.get_loop().call_later(LOOKUP_SECONDS, self._make_room, looking)
        # Whoever gives up leaves the site's place taken, until the system answers.
        return [_result(host, found) for found in await asyncio.shield(looking)]

    async def close(self) -> None:
        """Wait for no lookup that is under way: whoever waits for one is told OSError."""
        self._is_closed = True
        for looking in self._under_way:
            _end(looking, _no_more())

    def _make_room(self, looking: _Looking) -> None:
        """Let another name take the place of one that takes long, as often as threads allow."""
        if looking.done():
            return
        if len(self._set_aside) < LOOKUPS_SET_ASIDE:
            self._give_place_back(looking)
            self._set_aside.add(looking)
        else:
            looking.get_loop().call_later(LOOKUP_SECONDS, self._make_room, looking)

    def _give_place_back(self, looking: _Looking) -> None:
        if looking not in self._set_aside:
            self._places.release()

    def _begin(self, looking: _Looking, *asked: Any) -> None:
        if self._is_closed:
            return _end(looking, _no_more())
        # Those of an executor are waited for when the program ends.
        thread = Thread(target=_look_up, args=(looking, *asked), name="names", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # the system has no more
            _end(looking, OSError(str(error)))


def _look_up(looking: _Looking, host: str, port: int, family: socket.AddressFamily) -> None:
    ended: _Found | Exception = OSError(f"{host} could not be looked up.")
    try:
        ended = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, 0, socket.AI_ADDRCONFIG)
    except OSError as error:
        ended = error
    except ValueError as error:  # of a name that has an empty part, or one of 64 signs
        ended = OSError(str(error))
    finally:
        with suppress(RuntimeError):  # the loop may have ended before the lookup
            looking.get_loop().call_soon_threadsafe(_end, looking, ended)


def _end(looking: _Looking, ended: _Found | Exception) -> None:
    if looking.done():
        return
    if isinstance(ended, Exception):
        looking.set_exception(ended)
    else:
        looking.set_result(ended)


def _no_more() -> OSError:
    return OSError("No names are looked up any more.")


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
