"""Telling whoever wrote a listing, some days before, that it runs out; one tap offers it on."""

from datetime import timedelta

from sqlalchemy import or_, select, update

from federation.storage.unit_of_work import UnitOfWork
from node.listings import lasting, provider
from node.listings.models import State, listing_table
from node.notices import NoticeKind

AT_ONCE = 200
_c = listing_table.c


async def remind_due(uow: UnitOfWork) -> int:
    """Remind of each end once; returns how many were told. What the coop itself offers, the
    admins hear."""
    until = uow.now + timedelta(days=lasting.REMINDED_DAYS_BEFORE)
    ending = select(_c.id, _c.title, _c.created_by, _c.team, _c.updated_at, _c.expires_at).where(
        _c.state == State.PUBLISHED,
        _c.expires_at > uow.now,
        _c.expires_at <= until,
        or_(_c.reminded_for.is_(None), _c.reminded_for != _c.expires_at),
    )
    rows = await uow.rows(ending.limit(AT_ONCE))
    told = [row for row in rows if lasting.ends_soon(row.updated_at, row.expires_at, uow.now)]
    for row in told:
        await provider.tell(
            uow,
            row.created_by,
            row.team,
            NoticeKind.LISTING_ENDS,
            row.id,
            title=row.title,
            when=row.expires_at.date().isoformat(),
        )
    seen = update(listing_table).where(_c.id.in_([row.id for row in rows]))
    await uow.execute(seen.values(reminded_for=_c.expires_at))
    return len(told)
