"""`python -m tests.benchmarks.profiled` is `rochdale`, with Python's own profiler at hand.

What its first thread does is noted while somebody is `profiling`.
"""

import cProfile
import os
import pstats
import signal
import sys
from collections import defaultdict
from collections.abc import Generator
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from typing import Any

from tests.benchmarks.processes import wait_until

MODULE = "tests.benchmarks.profiled"
_FILE = "profile.out"
_OURS = ("ui", "node", "federation", "protocol")
_LIBRARIES = ("aiohttp", "sqlalchemy", "aiosqlite", "asyncio", "json", "cryptography")
_WAITING = "'poll' of 'select.epoll'"


@contextmanager
def profiling(process: int, data: Path) -> Generator[dict[str, float]]:
    """What part of the first thread's time goes where within the block, in per cent, the most
    first: told once the block is over. data: the node's folder.

    What is written in C counts with whoever calls it. A profiler makes small functions look more
    expensive than they are: what it says is where to look.
    """
    shares: dict[str, float] = {}
    file = data / _FILE
    file.unlink(missing_ok=True)
    os.kill(process, signal.SIGUSR1)
    yield shares
    os.kill(process, signal.SIGUSR2)
    wait_until(file.exists, "the profile is written down")
    shares |= _shares(file)


def _shares(file: Path) -> dict[str, float]:
    spent: dict[str, float] = defaultdict(float)
    # By function what it took itself, and within whom; not in its types.
    stats: dict[Any, Any] = pstats.Stats(str(file)).stats  # type: ignore[attr-defined]
    for (where, _line, name), (_calls, _all, own, _whole, callers) in stats.items():
        if _WAITING in name:
            continue
        if where != "~":
            spent[_room(where)] += own
            continue
        for caller, (_n, _m, within, _w) in callers.items():
            spent[_room(caller[0])] += within
    total = sum(spent.values())
    most_first = sorted(spent.items(), key=itemgetter(1), reverse=True)
    return {room: round(seconds * 100 / total, 1) for room, seconds in most_first}


def _room(file: str) -> str:
    parts = Path(file).parts
    known = [name for name in (*_OURS, *_LIBRARIES) if name in parts]
    return known[-1] if known else "the rest of Python"


def serve(data: Path) -> None:
    from ui.cli import main

    profile = cProfile.Profile()

    def begin(_signal: int, _frame: object) -> None:
        profile.clear()
        profile.enable()

    def end(_signal: int, _frame: object) -> None:
        whole = (data / _FILE).with_suffix(".whole")
        profile.dump_stats(whole)
        whole.rename(data / _FILE)

    signal.signal(signal.SIGUSR1, begin)
    signal.signal(signal.SIGUSR2, end)
    main()


if __name__ == "__main__":
    sys.modules["rich"] = None  # type: ignore[assignment]
    serve(Path(sys.argv[sys.argv.index("--data") + 1]))
