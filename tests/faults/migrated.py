"""`python -m tests.faults.migrated`: a program that dies while it brings a database up to date.

Each line that comes in is a number and the URL of a database. A child brings it up to date, and is
killed, as by `kill -9`, when it comes to that statement or commit.
"""

import asyncio
import os
import sys

from sqlalchemy import event
from sqlalchemy.engine import Engine

import node.migrations.running
import node.tables  # noqa: F401 - both loaded once, not by each child
from node.migrations import migrate
from tests.faults.killed import Point


def bring_up_to_date(last: int, url: str) -> None:
    point = Point(last)
    for moment in ("before_cursor_execute", "after_cursor_execute", "commit"):
        event.listen(Engine, moment, point.come)
    asyncio.run(migrate(url))


def main() -> None:
    for line in sys.stdin:
        number, url = line.split()
        child = os.fork()
        if child == 0:
            bring_up_to_date(int(number), url)
            os._exit(0)
        _pid, status = os.waitpid(child, 0)
        sys.stdout.write("killed\n" if os.WIFSIGNALED(status) else f"ended {status}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
