"""Noting what is wrong now: told when it begins, again while it lasts, and when it is over."""

from collections.abc import Mapping
from datetime import timedelta

from msgspec import Struct, field
from sqlalchemy import ColumnElement, delete, insert, select, update

from federation.storage import Reader, UnitOfWork
from federation.storage.base import table_of
from node import notices
from node.accounts import Duty
from node.alerts import models
from node.alerts.events import AlertChanged
from node.alerts.table import Watch
from node.events import events
from node.notices import NoticeKind

Told = Mapping[str, Mapping[str, str]]
"""By subject, with what its sentence names."""
Standing = Mapping[str, Mapping[str, str] | None]
"""What is wrong now, likewise; nothing if all is well. None: of this one it could not be found out,
and what was told stands."""

_table = table_of(models.Alert)
_a = _table.c


class Changes(Struct, frozen=True):
    """What is to be told of one alert, by subject."""

    begun: Told = field(default_factory=dict)
    again: Told = field(default_factory=dict)
    over: Told = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.begun or self.again or self.over)


async def changes(reader: Reader, watch: Watch, standing: Standing, repeat: timedelta) -> Changes:
    """What of this was not told yet, or so long ago that it is told anew, or by another sentence.
    Changes nothing."""
    rows = await reader.rows(select(_table).where(_a.name == watch.alert))
    known = {row.subject: row for row in rows}
    wrong = {subject: values for subject, values in standing.items() if values is not None}
    return Changes(
        {subject: values for subject, values in wrong.items() if subject not in known},
        {
            subject: values
            for subject, values in wrong.items()
            if subject in known
            and (
                known[subject].values.keys() != values.keys()
                or (watch.is_told_again and reader.now - known[subject].told_at >= repeat)
            )
        },
        {subject: row.values for subject, row in known.items() if subject not in standing},
    )


async def settle(uow: UnitOfWork, watch: Watch, standing: Standing, repeat: timedelta) -> None:
    """Write down what is wrong now, and tell whoever looks after the node what changed."""
    found = await changes(uow, watch, standing, repeat)
    for subject, values in found.begun.items():
        row = {"name": watch.alert.value, "subject": subject, "values": dict(values)}
        await uow.execute(insert(_table).values(row | {"began_at": uow.now, "told_at": uow.now}))
        await _tell(uow, watch, subject, values)
        await events.announce(uow, AlertChanged(watch.alert, subject, is_over=False))
    for subject, values in found.again.items():
        told = {"values": dict(values), "told_at": uow.now}
        await uow.execute(update(_table).where(*_is(watch, subject)).values(told))
        await _tell(uow, watch, subject, values)
    for subject, values in found.over.items():
        await uow.execute(delete(_table).where(*_is(watch, subject)))
        await notices.withdraw(uow, watch.kind, _about(watch, subject))
        await _give(uow, NoticeKind.ALERT_OVER, watch, subject, values)
        await events.announce(uow, AlertChanged(watch.alert, subject, is_over=True))


async def _tell(uow: UnitOfWork, watch: Watch, subject: str, values: Mapping[str, str]) -> None:
    await notices.withdraw(uow, NoticeKind.ALERT_OVER, _about(watch, subject))
    await _give(uow, watch.kind, watch, subject, values)


async def _give(
    uow: UnitOfWork, kind: NoticeKind, watch: Watch, subject: str, values: Mapping[str, str]
) -> None:
    named = {**values, "alert": watch.alert.value}
    await notices.give_each(uow, kind, _about(watch, subject), Duty.NODE, **named)


def _about(watch: Watch, subject: str) -> str:
    return f"{watch.alert}:{subject}"


def _is(watch: Watch, subject: str) -> tuple[ColumnElement[bool], ...]:
    return _a.name == watch.alert.value, _a.subject == subject
