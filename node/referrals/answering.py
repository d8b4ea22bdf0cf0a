"""What the receiving coop does: say yes, no or wait, tell how it goes and what came of it."""

from decimal import Decimal
from typing import Any

from federation import outbox
from federation.storage import UnitOfWork
from node.agreements import Wanted
from node.errors import Closed, Conflict, InvalidInput
from node.i18n import _
from node.referrals import handoff, linked, passing, store, wire
from node.referrals.fees import fee_for
from node.referrals.life import (
    UNANSWERED,
    Decline,
    Event,
    Failure,
    Outcome,
    Party,
    Side,
    State,
)
from node.referrals.rules import money_in
from node.referrals.views import ReferralView
from protocol.vocabulary.referrals import COMPLETION, STATUS

_PROGRESS = frozenset(wire.STAGES)


async def accept(
    uow: UnitOfWork, referral_id: str, *, by: str, wanted: Wanted | None = None
) -> ReferralView:
    """Take the person over; their contact data are fetched as soon as the sender knows.

    wanted: what we would do for it, of listings of ours: the sender's coop answers these terms, and
    the work goes on as an agreement. Raises as `agreements.propose`.
    """
    view = await _answerable(uow, referral_id)
    accepted = await store.take_step(
        uow,
        view,
        Event.ACCEPT,
        Party.RECEIVER,
        by=by,
        accepted_at=uow.now,
        answered_at=uow.now,
    )

    async def say(agreement: dict[str, Any]) -> str:
        await store.change(uow, accepted.id, agreement=agreement)
        return await wire.answer(uow, accepted, "Accept", result=agreement)

    if wanted is None:
        await say(outbox.sign_object(uow, wire.agreement(uow, view)))
    else:
        await linked.propose(uow, accepted, wanted, by=by, say=say)
    await passing.clear_answer(uow, accepted)
    await handoff.expect(uow, accepted)
    return await store.get(uow, accepted.id)


async def hold(uow: UnitOfWork, referral_id: str, *, by: str) -> ReferralView:
    """Say that we need more time; the deadline stays."""
    view = await _answerable(uow, referral_id)
    held = await store.take_step(uow, view, Event.HOLD, Party.RECEIVER, by=by)
    await wire.answer(uow, held, "TentativeAccept")
    return held


async def decline(uow: UnitOfWork, referral_id: str, reason: str, *, by: str) -> ReferralView:
    """Say no, and why. Raises InvalidInput for another reason."""
    if reason not in set(Decline):
        raise InvalidInput({"reason": [_("Choose why, so that the other coop can go on.")]})
    view = await _answerable(uow, referral_id)
    declined = await store.take_step(
        uow, view, Event.DECLINE, Party.RECEIVER, by=by, reason=reason, answered_at=uow.now
    )
    await wire.answer(uow, declined, "Reject", reason=reason)
    await passing.clear(uow, declined)
    await passing.forget_person(uow, declined)
    return declined


async def progress(
    uow: UnitOfWork, referral_id: str, event: str, *, reason: str | None = None, by: str
) -> ReferralView:
    """Tell how it goes: contact, start, pause, resume or fail (with a reason)."""
    view = await received(uow, referral_id)
    if event not in _PROGRESS:
        raise InvalidInput({"event": [_("This is not something one can say here.")]})
    happened = Event(event)
    if happened is Event.FAIL and reason not in set(Failure):
        raise InvalidInput({"reason": [_("Choose why nothing came of it.")]})
    why = reason if happened is Event.FAIL else None
    moved = await store.take_step(uow, view, happened, Party.RECEIVER, by=by, reason=why)
    await wire.state(uow, moved, STATUS, stage=wire.STAGES[happened], reason=why)
    if happened is Event.FAIL:
        await passing.clear(uow, moved)
        await passing.forget_person(uow, moved)
    return moved


async def complete(
    uow: UnitOfWork,
    referral_id: str,
    outcome: str,
    *,
    value: Decimal | None = None,
    currency: str = "",
    by: str,
) -> ReferralView:
    """Sign what came of it; the fee follows from the terms and the value of the job."""
    view = await received(uow, referral_id)
    if outcome not in set(Outcome):
        raise InvalidInput({"outcome": [_("Choose what came of it.")]})
    agreed = view.need.currency
    said = currency.strip().upper() or agreed
    if agreed is not None and said != agreed:
        raise InvalidInput({"currency": [_("The fee was agreed in %(code)s.", code=agreed)]})
    money = money_in("value", value, said)
    done = Outcome(outcome) is not Outcome.NOT
    if done and view.need.fee.share and money is None:
        raise InvalidInput({"value": [_("Say what the job was worth: the fee is a part of it.")]})
    fee = fee_for(view.need.fee, money, done=done)
    completed = await store.take_step(
        uow,
        view,
        Event.COMPLETE,
        Party.RECEIVER,
        by=by,
        outcome=outcome,
        currency=said,
        job_value=money.amount if money else None,
        fee_due=fee.amount if fee else None,
    )
    version = next(iter(view.policy_versions.values()), None)
    digest = await wire.state(
        uow,
        completed,
        COMPLETION,
        outcome=outcome,
        value=money,
        fee=fee,
        policy_version=version,
    )
    return await store.change(uow, completed.id, completion_digest=digest)


async def received(uow: UnitOfWork, referral_id: str) -> ReferralView:
    """A referral that another coop passed on to us. Raises NotFound, Conflict."""
    view = await store.get(uow, referral_id)
    if view.side is not Side.RECEIVED:
        raise Conflict(_("We passed this one on; answering is for the other coop."), "not-ours")
    return view


async def _answerable(uow: UnitOfWork, referral_id: str) -> ReferralView:
    view = await received(uow, referral_id)
    is_late = view.answer_due is not None and uow.now > view.answer_due
    if is_late and view.state in {*UNANSWERED, State.EXPIRED}:
        raise Closed(_("The time to answer is over. The other coop asks somebody else now."))
    return view
