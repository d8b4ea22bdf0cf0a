"""What time alone brings about: no answer, a consent that runs out, a message that never fits."""

from collections.abc import Sequence

from sqlalchemy import delete

from federation.storage import UnitOfWork
from node import timers
from node.notices import NoticeKind
from node.referrals import passing, store, telling, wire
from node.referrals.life import LIFE, UNANSWERED, Event, Party, Side
from node.referrals.models import parked_table
from node.referrals.views import ReferralView


@timers.on(passing.ANSWER)
async def let_run_out(uow: UnitOfWork, subjects: Sequence[str]) -> None:
    """Nobody answered in time: the sender goes on to the next coop in line."""
    for view in await _still(uow, subjects):
        if view.state in UNANSWERED:
            ended = await _expire(uow, view)
            if ended.side is Side.SENT:
                await passing.go_on(uow, ended)
            else:
                await passing.forget_person(uow, ended)


@timers.on(passing.REMIND)
async def remind(uow: UnitOfWork, subjects: Sequence[str]) -> None:
    """Half the time to answer is over."""
    for view in await _still(uow, subjects):
        if view.side is Side.RECEIVED and view.state in UNANSWERED:
            await telling.tell(uow, view, NoticeKind.REFERRAL_ANSWER_SOON)


@timers.on(passing.CONSENT_ENDS)
async def end_consent(uow: UnitOfWork, subjects: Sequence[str]) -> None:
    """The consent is over: what runs on it ends, and nobody knows the person any more."""
    for view in await _still(uow, subjects):
        if (view.state, Event.EXPIRE) in LIFE.table:
            await _expire(uow, view)
        await passing.forget_person(uow, view)


@timers.on(passing.PARKED)
async def let_go(uow: UnitOfWork, subjects: Sequence[str]) -> None:
    """What it should have followed never came."""
    await uow.execute(delete(parked_table).where(parked_table.c.id.in_(subjects)))


async def _still(uow: UnitOfWork, subjects: Sequence[str]) -> list[ReferralView]:
    found = [await store.find(uow, subject) for subject in subjects]
    return [view for view in found if view is not None]


async def _expire(uow: UnitOfWork, view: ReferralView) -> ReferralView:
    by = uow.identities.coop.uri
    if view.side is Side.SENT:
        return await passing.take_back(uow, view, Event.EXPIRE, Party.CLOCK, wire.BY_CLOCK, by=by)
    ended = await store.take_step(uow, view, Event.EXPIRE, Party.CLOCK, by=by, reason=wire.BY_CLOCK)
    await passing.clear(uow, ended)
    return ended
