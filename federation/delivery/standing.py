"""Which deliveries must not go out: those to peers that were suspended or blocked meanwhile, and
those that end our program. And which go again, since a hold is over: ours or theirs."""

from collections.abc import Sequence

import structlog
from sqlalchemy import ColumnElement, select, text, update

from federation import moderation
from federation.delivery.queue import Due
from federation.models import TO_GO, Delivery, DeliveryState, Relation
from federation.settings import FederationSettings
from federation.storage.base import table_of
from federation.storage.unit_of_work import UnitOfWork
from federation.under_way import DETAIL, ENDED

log = structlog.get_logger()

_AT_ONCE = 500
# As `attempt` writes down whatever was answered by a 403.
_SHUT_OUT = "HTTP 403:"


async def hold_back(uow: UnitOfWork, settings: FederationSettings) -> None:
    """Before claiming: hold what is due for suspended peers, give up what is for blocked ones.

    Held rows are looked at again after `breaker_probe`, so that resuming needs no other message.
    """
    due = (
        Delivery.state.in_((DeliveryState.PENDING, DeliveryState.HELD)),
        Delivery.next_attempt_at <= uow.now,
    )
    seqs = await _for_suspended(uow, due)
    later = uow.now + settings.breaker_probe
    held = {
        "state": DeliveryState.HELD,
        "next_attempt_at": later,
        "last_error": "on-hold: suspended by us",
    }
    for first in range(0, len(seqs), _AT_ONCE):
        some = Delivery.seq.in_(seqs[first : first + _AT_ONCE])
        await uow.execute(update(table_of(Delivery)).where(some).values(held))
    authorities = await uow.scalars(select(Delivery.authority).where(*due).distinct())
    rules = await moderation.rules_for(uow, authorities)
    blocked = [authority for authority in authorities if moderation.is_blocked(rules[authority])]
    if blocked:
        given_up = update(table_of(Delivery)).where(*due, Delivery.authority.in_(blocked))
        await uow.execute(
            given_up.values(
                state=DeliveryState.DEAD, next_attempt_at=None, last_error="blocked: blocked by us"
            )
        )


async def leave_to_people(uow: UnitOfWork, what: Sequence[Due]) -> None:
    """Give up what ended our program again and again; somebody here may send it once more."""
    seqs = [each.seq for each in what]
    left = update(table_of(Delivery)).where(Delivery.seq.in_(seqs))
    why = {"last_error": f"{ENDED}: {DETAIL}", "leased_until": None, "next_attempt_at": None}
    await uow.execute(left.values(state=DeliveryState.DEAD, **why))
    log.error("delivery-set-aside", code=ENDED, deliveries=seqs)


async def _for_suspended(uow: UnitOfWork, due: Sequence[ColumnElement[bool]]) -> list[int]:
    """What goes to suspended actors and to nobody else: others may share their inbox."""
    suspended = await uow.rows(
        select(Relation.actor_uri, Relation.authority).where(Relation.suspended_at.is_not(None))
    )
    if not suspended:
        return []
    actors = {actor for actor, _ in suspended}
    hosts = {authority for _, authority in suspended}
    there = select(Delivery.seq, Delivery.recipients).where(*due, Delivery.authority.in_(hosts))
    return [seq for seq, recipients in await uow.rows(there) if actors.issuperset(recipients)]


async def release(uow: UnitOfWork, authority: str) -> None:
    """We hold a peer no more: what was held for it is due now."""
    held = update(table_of(Delivery)).where(
        Delivery.authority == authority, Delivery.state == DeliveryState.HELD
    )
    await uow.execute(held.values(next_attempt_at=uow.now))
    uow.wake_deliveries()


async def are_held_no_more(uow: UnitOfWork, authority: str) -> None:
    """A peer speaks to us, so it has us on hold no longer: what it shut out, and whatever stands
    in line behind that, is due now."""
    is_pending = Delivery.state == DeliveryState.PENDING
    waiting = Delivery.authority == authority, text(TO_GO), is_pending
    shut_out = select(Delivery.object_uri).where(
        *waiting, Delivery.last_error.startswith(_SHUT_OUT)
    )
    lines = await uow.scalars(shut_out.distinct())
    if not lines:
        return
    for first in range(0, len(lines), _AT_ONCE):
        behind = Delivery.object_uri.in_(lines[first : first + _AT_ONCE])
        due = update(table_of(Delivery)).where(*waiting, behind)
        await uow.execute(due.values(next_attempt_at=uow.now))
    uow.wake_deliveries()
