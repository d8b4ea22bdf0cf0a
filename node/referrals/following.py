"""Where an agreement came of a referral, the work follows the agreement's one table of states:
confirmed by both there, it is completed here, and signed without anybody saying it twice."""

from federation.storage import UnitOfWork
from node import agreements
from node.agreements import AgreementConfirmed
from node.events import events
from node.money import Money
from node.referrals import answering, desk, linked, store
from node.referrals.life import Event, Outcome, Side, State
from node.referrals.views import ReferralView

_BOTH_SAID_SO = (agreements.State.CONFIRMED, agreements.State.SETTLED)
_WAY: dict[State, tuple[Event, ...]] = {
    State.ACCEPTED: (Event.CONTACT, Event.START),
    State.CONTACTED: (Event.START,),
    State.PAUSED: (Event.RESUME,),
    State.IN_PROGRESS: (),
}


@events.on(AgreementConfirmed)
async def complete(uow: UnitOfWork, event: AgreementConfirmed) -> None:
    """We did the work: say so to the coop that passed it on, with what it came to."""
    view = await store.by_agreement(uow, event.agreement_id)
    if view is None or view.side is Side.SENT or view.state not in _WAY:
        return
    value = await _worth(uow, view)
    if value is None and view.need.fee.share:
        return  # the fee is a part of a sum that only the desk can name
    by = uow.identities.coop.uri
    for step in _WAY[view.state]:
        await answering.progress(uow, view.id, step, by=by)
    await answering.complete(
        uow,
        view.id,
        Outcome.DONE,
        value=value.decimal if value else None,
        currency=value.currency if value else "",
        by=by,
    )


async def confirm_if_signed(uow: UnitOfWork, view: ReferralView) -> None:
    """They say what came of it: what our side has confirmed already, it need not confirm again."""
    found = await linked.of(uow, view)
    if found is None or found.state not in _BOTH_SAID_SO:
        return
    if view.outcome == Outcome.DONE and view.job_value == await _worth(uow, view):
        await desk.confirm(uow, view.id, by=uow.identities.coop.uri)


async def _worth(uow: UnitOfWork, view: ReferralView) -> Money | None:
    """What was agreed for the work, in the currency of the referral's terms."""
    prices = await agreements.price_of(uow, view.agreement_id or "")
    fitting = [one for one in prices if view.need.currency in (None, one.currency)]
    return fitting[0] if fitting and fitting[0].amount > 0 else None
