"""Messages that overtook another on their way: kept for a day, taken up once they fit."""

from collections.abc import Awaitable, Callable, Mapping

from sqlalchemy import delete, func, insert, select

from federation.handlers import UNKNOWN_OBJECT, Applied, Ignored, Outcome, Received, Verified
from federation.relations import Standing
from federation.storage import UnitOfWork
from node import limits, timers
from node.agreements import deadlines
from node.agreements.hearing import Refusal
from node.agreements.models import agreement_table, parked_table
from node.agreements.views import AgreementView
from node.errors import NodeError
from protocol import strict_json
from protocol.errors import ProtocolError
from protocol.vocabulary.activities import parse_activity

_p = parked_table.c
_a = agreement_table.c
Move = Callable[[UnitOfWork, Received], Awaitable[Outcome]]


async def early(uow: UnitOfWork, received: Received, context: str) -> Outcome:
    """Keep a message for later, if its sender has anything with us that it can be about."""
    peer = received.activity.actor
    deals = await uow.scalar(
        select(func.count()).select_from(agreement_table).where(_a.peer == peer)
    )
    if not deals:
        return Ignored(UNKNOWN_OBJECT)
    waiting = await uow.scalar(
        select(func.count()).select_from(parked_table).where(_p.peer == peer)
    )
    if (waiting or 0) >= limits.PARKED_PER_PEER:
        raise Refusal(409, "too-early", "This follows a message that we have not got yet.")
    until = uow.now + limits.PARKED_FOR
    await uow.execute(
        insert(parked_table).values(
            activity_id=received.activity.id,
            peer=peer,
            context=context,
            message=received.activity.document,
            until=until,
        )
    )
    number = uow.new_id()
    await timers.set_timer(uow, deadlines.PARKED, number, until)
    return Applied()


async def take_up(uow: UnitOfWork, agreement: AgreementView, moves: Mapping[str, Move]) -> None:
    """Apply what was parked for an agreement and fits now; what never will is let go."""
    uris = [uri for uri in (agreement.uri, agreement.their_uri) if uri]
    chosen = select(parked_table).where(
        _p.context.in_(uris), _p.peer == agreement.peer, _p.until > uow.now
    )
    for row in await uow.rows(chosen.order_by(_p.activity_id)):
        await uow.execute(delete(parked_table).where(_p.activity_id == row.activity_id))
        activity = parse_activity(row.message)
        verified = Verified(
            actor=row.peer,
            key_id="",
            by="http",
            raw=strict_json.dumps(row.message),
            received_at=uow.now,
        )
        received = Received(activity, verified, Standing.PEER)
        try:
            async with uow.savepoint():
                await moves[activity.type](uow, received)
        except (Refusal, NodeError, ProtocolError):
            continue
