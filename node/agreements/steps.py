"""Taking a step: decide by the table, take what it needs, tell the peer, write, let follow.

Every step goes through `take`, whoever takes it: a member, a guest, the clock, another coop.
"""

from typing import Any

from msgspec.structs import replace

from federation.storage import Reader, UnitOfWork
from node import audit
from node.agreements import deadlines, following, keeping, store, telling
from node.agreements.choices import Step
from node.agreements.events import AgreementChanged
from node.agreements.life import WHO, Event, State, crossed, next_state
from node.agreements.parties import NODE, By, is_guests_alone, sides_of
from node.agreements.paying import (
    WHO_PAYS,
    WHO_RETURNS,
    DepositEvent,
    PaymentEvent,
    next_deposit,
    next_payment,
)
from node.agreements.sides import Role, Who
from node.agreements.terms import Terms
from node.agreements.views import AgreementView, VersionView
from node.agreements.wire import Said
from node.errors import NotAllowed
from node.events import events
from node.i18n import _

_ENDS = frozenset({State.DECLINED, State.EXPIRED, State.CANCELLED, State.NO_SHOW})


async def take(
    uow: UnitOfWork,
    agreement: AgreementView,
    step: Step,
    by: By,
    said: Said | None = None,
    *,
    version: VersionView,
    activity_id: str | None = None,
    **changes: Any,
) -> AgreementView:
    """Take one step. version: the terms it is about.

    activity_id: the message by which a peer took it, or by which the peer was told of it already.
    changes: of the agreement, beside its state.
    Raises NotAllowed, Conflict (also when somebody else has the time or the pieces).
    """
    said = said or Said()
    after = decided(uow, agreement, step, by, changes)
    await _hold(uow, agreement, after, step, version.terms)
    number = uow.new_id()
    is_said = by.kind == "peer" or activity_id is not None
    if not is_said:
        activity_id = await telling.tell(
            uow, agreement, after, step, said, number=number, version=version
        )
    if step is Event.ACCEPT:
        after = replace(after, accept_id=activity_id)
    await store.save(uow, after)
    if not is_said and step in (Event.REQUEST, Event.COUNTER, Event.CHANGE):
        await store.change_version(uow, after.id, version.sequence, activity_id=activity_id)
    role = role_of(agreement, step, by)
    await _record(uow, agreement, after, step, by, said, number, role, activity_id)
    await deadlines.renew(uow, after)
    await following.follow(uow, after, step, said, version=version, number=number, role=role)
    await events.announce(
        uow, AgreementChanged(after.id, after.uri, step, after.state, after.payment)
    )
    return await _by_itself(uow, after, version)


def decided(
    reader: Reader, agreement: AgreementView, step: Step, by: By, changes: dict[str, Any]
) -> AgreementView:
    """What a step makes of an agreement, by the table. Raises NotAllowed, Conflict."""
    sides = sides_of(agreement, by)
    if sides == []:
        raise NotAllowed(_("This agreement is between others."), "not-a-party")
    if is_guests_alone(agreement, step, by, role_of(agreement, step, by)):
        raise NotAllowed(_("Only the guest can agree to this, by their own link."), "guests-own")
    after = replace(agreement, updated_at=reader.now, **changes)
    if isinstance(step, DepositEvent):
        deposit = next_deposit(agreement.state, agreement.deposit, step, sides)
        return replace(after, deposit=deposit)
    if isinstance(step, PaymentEvent):
        payment = next_payment(agreement.state, agreement.payment, step, sides)
        return replace(after, payment=payment)
    late = None
    if by.kind == "peer":
        late = crossed(agreement.state, step, is_delivered=agreement.has_delivered)
    after = replace(after, state=late or next_state(agreement.state, step, sides))
    if after.is_over and not agreement.is_over and "ended_at" not in changes:
        after = replace(after, ended_at=reader.now)
    return after


async def _hold(
    uow: UnitOfWork, before: AgreementView, after: AgreementView, step: Step, terms: Terms
) -> None:
    """Take, keep or give back the times and pieces; first, because it may be too late for them."""
    if step is Event.REQUEST:
        await keeping.take(uow, after.id, terms, after.answer_by)
    elif step is Event.COUNTER:
        last = await store.version(uow, before.id, before.sequence)
        await keeping.take_again(uow, after.id, last.terms, terms, after.answer_by)
    elif step is Event.ACCEPT:
        await keeping.keep(uow, after.id, terms)
    elif step is Event.AGREE_CHANGE:
        held = await store.version(uow, before.id, before.sequence)
        await keeping.take_again(uow, after.id, held.terms, terms, None)
        await keeping.keep(uow, after.id, terms)
    elif after.state in _ENDS and before.state not in _ENDS:
        await keeping.give_back(uow, after.id, terms)


async def _record(
    uow: UnitOfWork,
    before: AgreementView,
    after: AgreementView,
    step: Step,
    by: By,
    said: Said,
    number: str,
    role: Role | None,
    activity_id: str | None,
) -> None:
    await store.log(
        uow,
        number,
        after,
        step,
        _stood(before, step),
        _stood(after, step),
        role=role,
        by=by.recorded,
        detail=said.detail,
        activity_id=activity_id,
    )
    await audit.record(uow, by.recorded, f"agreements.{step}", after.id)


def _stood(agreement: AgreementView, step: Step) -> str:
    """The state that a step is about."""
    if isinstance(step, DepositEvent):
        return agreement.deposit
    return agreement.payment if isinstance(step, PaymentEvent) else agreement.state


def role_of(agreement: AgreementView, step: Step, by: By) -> Role | None:
    """The side that somebody takes a step for; None for the clock."""
    sides = sides_of(agreement, by)
    if sides is None:
        return None
    if isinstance(step, DepositEvent):
        who = WHO_RETURNS.get((agreement.deposit, step), Who.EITHER)
    elif isinstance(step, PaymentEvent):
        who = WHO_PAYS.get((agreement.payment, step), Who.EITHER)
    else:
        who = WHO.get((agreement.state, step), Who.EITHER)
    return next((side.role for side in sides if side.may(who)), None)


async def _by_itself(uow: UnitOfWork, after: AgreementView, version: VersionView) -> AgreementView:
    """What follows at once, without anybody: a time makes it scheduled, payment settles it."""
    if after.state is State.ACCEPTED and after.start_at is not None:
        return await take(uow, after, Event.SCHEDULE, NODE, version=version)
    if after.state is State.CONFIRMED and following.is_paid(after, version):
        return await take(uow, after, Event.SETTLE, NODE, version=version)
    return after
