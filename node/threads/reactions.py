"""What becomes of conversations when a coop moves, or somebody acts for a firm no longer."""

from sqlalchemy import update

from federation.storage import UnitOfWork
from node.events import events
from node.members import ColleagueEnded
from node.peers import CoopMoved
from node.threads.models import PartyKind, side_table

_s = side_table.c


@events.on(CoopMoved)
async def rehome(uow: UnitOfWork, event: CoopMoved) -> None:
    """A coop goes on under another address: so do the conversations with it."""
    theirs = (_s.kind == PartyKind.ACTOR, _s.ref == event.old)
    await uow.execute(update(side_table).where(*theirs).values(ref=event.new))


@events.on(ColleagueEnded)
async def pass_on(uow: UnitOfWork, event: ColleagueEnded) -> None:
    """What a colleague wrote for the firm goes on; what they wrote for themselves does not."""
    theirs = (_s.kind == PartyKind.ACCOUNT, _s.ref == event.account_id, _s.shared)
    await uow.execute(update(side_table).where(*theirs).values(ref=event.heir))
