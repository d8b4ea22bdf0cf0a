"""`python -m tests.faults.migrated`: a program that dies while it brings a database up to date.

Each line that comes in is a number and the URL of a database. A child brings it up to date, and is
killed, as by `kill -9`, when it comes to that statement or commit.
"""

import asyncio

import node.migrations.running
import node.tables  # noqa: F401 - both loaded once, not by each child
from node.migrations import migrate
from tests.faults.killed import Point
from tests.faults.lives import obey


def bring_up_to_date(line: str) -> None:
    last, url = line.split()
    Point(int(last)).watch()
    asyncio.run(migrate(url))


if __name__ == "__main__":
    obey(bring_up_to_date)
