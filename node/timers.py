"""Deadlines as rows: what is to happen at a moment, and still happens after a restart.

A slice registers one function per kind of deadline and sets timers for its subjects in the unit of
work of the change that starts the clock:

    @timers.on("agreement-expires")
    async def let_expire(uow, subjects): ...

    await set_timer(uow, "agreement-expires", agreement.id, due_at)

When its moment is over, a timer is taken away and its subjects are handed over, many at once, in
one unit of work: what the function does and that the timer is gone are committed together. It must
look again whether the deadline still means anything. A subject at which the function fails waits,
longer each time, and holds up no other; nor does one with which other changes are always quicker.
What comes round again says how far ahead that is at most
(`longest`): whatever a wrong clock set further away comes then.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import ColumnElement, String, and_, delete, insert, select, tuple_, update
from sqlalchemy.orm import Mapped, mapped_column

from federation.errors import Contended
from federation.storage import Base, Database, Reader, UnitOfWork, is_storage_failure
from federation.storage.base import table_of
from federation.storage.pauses import SLACK

log = structlog.get_logger()

AT_ONCE = 200
_FIRST_WAIT = timedelta(minutes=5)
_LONGEST_WAIT = timedelta(days=1)

Duty = Callable[[UnitOfWork, Sequence[str]], Awaitable[None]]
Deadline = tuple[str, str]
"""Its kind and its subject."""


class Timer(Base):
    """One deadline; at most one of a kind for a subject."""

    __tablename__ = "timer"

    kind: Mapped[str] = mapped_column(String(60), primary_key=True)
    subject: Mapped[str] = mapped_column(String(60), primary_key=True)
    """A public id."""
    due_at: Mapped[datetime] = mapped_column(index=True)
    failures: Mapped[int]


class TimerTable:
    """Which function keeps which kind of deadline; filled at start, never changed afterwards."""

    def __init__(self) -> None:
        self._duties: dict[str, Duty] = {}
        self._longest: dict[str, timedelta] = {}

    def on(self, kind: str, *, longest: timedelta | None = None) -> Callable[[Duty], Duty]:
        """Decorate a coroutine (uow, subjects), called when deadlines of the kind are over.
        longest: of those that may as well be over earlier, how far ahead one can be set."""

        def register(duty: Duty) -> Duty:
            if kind in self._duties:
                raise ValueError(f"The deadline {kind} is registered twice.")
            self._duties[kind] = duty
            if longest is not None:
                self._longest[kind] = longest
            return duty

        return register

    async def bring_back(self, uow: UnitOfWork) -> None:
        """Set anew what lies further ahead than it can have been set, but by a wrong clock."""
        for kind, longest in self._longest.items():
            await _bring_closer(uow, longest, _t.kind == kind)
        await _bring_closer(uow, _LONGEST_WAIT, _t.failures > 0)

    async def keep_due(self, database: Database, kinds: Collection[str] | None = None) -> None:
        """Keep all deadlines that are over, many in one change. Where other changes are always
        quicker, fewer; one alone with which they still are waits for the next time. Raises
        Contended for these in the end."""
        late, most = dict[Deadline, Contended](), AT_ONCE
        while True:
            run = partial(self.run_due, kinds=kinds, but=tuple(late), most=most)
            try:
                if not await database.write(run):
                    break
            except Contended as error:
                async with database.reading() as reader:
                    lost = await self._due(reader, kinds, tuple(late), most)
                most = len(lost) // 10 or 1
                if len(lost) == 1:
                    late[lost[0]], most = error, AT_ONCE
        if late:
            raise next(iter(late.values()))

    async def run_due(
        self,
        uow: UnitOfWork,
        kinds: Collection[str] | None = None,
        *,
        but: Collection[Deadline] = (),
        most: int = AT_ONCE,
    ) -> int:
        """Keep the deadlines that are over, oldest first; returns how many were taken up. kinds:
        of these alone; but: without these."""
        by_kind: dict[str, list[str]] = {}
        for kind, subject in await self._due(uow, kinds, but, most):
            by_kind.setdefault(kind, []).append(subject)
        for kind, subjects in by_kind.items():
            if await self._keep(uow, kind, subjects):
                continue
            for subject in subjects:
                if not await self._keep(uow, kind, [subject]):
                    await _put_off(uow, kind, subject)
        return sum(map(len, by_kind.values()))

    async def _due(
        self, reader: Reader, kinds: Collection[str] | None, but: Collection[Deadline], most: int
    ) -> list[Deadline]:
        kept = self._duties if kinds is None else kinds
        over = (
            select(_t.kind, _t.subject)
            .where(_t.due_at <= reader.now, _t.kind.in_(kept))
            .where(tuple_(_t.kind, _t.subject).not_in(but))
            .order_by(_t.due_at, _t.kind, _t.subject)
            .limit(most)
        )
        return [(row.kind, row.subject) for row in await reader.rows(over)]

    async def _keep(self, uow: UnitOfWork, kind: str, subjects: list[str]) -> bool:
        try:
            async with uow.savepoint():
                await cancel(uow, kind, subjects)  # first, so that the duty may set it anew
                await self._duties[kind](uow, subjects)
        except Exception as error:
            if is_storage_failure(error):
                raise
            log.exception("timer-failed", kind=kind, subjects=len(subjects))
            return False
        return True


# The node's one table; `node.chores` runs what is due.
timers = TimerTable()
on = timers.on
run_due = timers.run_due
keep_due = timers.keep_due
bring_back = timers.bring_back

_table = table_of(Timer)
_t = _table.c


async def set_timer(uow: UnitOfWork, kind: str, subject: str, due_at: datetime) -> None:
    """Set a deadline, or move it to another moment."""
    await set_timers(uow, kind, {subject: due_at})


async def set_timers(uow: UnitOfWork, kind: str, due: dict[str, datetime]) -> None:
    """`set_timer` for many subjects."""
    if not due:
        return
    await cancel(uow, kind, due)
    rows = [
        {"kind": kind, "subject": subject, "due_at": due_at, "failures": 0}
        for subject, due_at in due.items()
    ]
    await uow.execute(insert(_table), rows)


async def cancel(uow: UnitOfWork, kind: str, subjects: Collection[str]) -> None:
    """Take deadlines away; those that are not set are passed over."""
    await uow.execute(delete(_table).where(_t.kind == kind, _t.subject.in_(subjects)))


async def due_at(reader: Reader, kind: str, subject: str) -> datetime | None:
    """When a deadline is over; None if it is not set."""
    return await reader.scalar(select(_t.due_at).where(_t.kind == kind, _t.subject == subject))


async def _bring_closer(uow: UnitOfWork, longest: timedelta, which: ColumnElement[bool]) -> None:
    latest = uow.now + longest
    ahead = which & (_t.due_at > latest + SLACK)
    await uow.execute(update(_table).where(ahead).values(due_at=latest))


async def _put_off(uow: UnitOfWork, kind: str, subject: str) -> None:
    this = and_(_t.kind == kind, _t.subject == subject)
    failures = await uow.scalar(select(_t.failures).where(this)) or 0
    wait = min(_FIRST_WAIT * 2**failures, _LONGEST_WAIT)
    later = {"due_at": uow.now + wait, "failures": failures + 1}
    await uow.execute(update(_table).where(this).values(later))
