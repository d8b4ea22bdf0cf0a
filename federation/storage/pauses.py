"""How far ahead a next try may lie, said at its column: what a wrong clock planned waits no longer.

A row keeps the moment of its next try, so that a restart loses none. If the clock was a year ahead
when that was written, the moment is a year away. No pause is longer than its column says: what
lies further ahead was planned by another clock, and is tried at once. So only what may as well
happen earlier is marked: no deadline is, since a clock that is behind for a while brings all of
them closer.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select, text, update

from federation.storage.base import metadata
from federation.storage.unit_of_work import UnitOfWork

SLACK = timedelta(minutes=5)
"""By so much clocks are set every day."""
_KEY = "planned"
_AT_ONCE = timedelta(0)


def planned(
    longest: timedelta, *, back_to: timedelta = _AT_ONCE, where: str = ""
) -> dict[str, Any]:
    """The `info` of a column that says when something is done next; or was done last, which is
    never ahead (`longest` zero). back_to: of a lease, since who holds it may be at work. where:
    which rows matter, in SQL, so that an index finds them."""
    return {_KEY: [(longest, back_to, where)]}


def planned_each(*plans: Mapping[str, Any]) -> dict[str, Any]:
    """The `info` of a column whose rows are not all planned alike; each as `planned` makes it."""
    return {_KEY: [each for plan in plans for each in plan[_KEY]]}


async def bring_back(uow: UnitOfWork) -> None:
    """Plan anew whatever lies further ahead than it can have been planned."""
    for column, (longest, back_to, where) in _planned():
        ahead = [column > uow.now + longest + SLACK, *([text(where)] if where else [])]
        if await uow.scalar(select(column).where(*ahead).limit(1)) is not None:
            later = {column.name: uow.now + back_to}
            await uow.execute(update(column.table).where(*ahead).values(later))
            uow.wake_workers()


def _planned() -> list[tuple[Any, tuple[timedelta, timedelta, str]]]:
    return [
        (column, plan)
        for table in metadata.sorted_tables
        for column in table.columns
        for plan in column.info.get(_KEY, ())
    ]
