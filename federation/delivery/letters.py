"""What people may see and do about single deliveries: look through them, try again, drop."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, and_, case, func, or_, select, update

from federation.delivery.doubts import at_peer
from federation.errors import NotFound
from federation.models import Delivery, DeliveryState, OutboxEntry
from federation.outbox import UNDELIVERED, forget_private
from federation.settings import FederationSettings
from federation.storage.base import table_of
from federation.storage.unit_of_work import Reader, UnitOfWork
from federation.under_way import ENDED

_NOT_FOR_TIME = ("dropped", "blocked", ENDED)


class Letter(Struct, frozen=True):
    """One activity on its way to one peer node. last_error: the peer's own words."""

    id: str
    authority: str
    recipients: list[str]
    activity_type: str
    object_uri: str
    state: str
    attempts: int
    last_status: int | None
    last_error: str | None
    next_attempt_at: datetime | None
    created_at: datetime
    delivered_at: datetime | None


async def deliveries(
    reader: Reader,
    state: DeliveryState | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> tuple[Sequence[Letter], str | None]:
    """Deliveries, newest first, and the cursor of the next page (None on the last)."""
    query = _letters().limit(limit + 1)
    if state is not None:
        query = query.where(Delivery.state == state)
    if cursor is not None:
        query = query.where(Delivery.id < cursor)
    rows = await reader.rows(query)
    letters = [Letter(**row._mapping) for row in rows]
    return letters[:limit], letters[limit - 1].id if len(letters) > limit else None


def _letters() -> Any:
    return (
        select(
            Delivery.id,
            Delivery.authority,
            Delivery.recipients,
            OutboxEntry.activity_type,
            Delivery.object_uri,
            Delivery.state,
            Delivery.attempts,
            Delivery.last_status,
            Delivery.last_error,
            Delivery.next_attempt_at,
            Delivery.created_at,
            Delivery.delivered_at,
        )
        .join(OutboxEntry, OutboxEntry.seq == Delivery.outbox_seq)
        .order_by(Delivery.id.desc())
    )


async def undelivered(reader: Reader, limit: int = 100) -> Sequence[Letter]:
    """What is on its way, held up, refused or given up: the newest first, arrived ones left out."""
    others = [state for state in DeliveryState if state is not DeliveryState.DELIVERED]
    rows = await reader.rows(_letters().where(Delivery.state.in_(others)).limit(limit))
    return [Letter(**row._mapping) for row in rows]


async def lost_since(reader: Reader, moment: datetime) -> int:
    """How many were refused for good since then, or were given up since their time was over."""
    is_new = Delivery.created_at > moment
    refused = Delivery.state == DeliveryState.REFUSED
    lately = and_(Delivery.give_up_at > moment, Delivery.give_up_at <= reader.now)
    lost = or_(
        and_(refused, or_(is_new, Delivery.refused_at > moment)),
        and_(Delivery.state == DeliveryState.DEAD, or_(is_new, lately), _for_time()),
    )
    return await reader.scalar(select(func.count()).select_from(Delivery).where(lost)) or 0


async def ended_at(reader: Reader) -> frozenset[bytes]:
    """The marks of the peers for whom something is left to people, since our program ended at it:
    `UnderWay.left` need not count them."""
    dead = Delivery.state == DeliveryState.DEAD, Delivery.last_error.startswith(f"{ENDED}:")
    return frozenset(
        map(at_peer, await reader.scalars(select(Delivery.authority).where(*dead).distinct()))
    )


async def retry(uow: UnitOfWork, delivery_id: str) -> None:
    """Try one again now, whatever became of it. Raises NotFound, also for a private message that
    was given up: what it said is forgotten."""
    body = (
        select(OutboxEntry.body)
        .join(Delivery, Delivery.outbox_seq == OutboxEntry.seq)
        .where(Delivery.id == delivery_id)
    )
    if await uow.scalar(body) == b"":
        raise NotFound(
            "It was private, and what it said is forgotten; it must be written anew.",
            code="forgotten",
        )
    later = uow.now + FederationSettings().delivery_hold
    again = {
        "state": DeliveryState.PENDING,
        "attempts": 0,
        "next_attempt_at": uow.now,
        "refused_at": None,
        # What must arrive has no such moment, and none is given to it.
        "give_up_at": case((Delivery.give_up_at.is_not(None), later), else_=Delivery.give_up_at),
    }
    await _change(uow, delivery_id, again, (*UNDELIVERED, "refused", "dead"))
    uow.wake_deliveries()


async def drop(uow: UnitOfWork, delivery_id: str) -> None:
    """Give one up; it stays visible as dead. Raises NotFound."""
    dead = {
        "state": DeliveryState.DEAD,
        "next_attempt_at": None,
        "last_error": "dropped: by a person",
    }
    await _change(uow, delivery_id, dead, UNDELIVERED)
    await forget_private(uow)


async def take_up_again(uow: UnitOfWork) -> None:
    """Send what was given up before its time: a clock that was ahead said that the time was over.
    What somebody dropped or blocked stays so; of what was private nothing is left to send."""
    said = select(OutboxEntry.seq).where(
        OutboxEntry.seq == Delivery.outbox_seq, func.length(OutboxEntry.body) > 0
    )
    early = (
        Delivery.state == DeliveryState.DEAD,
        Delivery.give_up_at > uow.now,
        _for_time(),
        said.exists(),
    )
    again = {"state": DeliveryState.PENDING, "next_attempt_at": uow.now}
    await uow.execute(update(table_of(Delivery)).where(*early).values(again))
    uow.wake_workers()


def _for_time() -> ColumnElement[bool]:
    """Not given up by somebody, or at our program's end."""
    why = func.coalesce(Delivery.last_error, "")
    return ~or_(*(why.startswith(f"{code}:") for code in _NOT_FOR_TIME))


async def _change(
    uow: UnitOfWork, delivery_id: str, values: Mapping[str, object], states: Sequence[str]
) -> None:
    one = update(table_of(Delivery)).where(Delivery.id == delivery_id, Delivery.state.in_(states))
    changed = await uow.execute(one.values(**values).returning(Delivery.id))
    if changed.first() is None:
        raise NotFound(
            "There is no such delivery waiting; it may have arrived meanwhile.", code="not-waiting"
        )
