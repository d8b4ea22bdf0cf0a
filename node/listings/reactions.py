"""What being in touch with a coop, or no longer, means for its listings here."""

from federation.storage import UnitOfWork
from node.events import events
from node.listings import mirrors, publishing
from node.peers import CoopLeft, CoopMoved, CoopResumed, CoopSuspended, OurCoopMoved


@events.on(CoopLeft)
async def forget_theirs(uow: UnitOfWork, event: CoopLeft) -> None:
    """What a coop offered is not found here once we no longer hear it."""
    await mirrors.forget_all_of(uow, event.uri)


@events.on(CoopSuspended)
async def hide_theirs(uow: UnitOfWork, event: CoopSuspended) -> None:
    """While a coop is on hold nobody finds what it offers."""
    await mirrors.hide(uow, event.uri)


@events.on(CoopResumed)
async def show_theirs(uow: UnitOfWork, event: CoopResumed) -> None:
    """What we kept of a coop is found again."""
    await mirrors.show(uow, event.uri)


@events.on(CoopMoved)
async def rehome_theirs(uow: UnitOfWork, event: CoopMoved) -> None:
    """What a coop offered stays its own under its new address."""
    await mirrors.rehome(uow, event.old, event.new)


@events.on(OurCoopMoved)
async def take_ours_down(uow: UnitOfWork, _event: OurCoopMoved) -> None:
    """What we offer is offered at the new address; here it is kept for the export alone."""
    await publishing.withdraw_all(uow)
