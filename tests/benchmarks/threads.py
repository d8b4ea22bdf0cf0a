"""What a process's threads do: how long each worked, and how long it waited for the processor.

Linux tells threads by number alone. The first is the loop's; SQLite's that read have stepped back
(`federation/storage/stepping_back.py`), the others write.
"""

import os
from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

LOOP, READING, WRITING = "the loop's thread", "threads that read", "threads that write"


class Spent(NamedTuple):
    """Seconds so far: on a processor, and ready for one while others had it."""

    worked: float = 0.0
    queued: float = 0.0


def by_kind(process: int) -> dict[str, Spent]:
    """Of a running process."""
    spent: dict[str, Spent] = defaultdict(Spent)
    for task in Path(f"/proc/{process}/task").iterdir():
        kind, so_far = _kind(process, task), spent[_kind(process, task)]
        worked, queued = _spent(task)
        spent[kind] = Spent(so_far.worked + worked, so_far.queued + queued)
    return spent


def _kind(process: int, task: Path) -> str:
    if int(task.name) == process:
        return LOOP
    rank = os.getpriority(os.PRIO_PROCESS, int(task.name))
    return READING if rank > os.getpriority(os.PRIO_PROCESS, process) else WRITING


def _spent(task: Path) -> Any:
    """By the scheduler's own count, in nanoseconds."""
    worked, queued, _slices = (task / "schedstat").read_text().split()
    return int(worked) / 1e9, int(queued) / 1e9
