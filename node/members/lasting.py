"""What comes to its end on its day: a pause, a notice, a probation that somebody is to decide."""

from collections.abc import Sequence
from datetime import timedelta

from federation.storage import UnitOfWork
from node import audit, notices, timers
from node.accounts import Duty
from node.errors import Conflict
from node.members.commands import change_status
from node.members.days import DAY
from node.members.models import Member
from node.members.queries import history, stored_member
from node.members.rules import EndReason, Event, Status
from node.notices import NoticeKind


@timers.on(DAY)
async def keep_days(uow: UnitOfWork, member_ids: Sequence[str]) -> None:
    """Whoever paused is back, whoever gave notice has left, a probation asks to be decided."""
    for member_id in member_ids:
        row = await stored_member(uow, member_id)
        if row.status == Status.PAUSED:
            await change_status(uow, member_id, Event.RETURN, by=audit.NODE)
        if row.status == Status.LEAVING:
            await _end(uow, row)
        if row.status == Status.PROBATION and row.status_until is not None:
            told = {"name": row.name, "when": row.status_until.isoformat()}
            await notices.give_each(uow, NoticeKind.PROBATION_ENDS, member_id, Duty.MEMBERS, **told)


async def _end(uow: UnitOfWork, row: Member) -> None:
    """Whoever alone looks after the node stays until somebody else does; officers hear so."""
    given = [one for one in await history(uow, row.id) if one.event == Event.GIVE_NOTICE]
    content, member_id, name = given[-1].content, row.id, row.name
    try:
        async with uow.savepoint():
            await change_status(
                uow,
                member_id,
                Event.END,
                by=audit.NODE,
                reason=content.reason if content else "",
                on=row.status_until,
                why=(content and content.details.get("why")) or EndReason.RESIGNED,
            )
    except Conflict:
        held = NoticeKind.MEMBERSHIP_HELD_ON
        await notices.give_each(uow, held, member_id, Duty.MEMBERS, name=name)
        await timers.set_timer(uow, DAY, member_id, uow.now + timedelta(days=1))
