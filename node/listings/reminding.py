"""Telling whoever wrote a listing, some days before, that it runs out; one tap offers it on."""

from datetime import timedelta

from sqlalchemy import or_, select, update

from federation.storage.unit_of_work import UnitOfWork
from node import members, notices
from node.listings import rules
from node.listings.models import State, listing_table
from node.notices import NoticeKind

AT_ONCE = 200
_c = listing_table.c


async def remind_due(uow: UnitOfWork) -> int:
    """Remind of each end once; returns how many were told. What nobody wrote, the admins hear."""
    until = uow.now + timedelta(days=rules.REMINDED_DAYS_BEFORE)
    ending = select(_c.id, _c.title, _c.created_by, _c.updated_at, _c.expires_at).where(
        _c.state == State.PUBLISHED,
        _c.expires_at > uow.now,
        _c.expires_at <= until,
        or_(_c.reminded_for.is_(None), _c.reminded_for != _c.expires_at),
    )
    rows = await uow.rows(ending.limit(AT_ONCE))
    told = [row for row in rows if rules.ends_soon(row.updated_at, row.expires_at, uow.now)]
    for row in told:
        kind, title, when = NoticeKind.LISTING_ENDS, row.title, row.expires_at.date().isoformat()
        if row.created_by is None:
            await notices.give(uow, kind, row.id, title=title, when=when)
        else:
            await members.tell(uow, kind, row.id, row.created_by, title=title, when=when)
    seen = update(listing_table).where(_c.id.in_([row.id for row in rows]))
    await uow.execute(seen.values(reminded_for=_c.expires_at))
    return len(told)
