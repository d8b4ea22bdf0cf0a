"""Threads that read give way to the rest of the process.

A search among a million listings is some milliseconds of SQLite's work. While it is at it, a
message that comes in would share its core. So the system is told that reading can wait: what else
the process does goes first, and reading takes what is left of the core.
"""

import os
import sys
import threading
from contextlib import suppress
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import await_

from federation.storage.statements import SharedDialect

# Of Linux's steps: a third of what a thread that did not step back gets beside it. On a core that
# is busy the p99 of messages halves, and a search takes half as long again. With ten a search takes
# 0.4 s there, and messages wait longer, too: for Python's lock, which it holds while it waits.
_STEPS = 5


def step_back(engine: AsyncEngine) -> None:
    """Let the thread of each connection of this engine go behind those of the process."""
    if sys.platform != "linux" or engine.sync_engine.driver != SharedDialect.driver:
        return  # elsewhere the whole process would step back; and at once there are no threads

    @event.listens_for(engine.sync_engine, "connect")
    def set_up(connection: Any, _record: Any) -> None:
        await_(connection.driver_connection._execute(_step_back))


def _step_back() -> None:
    mine = threading.get_native_id()
    with suppress(PermissionError):  # where it is forbidden, reading goes on as it is
        os.setpriority(os.PRIO_PROCESS, mine, os.getpriority(os.PRIO_PROCESS, mine) + _STEPS)
