"""The messages of being in touch: Follow, Accept, Reject, Undo."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from federation import outbox
from federation.models import Delivery, DeliveryState, OutboxEntry
from federation.storage import Reader, UnitOfWork
from node.peers.models import Succession
from protocol.vocabulary import activities


async def send_follow(uow: UnitOfWork, actor_uri: str) -> str:
    """Ask to hear what they publish; returns the id of the Follow."""
    said = activities.follow("", uow.identities.coop.uri, actor_uri)
    return await _send(uow, said, actor_uri)


async def send_accept(uow: UnitOfWork, actor_uri: str, follow_id: str) -> None:
    """Say yes to their Follow."""
    coop = uow.identities.coop.uri
    await _send(uow, activities.accept("", coop, follow_id, (actor_uri,)), actor_uri)


async def send_reject(uow: UnitOfWork, actor_uri: str, follow_id: str) -> None:
    """Say no to their Follow, now or after having said yes."""
    coop = uow.identities.coop.uri
    await _send(uow, activities.reject("", coop, follow_id, (actor_uri,)), actor_uri)


async def send_undo(uow: UnitOfWork, actor_uri: str, follow_id: str) -> None:
    """Take our own Follow back."""
    coop = uow.identities.coop.uri
    follow = {"id": follow_id, "type": "Follow", "actor": coop, "object": actor_uri}
    await _send(uow, activities.undo("", coop, follow, (actor_uri,)), actor_uri)


async def send_successions(uow: UnitOfWork, actor_uri: str) -> None:
    """Tell a coop from which lost addresses we go on, with the word of their recovery keys."""
    coop = uow.identities.coop.uri
    for row in await uow.scalars(select(Succession).order_by(Succession.old_uri)):
        said = activities.move("", coop, row.old_uri, coop, (actor_uri,), instrument=row.statement)
        # A lane of its own: whoever refuses it may be asked all the same.
        await outbox.publish(uow, said, to_actors=[actor_uri], object_uri=row.old_uri, listed=False)


async def was_not_heard(reader: Reader, actor_uri: str) -> bool:
    """Whether they took no word of it when we took our Follow back: they had us on hold, or were
    away until it was given up."""
    last = (
        select(Delivery.state)
        .join(OutboxEntry, OutboxEntry.seq == Delivery.outbox_seq)
        .where(OutboxEntry.object_uri == actor_uri, OutboxEntry.activity_type == "Undo")
        .order_by(OutboxEntry.seq.desc())
        .limit(1)
    )
    return await reader.scalar(last) in (DeliveryState.REFUSED, DeliveryState.DEAD)


async def sent_at(reader: Reader, activity_id: str) -> datetime | None:
    """When we said something; None if it is no longer known."""
    said = select(OutboxEntry.published_at).where(OutboxEntry.activity_id == activity_id)
    return await reader.scalar(said)


async def is_about(reader: Reader, activity_id: str, actor_uri: str) -> bool:
    """Whether something we said was said to that actor; what we no longer know may have been."""
    said = select(OutboxEntry.object_uri).where(OutboxEntry.activity_id == activity_id)
    return await reader.scalar(said) in (None, actor_uri)


async def _send(uow: UnitOfWork, said: dict[str, Any], actor_uri: str) -> str:
    # One lane for each coop: an Undo must never overtake the Follow that it takes back.
    return await outbox.publish(
        uow, said, to_actors=[actor_uri], object_uri=actor_uri, listed=False
    )
