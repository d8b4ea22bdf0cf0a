"""What the clock does when a deadline is over."""

from collections.abc import Sequence

from sqlalchemy import delete, select

from federation.models import DeliveryState
from federation.storage import UnitOfWork
from node import limits, timers
from node.agreements import deadlines, following, moves, store, telling
from node.agreements.life import Event, State
from node.agreements.models import agreement_table, parked_table
from node.agreements.parties import NODE
from node.agreements.views import AgreementView, agreement_view
from node.agreements.wire import Said
from node.notices import NoticeKind


@timers.on(deadlines.ANSWER)
async def let_expire(uow: UnitOfWork, subjects: Sequence[str]) -> None:
    """What nobody answered in time runs out."""
    for agreement in await _all(uow, subjects):
        if agreement.is_open and agreement.answer_by and agreement.answer_by <= uow.now:
            await moves.act(uow, agreement, Event.EXPIRE, NODE, Said())


@timers.on(deadlines.CONFIRM)
async def let_count_as_confirmed(uow: UnitOfWork, subjects: Sequence[str]) -> None:
    """What was delivered, and nobody objected to, is confirmed."""
    for agreement in await _all(uow, subjects):
        if agreement.state is State.DELIVERED:
            await moves.act(uow, agreement, Event.AUTO_CONFIRM, NODE, Said())


@timers.on(deadlines.REMIND_ANSWER)
async def remind_of_answers(uow: UnitOfWork, subjects: Sequence[str]) -> None:
    """Whoever has to answer hears of it once more."""
    for agreement in await _all(uow, subjects):
        if agreement.to_answer is not None:
            kind = NoticeKind.AGREEMENT_ANSWER_SOON
            await following.give(uow, agreement, {agreement.to_answer}, kind)


@timers.on(deadlines.REMIND_START)
async def remind_of_beginnings(uow: UnitOfWork, subjects: Sequence[str]) -> None:
    """Both sides hear that it begins soon."""
    for agreement in await _all(uow, subjects):
        if agreement.state is State.SCHEDULED:
            await following.give(uow, agreement, agreement.ours, NoticeKind.AGREEMENT_SOON)


@timers.on(deadlines.HEARD)
async def tell_of_unheard(uow: UnitOfWork, subjects: Sequence[str]) -> None:
    """Whoever put terms on the table that the other coop's node refused hears of it."""
    for agreement in await _all(uow, subjects):
        put = await store.version(uow, agreement.id, agreement.pending or agreement.sequence)
        came = await telling.how_far(uow, put)
        if came == DeliveryState.REFUSED:
            await following.give(uow, agreement, {put.author}, NoticeKind.AGREEMENT_UNHEARD)
        elif came in (DeliveryState.PENDING, DeliveryState.HELD):
            again = uow.now + limits.HEARD_AFTER
            await timers.set_timer(uow, deadlines.HEARD, agreement.id, again)


@timers.on(deadlines.PARKED)
async def forget_parked(uow: UnitOfWork, _subjects: Sequence[str]) -> None:
    """What came too early, and was waited for long enough, is forgotten."""
    await uow.execute(delete(parked_table).where(parked_table.c.until <= uow.now))


async def _all(uow: UnitOfWork, ids: Sequence[str]) -> list[AgreementView]:
    chosen = select(agreement_table).where(agreement_table.c.id.in_(ids))
    rows = await uow.rows(chosen.order_by(agreement_table.c.id))
    return [agreement_view(row, uow.identities.base) for row in rows]
