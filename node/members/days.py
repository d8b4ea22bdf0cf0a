"""The days on which a membership goes on by itself, and what members hear of changes in theirs."""

from collections.abc import Mapping
from datetime import UTC, datetime, time

from federation.storage import UnitOfWork
from node import limits, notices, timers
from node.accounts import Role
from node.members.models import Member
from node.members.queries import accounts_of
from node.members.rules import CLASS_WORDS, Event, MembershipClass, Status
from node.notices import NoticeKind

DAY = "membership-day"
_TOLD: Mapping[str, NoticeKind] = {
    Event.CONFIRM: NoticeKind.MEMBERSHIP_CONFIRMED,
    Event.PAUSE: NoticeKind.MEMBERSHIP_PAUSED,
    Event.RETURN: NoticeKind.MEMBERSHIP_RETURNED,
    Event.GIVE_NOTICE: NoticeKind.MEMBERSHIP_LEAVING,
    Event.STAY: NoticeKind.MEMBERSHIP_STAYS,
    Event.EXTEND: NoticeKind.MEMBERSHIP_DAY,
    "change-class": NoticeKind.MEMBERSHIP_CLASS,
}


async def watch(uow: UnitOfWork, row: Member) -> None:
    """Look at it again on the day that is set; of a probation whoever decides hears before."""
    await timers.cancel(uow, DAY, [row.id])
    await notices.withdraw(uow, NoticeKind.PROBATION_ENDS, row.id)
    if row.status_until is None:
        return
    due = datetime.combine(row.status_until, time(), UTC)
    if row.status == Status.PROBATION:
        due = max(due - limits.PROBATION_TOLD_BEFORE, uow.now)
    await timers.set_timer(uow, DAY, row.id, due)


async def tell_change(uow: UnitOfWork, row: Member, event: str, *, by: str) -> None:
    """Whoever acts under a membership hears of it, but for who did it."""
    for kind in _TOLD.values():
        await notices.withdraw(uow, kind, row.id)
    if event not in _TOLD:
        return
    values = {"field": CLASS_WORDS[MembershipClass(row.membership_class)].message}
    if row.status_until is not None:
        values["when"] = row.status_until.isoformat()
    for account_id in await accounts_of(uow, row.id):
        if account_id != by:
            await notices.give(
                uow,
                _TOLD[event],
                row.id,
                to_role=Role.MEMBER,
                to_account=account_id,
                quiet=False,
                **values,
            )
