"""How long a probation and a notice last: as our own rules say, unless another day is set."""

from datetime import date, timedelta

from federation.storage import Reader, UnitOfWork
from node import audit, members, policies
from node.events import events
from node.members import EndReason, Event, MembershipChanged, MemberView, Status

NOTICE_FROM = (Status.ACTIVE, Status.PAUSED)


async def last_day(reader: Reader) -> date | None:
    """The day from which on somebody who gives notice today has left; None: today already."""
    days = await policies.value(reader, policies.MEMBERS_NOTICE_DAYS)
    return reader.now.date() + timedelta(days=days) if days else None


async def give_notice(
    uow: UnitOfWork,
    member_id: str,
    *,
    by: str = audit.OPERATOR,
    reason: str = "",
) -> MemberView:
    """A membership ends once the notice is over; at once where the rule asks for none."""
    until = await last_day(uow)
    event = Event.GIVE_NOTICE if until else Event.END
    return await members.change_status(
        uow, member_id, event, by=by, reason=reason, until=until, why=EndReason.RESIGNED
    )


async def needs_notice(reader: Reader, member: MemberView | None) -> bool:
    """Whether notice of a membership is to be given before its end, or is not over yet."""
    if member is None or member.status not in NOTICE_FROM:
        return member is not None and member.status is Status.LEAVING
    return await last_day(reader) is not None


@events.on(MembershipChanged)
async def end_probation(uow: UnitOfWork, event: MembershipChanged) -> None:
    """A probation that begins gets the day of the rule, if nobody has set one."""
    if event.status is not Status.PROBATION:
        return
    line = await members.member(uow, event.member_id)
    days = await policies.value(uow, policies.MEMBERS_PROBATION_DAYS)
    until = event.on + timedelta(days=days)
    if line is None or line.status_until is not None or not days or until <= uow.now.date():
        return
    await members.change_status(uow, line.id, Event.EXTEND, by=audit.NODE, until=until)
