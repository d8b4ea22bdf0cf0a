"""Modules take seconds to load on a small computer; whoever breaks off meanwhile sees no trace."""

import gc
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread


@contextmanager
def loading() -> Iterator[None]:
    """Nothing of it is garbage, and looking for some takes a third of the time that it takes."""
    gc.disable()
    try:
        with _ended_silently():
            yield
    finally:
        gc.freeze()
        gc.enable()


@contextmanager
def _ended_silently() -> Iterator[None]:
    """Ctrl-C ends the process at once, where Python would tell at which line it was."""
    is_pythons = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if not is_pythons or current_thread() is not main_thread():
        yield
        return
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
