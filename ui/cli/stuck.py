"""A process that stands still ends by itself, so that whoever supervises it starts it again.

Where the system has no memory for the first step of a new thread, CPython waits for that thread for
ever, and the loop with it. So the kernel's own timer rings, unless the loop goes on putting it off:
that takes no memory, no thread and no Python. Where the loop has no memory for the next step of a
task, that task alone waits for ever, maybe with the only way into the database: it ends at once.
Where all ways to write or to read were never given back, it ends when somebody has waited in vain.

What each thread was doing goes to stderr, and the process ends with status 14, the number of
SIGALRM. It works as it does after `kill -9`.
"""

import asyncio
import ctypes
import faulthandler
from asyncio import AbstractEventLoop
from signal import ITIMER_REAL, SIGALRM, raise_signal, setitimer
from typing import Any

from federation.errors import ConnectionsLost

# Put off so many times within the limit: a slow computer is not taken for one that stands still.
_TIMES = 12


def end_if_stuck(seconds: int) -> None:
    """The loop that runs may stand still for so long, and its end may take so long; 0: for ever,
    as a debugger wants it."""
    if not seconds:
        return
    system = ctypes.CDLL(None)
    # The signal by itself would not do: the kernel spares the first process of a container.
    system.signal(SIGALRM, system._exit)
    faulthandler.register(SIGALRM, chain=True)
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_end_if_a_step_was_lost)
    _put_off(loop, seconds)


def _put_off(loop: AbstractEventLoop, seconds: int) -> None:
    setitimer(ITIMER_REAL, seconds)
    loop.call_later(seconds / _TIMES, _put_off, loop, seconds)


def _end_if_a_step_was_lost(loop: AbstractEventLoop, context: dict[str, Any]) -> None:
    error = context.get("exception")
    is_a_step = "handle" in context and isinstance(error, MemoryError)
    if is_a_step or isinstance(error, ConnectionsLost):
        raise_signal(SIGALRM)
    loop.default_exception_handler(context)
