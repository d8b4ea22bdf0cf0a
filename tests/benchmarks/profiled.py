"""`python -m tests.benchmarks.profiled` is `rochdale` under Python's own profiler.

When it ends it leaves what its first thread did in the node's folder; `shares` reads that.
"""

import cProfile
import pstats
import sys
from collections import defaultdict
from operator import itemgetter
from pathlib import Path
from typing import Any

MODULE = "tests.benchmarks.profiled"
_FILE = "profile.out"
_OURS = ("ui", "node", "federation", "protocol")
_LIBRARIES = ("aiohttp", "sqlalchemy", "aiosqlite", "asyncio", "json", "cryptography")
_WAITING = "'poll' of 'select.epoll'"


def shares(data: Path) -> dict[str, float]:
    """What part of the first thread's time went where, in per cent, the most first.

    What is written in C counts with whoever calls it. A profiler makes small functions look more
    expensive than they are: what it says is where to look.
    """
    spent: dict[str, float] = defaultdict(float)
    # By function what it took itself, and within whom; not in its types.
    stats: dict[Any, Any] = pstats.Stats(str(data / _FILE)).stats  # type: ignore[attr-defined]
    for (file, _line, name), (_calls, _all, own, _whole, callers) in stats.items():
        if _WAITING in name:
            continue
        if file != "~":
            spent[_room(file)] += own
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
    try:
        profile.runcall(main)
    finally:
        profile.dump_stats(data / _FILE)


if __name__ == "__main__":
    sys.modules["rich"] = None  # type: ignore[assignment]
    serve(Path(sys.argv[sys.argv.index("--data") + 1]))
