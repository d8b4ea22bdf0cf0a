"""Noting work, putting it right, taking it back; confirming it, or sending it back."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import delete, func, insert, select, update

from federation.storage import UnitOfWork
from node import audit, limits, members, notices, offices
from node.errors import Conflict, InvalidInput, NotAllowed, NotFound
from node.events import events
from node.hours.models import work_table
from node.hours.queries import Entry, each, entry, noting
from node.hours.rules import A_DAY, LIFE, Event, State, Work, check_reason, checked
from node.i18n import Text, _
from node.members import MembersForgotten
from node.notices import NoticeKind

_w = work_table.c
_CHANGED: Text = _("This was changed meanwhile. Look at it again.")


class Seen(NamedTuple):
    """An entry as somebody read it."""

    id: str
    version: int


async def note(uow: UnitOfWork, account_id: str, work: Work) -> Entry:
    """Note what a member did.

    Raises NotAllowed for who is no member or suspended, InvalidInput by field, Conflict where too
    much waits.
    """
    member_id = await noting(uow, account_id)
    work = checked(work, await _committees(uow), uow.now.date())
    await _check_day(uow, member_id, work)
    await _check_room(uow, member_id)
    entry_id = uow.new_id()
    row = {"id": entry_id, "member_id": member_id, "version": 1, **_fresh(uow, work)}
    await uow.execute(insert(work_table), [row])
    await audit.record(uow, account_id, "hours.note", entry_id)
    return await entry(uow, entry_id)


async def change(uow: UnitOfWork, account_id: str, entry_id: str, work: Work) -> None:
    """Say it otherwise, as long as nobody has confirmed it. Raises NotFound for another's, Conflict
    for what is confirmed, NotAllowed for who is no member now or suspended, InvalidInput by
    field."""
    one = await _own(uow, account_id, entry_id)
    await noting(uow, account_id)
    known = [*await _committees(uow), *filter(None, [one.committee])]
    work = checked(work, known, uow.now.date())
    await _check_day(uow, one.member_id, work, besides=entry_id)
    await _write(uow, Seen(entry_id, one.version), **_fresh(uow, work))
    await notices.withdraw(uow, NoticeKind.HOURS_SENT_BACK, entry_id)
    await audit.record(uow, account_id, "hours.change", entry_id)


async def take_back(uow: UnitOfWork, account_id: str, entry_id: str) -> None:
    """It was never noted. Raises NotFound for another's, Conflict for what is confirmed."""
    one = await _own(uow, account_id, entry_id)
    gone = delete(work_table).where(_w.id == entry_id, _w.version == one.version)
    if await uow.scalar(gone.returning(_w.id)) is None:
        raise Conflict(_CHANGED, "hours-changed")
    await notices.withdraw(uow, NoticeKind.HOURS_SENT_BACK, entry_id)
    await audit.record(uow, account_id, "hours.take-back", entry_id)


async def confirm(uow: UnitOfWork, seen: Sequence[Seen], *, by: str) -> None:
    """These count, all or none. Raises NotFound, NotAllowed for one's own, Conflict for what is
    not to be confirmed, or was changed since it was read."""
    await _decide(uow, seen, Event.CONFIRM, by=by)


async def send_back(uow: UnitOfWork, seen: Seen, reason: str, *, by: str) -> None:
    """It does not count, and whoever noted it reads why; also what was confirmed by mistake. Raises
    what `confirm` does, and InvalidInput without a reason."""
    reason = check_reason(reason)
    [one] = await _decide(uow, [seen], Event.SEND_BACK, by=by, reason=reason)
    member = await members.member(uow, one.member_id)
    if member is not None and member.account_id is not None:
        day = one.worked_on.isoformat()
        await notices.give(
            uow, NoticeKind.HOURS_SENT_BACK, one.id, to_account=member.account_id, when=day
        )


@events.on(MembersForgotten)
async def forget_words(uow: UnitOfWork, event: MembersForgotten) -> None:
    """Hours that count stay in the coop's sums; what tells whose they were goes."""
    theirs = _w.member_id.in_(event.member_ids)
    await uow.execute(delete(work_table).where(theirs, _w.state != State.CONFIRMED))
    await uow.execute(update(work_table).where(theirs).values(activity="", committee="", reason=""))


async def _decide(
    uow: UnitOfWork, seen: Sequence[Seen], event: Event, *, by: str, reason: str = ""
) -> list[Entry]:
    found = {one.id: one for one in await each(uow, {one.id for one in seen})}
    own = await members.acting_for(uow, by)
    if own is not None and any(one.member_id == own.id for one in found.values()):
        raise NotAllowed(_("Somebody else looks at what you noted yourself."), "own-hours")
    decided = {"decided_by": by, "decided_at": uow.now, "reason": reason}
    for one in seen:
        state = LIFE.next_state(found[one.id].state, event)
        await _write(uow, one, state=state.value, **decided)
    await audit.record_each(uow, by, f"hours.{event}", found)
    return list(found.values())


async def _write(uow: UnitOfWork, seen: Seen, **values: Any) -> None:
    """What was read is what is written over, whoever writes at the same time."""
    changed = {"version": seen.version + 1, **values}
    this = update(work_table).where(_w.id == seen.id, _w.version == seen.version)
    if await uow.scalar(this.values(changed).returning(_w.id)) is None:
        raise Conflict(_CHANGED, "hours-changed")


def _fresh(uow: UnitOfWork, work: Work) -> dict[str, Any]:
    """As it stands once it was noted, or noted anew."""
    return {
        "worked_on": work.worked_on,
        "minutes": work.minutes,
        "activity": work.activity,
        "committee": work.committee,
        "state": State.NOTED.value,
        "noted_at": uow.now,
        "decided_by": None,
        "decided_at": None,
        "reason": "",
    }


async def _own(uow: UnitOfWork, account_id: str, entry_id: str) -> Entry:
    one, own = await entry(uow, entry_id), await members.by_account(uow, account_id)
    if own is None or own.id != one.member_id:
        raise NotFound(_("This was not noted, or taken back."))
    LIFE.next_state(one.state, Event.CHANGE)
    return one


async def _committees(uow: UnitOfWork) -> list[str]:
    return [one.name for one in await offices.committees(uow) if not one.is_over]


async def _check_day(uow: UnitOfWork, member_id: str, work: Work, besides: str = "") -> None:
    others = await uow.scalar(
        select(func.sum(_w.minutes))
        .where(_w.member_id == member_id, _w.worked_on == work.worked_on, _w.id != besides)
        .where(_w.state != State.SENT_BACK)
    )
    if (others or 0) + work.minutes > A_DAY:
        raise InvalidInput({"minutes": [_("With what you noted before, this day is too long.")]})


async def _check_room(uow: UnitOfWork, member_id: str) -> None:
    open_ones = select(func.count()).where(_w.member_id == member_id, _w.state != State.CONFIRMED)
    if (await uow.scalar(open_ones) or 0) >= limits.WORK_WAITING_MOST:
        raise Conflict(
            _("Much that you noted is not confirmed yet. Ask those who look after members."),
            "too-many-hours",
        )
