"""What is let go when its time is over, by the rules in force; and how much that is today."""

from datetime import date, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import delete, func, select

from federation.storage import Reader, UnitOfWork
from node import audit, joining, ledger, limits, members, notices, policies
from node.i18n import Text, _
from node.privacy.leaving import years_after
from node.privacy.models import departure_table

AT_ONCE = 200


class Due(Struct, frozen=True):
    """One kind of record: how many there are, how many are due, by which rule, and its value. rule:
    None where the period is the program's own, so many days."""

    what: Text
    kept: int
    due: int
    rule: policies.PolicyKey[Any] | None
    value: int


async def due(reader: Reader) -> list[Due]:
    """How much each rule would let go today, without letting go of anything."""
    register, books = await _years(reader)
    days = await policies.value(reader, policies.RETENTION_MAX_DAYS)
    left = await members.left_before(reader, _day(reader, register))
    worded = await ledger.worded_before(reader, _day(reader, books))
    return [
        Due(
            _("Former members whom the register still names"),
            await members.count_named_still(reader),
            len(left),
            policies.RETENTION_REGISTER_YEARS,
            register,
        ),
        Due(
            _("Entries of the books that say in words what they are about"),
            await ledger.count_worded(reader),
            len(worded),
            policies.RETENTION_BOOKS_YEARS,
            books,
        ),
        Due(
            _("Applications that have ended, and can still be read"),
            await joining.count_written(reader, reader.now),
            await joining.count_written(reader, reader.now - limits.APPLICATION_KEPT),
            None,
            limits.APPLICATION_KEPT.days,
        ),
        Due(
            _("Notices that were read"),
            await notices.count_read(reader, reader.now),
            await _due_notices(reader, days),
            policies.RETENTION_MAX_DAYS,
            days,
        ),
    ]


async def _due_notices(reader: Reader, days: int) -> int:
    """None is due where another rule says to keep them longer: that is for people to settle."""
    if days == 0 or days < await policies.value(reader, policies.RETENTION_MIN_DAYS):
        return 0
    return await notices.count_read(reader, reader.now - timedelta(days=days))


async def keep_retention(uow: UnitOfWork) -> None:
    """Let go of what is due; called once a minute, and does nothing where nothing is."""
    register, books = await _years(uow)
    if left := await members.left_before(uow, _day(uow, register), AT_ONCE):
        await members.forget_each(uow, left, by=audit.NODE)
    if worded := await ledger.worded_before(uow, _day(uow, books), AT_ONCE):
        await ledger.forget_texts(uow, worded, by=audit.NODE)
    old = departure_table.c.at < uow.now - limits.LEAVING_SHOWN
    if await uow.scalar(select(func.count()).select_from(departure_table).where(old)):
        await uow.execute(delete(departure_table).where(old))


async def _years(reader: Reader) -> tuple[int, int]:
    register = await policies.value(reader, policies.RETENTION_REGISTER_YEARS)
    return register, await policies.value(reader, policies.RETENTION_BOOKS_YEARS)


def _day(reader: Reader, years: int) -> date:
    """What ended before this day is due."""
    return years_after(reader.now.date(), -years)
