"""What being in touch with a coop, or no longer, means for its listings here; and what a change of
ours means for whoever was asked about it."""

from federation.storage import UnitOfWork
from node import notices
from node.events import events
from node.listings import leaving, mirrors, publishing
from node.listings.events import ListingsChanged
from node.listings.models import State
from node.members import ColleagueEnded
from node.notices import NoticeKind
from node.peers import CoopLeft, CoopMoved, CoopResumed, CoopSuspended, OurCoopMoved


@events.on(CoopLeft)
async def forget_theirs(uow: UnitOfWork, event: CoopLeft) -> None:
    """What a coop offered is not found here once we no longer hear it."""
    await mirrors.forget_all_of(uow, event.uri)


@events.on(ColleagueEnded)
async def pass_on_theirs(uow: UnitOfWork, event: ColleagueEnded) -> None:
    """What a colleague published goes on, with whoever speaks for the firm."""
    await leaving.pass_on(uow, event.account_id, event.heir)


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


@events.on(ListingsChanged)
async def ask_no_longer(uow: UnitOfWork, event: ListingsChanged) -> None:
    """Nobody is asked to look at what does not wait any more, whatever became of it."""
    settled = [
        change.listing_id
        for change in event.changes
        if change.after is State.RETIRED
        or (change.before is State.IN_REVIEW and change.after is not State.IN_REVIEW)
    ]
    if settled:
        await notices.withdraw(uow, NoticeKind.LISTING_SENT_IN, *settled)
