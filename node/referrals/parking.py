"""Statements that overtook another on their way: kept for a day, taken up once they fit."""

from datetime import timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import delete, func, insert, select

from federation.storage import Reader, UnitOfWork
from node import timers
from node.referrals import passing
from node.referrals.models import parked_table
from node.referrals.views import ReferralView

PARKED_FOR = timedelta(hours=24)
MOST_PER_PEER = 50
_p = parked_table.c


class ParkedStatement(Struct, frozen=True):
    """A statement as it came, normalised, with the digest of what was sent."""

    id: str
    document: dict[str, Any]
    digest: str


async def park(
    uow: UnitOfWork, view: ReferralView, activity_id: str, statement: dict[str, Any], digest: str
) -> bool:
    """Keep a statement for later; False when this coop has too many waiting."""
    known = select(_p.id).where(_p.referral_id == view.id, _p.digest == digest)
    if await uow.scalar(known) is not None:
        return True
    theirs = select(func.count()).select_from(parked_table).where(_p.peer == view.peer)
    if (await uow.scalar(theirs) or 0) >= MOST_PER_PEER:
        return False
    number, until = uow.new_id(), uow.now + PARKED_FOR
    await uow.execute(
        insert(parked_table).values(
            id=number,
            activity_id=activity_id,
            referral_id=view.id,
            peer=view.peer,
            statement=statement,
            digest=digest,
            until=until,
        )
    )
    await timers.set_timer(uow, passing.PARKED, number, until)
    return True


async def waiting(reader: Reader, referral_id: str) -> list[ParkedStatement]:
    """What waits for a referral to come further, oldest first."""
    chosen = select(parked_table).where(_p.referral_id == referral_id, _p.until > reader.now)
    rows = await reader.rows(chosen.order_by(_p.id))
    return [ParkedStatement(row.id, row.statement, row.digest) for row in rows]


async def drop(uow: UnitOfWork, number: str) -> None:
    """It was taken up, or never will be."""
    await uow.execute(delete(parked_table).where(_p.id == number))
    await timers.cancel(uow, passing.PARKED, [number])
