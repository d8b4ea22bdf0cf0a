"""Which deliveries must not go out: those to peers that were suspended or blocked meanwhile."""

from sqlalchemy import exists, select, update

from federation import moderation
from federation.models import Delivery, DeliveryState, Relation
from federation.settings import FederationSettings
from federation.storage.base import table_of
from federation.storage.unit_of_work import UnitOfWork


async def hold_back(uow: UnitOfWork, settings: FederationSettings) -> None:
    """Before claiming: hold what is due for suspended peers, give up what is for blocked ones.

    Held rows are looked at again after `breaker_probe`, so that resuming needs no other message.
    """
    due = (
        Delivery.state.in_((DeliveryState.PENDING, DeliveryState.HELD)),
        Delivery.next_attempt_at <= uow.now,
    )
    suspended = exists().where(
        Relation.authority == Delivery.authority, Relation.suspended_at.is_not(None)
    )
    later = uow.now + settings.breaker_probe
    held = update(table_of(Delivery)).where(*due, suspended)
    await uow.execute(
        held.values(state=DeliveryState.HELD, next_attempt_at=later, last_error="suspended by us")
    )
    authorities = await uow.scalars(select(Delivery.authority).where(*due).distinct())
    rules = await moderation.rules_for(uow, authorities)
    blocked = [authority for authority in authorities if moderation.is_blocked(rules[authority])]
    if blocked:
        given_up = update(table_of(Delivery)).where(*due, Delivery.authority.in_(blocked))
        await uow.execute(
            given_up.values(
                state=DeliveryState.DEAD, next_attempt_at=None, last_error="blocked by us"
            )
        )


async def release(uow: UnitOfWork, authority: str) -> None:
    """A suspended peer was taken back: what was held for it is due now."""
    held = update(table_of(Delivery)).where(
        Delivery.authority == authority, Delivery.state == DeliveryState.HELD
    )
    await uow.execute(held.values(next_attempt_at=uow.now))
    uow.wake_workers()
