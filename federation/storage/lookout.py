"""Whether it is worth asking the database for work again: an idle node should cost next to nothing.

Ten duties that each ask once a second kept a node of nobody's at 3 % of a core. So a duty asks when
somebody has written, in this process or beside it, and else only now and then, for what time alone
brings about.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path


class Lookout:
    """One duty's view of the database's file. Ask before each turn of the duty."""

    def __init__(self, log: Path | None, commits: Callable[[], int], longest: timedelta) -> None:
        """log: SQLite's write-ahead log, to which each commit of any process is appended; None
        where nothing tells of others' commits. commits: how many were made here, as the time of a
        file is too coarse for two in a row. longest: after this it is always worth it."""
        self._log = log
        self._commits = commits
        self._longest = longest.total_seconds()
        self._seen: tuple[int, ...] | None = None
        self._looked = -self._longest

    def is_worth_it(self) -> bool:
        """True when something was committed since this was last true, or that is long ago."""
        seen, now = self._trace(), asyncio.get_running_loop().time()
        if seen is not None and seen == self._seen and now - self._looked < self._longest:
            return False
        self._seen, self._looked = seen, now
        return True

    def _trace(self) -> tuple[int, ...] | None:
        if self._log is None:
            return None
        try:
            found = self._log.stat()
        except OSError:
            return None
        return self._commits(), found.st_mtime_ns, found.st_size
