"""A node on a socket, until somebody says stop."""

import asyncio
import ctypes
import gc
import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from socket import AF_INET, AF_INET6, create_server, socket

from aiohttp import web

from node.errors import Conflict
from node.i18n import _
from node.runtime import Node
from ui.web.connections import HEAD_SECONDS

# How long requests under way may take once the node is told to stop.
STOP_SECONDS = 10
# Between two requests: longer than Caddy keeps connections (2 minutes), or it meets closed ones.
IDLE_SECONDS = 150.0
# Looked for after so many new objects, not 700: one message alone makes some hundreds.
_GARBAGE = (10_000, 20, 50)
GIVEN_BACK_EVERY = 10
"""Seconds. It takes half a millisecond at most, on a thread of its own."""
_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)


async def listen(
    node: Node, host: str, port: int, *, head_seconds: float = HEAD_SECONDS
) -> web.AppRunner:
    """Put the node's pages and API on a socket. Raises Conflict if the port is taken.

    head_seconds: how long a connection may take to bring the head of a request.
    """
    runner = await _set_up(node, head_seconds)
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        await runner.cleanup()
        raise _cannot_listen(host, port, error) from None
    return runner


async def listen_on(node: Node, listener: socket) -> web.AppRunner:
    """The same on a socket that listens already, and on which other processes may listen too."""
    runner = await _set_up(node, HEAD_SECONDS)
    await web.SockSite(runner, listener).start()
    return runner


@contextmanager
def listening(host: str, port: int) -> Generator[socket]:
    """A socket for several processes. Raises Conflict if the port is taken."""
    try:
        listener = create_server((host, port), family=AF_INET6 if ":" in host else AF_INET)
    except OSError as error:
        raise _cannot_listen(host, port, error) from None
    with listener:
        yield listener


async def _set_up(node: Node, head_seconds: float) -> web.AppRunner:
    from ui.web.app import runner_of  # half of what a command would load, and no other needs it

    runner = runner_of(
        node,
        head_seconds=head_seconds,
        shutdown_timeout=STOP_SECONDS,
        keepalive_timeout=IDLE_SECONDS,
    )
    await runner.setup()
    return runner


def _cannot_listen(host: str, port: int, error: OSError) -> Conflict:
    return Conflict(
        _(
            "Cannot listen on %(host)s:%(port)s: %(why)s. Is the node running already?",
            host=host,
            port=port,
            why=error.strerror,
        )
    )


async def until_told_to_stop() -> None:
    """Wait for Ctrl-C or the service manager's SIGTERM."""
    # All that there is by now stays: looking through it for garbage stops a node for 0.2 s.
    gc.freeze()
    gc.set_threshold(*_GARBAGE)
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, _set(stop))
    giving = asyncio.create_task(_give_back_again_and_again())
    try:
        await stop.wait()
    finally:
        giving.cancel()


async def _give_back_again_and_again() -> None:
    while True:
        await asyncio.sleep(GIVEN_BACK_EVERY)
        # Where there is no thread or no memory to do it with, the next time will do.
        with suppress(RuntimeError, MemoryError, OSError):
            await asyncio.to_thread(give_back)


def give_back() -> None:
    """Let the system have the memory that work has left free: glibc keeps it."""
    if _trim is not None:
        _trim(0)


def _set(event: asyncio.Event) -> Callable[[], None]:
    return event.set


def bound_port(runner: web.AppRunner) -> int:
    address = runner.addresses[0]
    return int(address[1])
