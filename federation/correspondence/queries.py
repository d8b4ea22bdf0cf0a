"""Whom a restored node asks, who has answered, and what came back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import func, insert, or_, select

from federation.models import (
    Correspondent,
    Relation,
    RelationState,
    ReturnedActivity,
    ReturnState,
)
from federation.storage.base import table_of
from federation.storage.unit_of_work import Reader, UnitOfWork
from federation.sync import says_no
from protocol import strict_json

_ASKED = table_of(Correspondent)
_BACK = table_of(ReturnedActivity)


class Return(Struct, frozen=True):
    """What became of one activity that a coop gave back."""

    activity_id: str
    actor: str
    peer: str
    state: str
    detail: str | None


async def ask_all(
    uow: UnitOfWork, since: datetime, asked_at: datetime, more: Sequence[str] = ()
) -> None:
    """Ask every coop that we follow what passed between us since then, and more that are named;
    those asked before not."""
    followed = select(Relation.actor_uri).where(
        Relation.following_state == RelationState.ACCEPTED, Relation.suspended_at.is_(None)
    )
    asked = select(_ASKED.c.actor_uri).where(_ASKED.c.asked_at >= asked_at)
    missing = {*await uow.scalars(followed), *more} - {*await uow.scalars(asked)}
    if not missing:
        return
    await uow.execute(_ASKED.delete().where(_ASKED.c.actor_uri.in_(missing)))
    rows = [
        {
            "actor_uri": uri,
            "since": since,
            "asked_at": asked_at,
            "next_attempt_at": uow.now,
            "attempts": 0,
            "pages": 0,
            "size": 0,
            "unproven": 0,
        }
        for uri in sorted(missing)
    ]
    await uow.execute(insert(_ASKED), rows)
    uow.wake_workers()


async def heard_since(reader: Reader, asked_at: datetime) -> set[str]:
    """Which of those asked then have been read to the end."""
    c = _ASKED.c
    ready = select(c.actor_uri).where(c.asked_at >= asked_at, c.finished_at.is_not(None))
    return set(await reader.scalars(ready))


async def refused_since(reader: Reader, asked_at: datetime) -> set[str]:
    """Which of those asked then say that they have nothing for us, or are not asked by us."""
    c = _ASKED.c
    refused = select(c.actor_uri).where(c.asked_at >= asked_at, says_no(c.last_error))
    return set(await reader.scalars(refused))


async def all_heard(reader: Reader) -> list[str]:
    """Everybody who has been read to the end, and had something."""
    c, back = _ASKED.c, select(_BACK.c.peer)
    heard = select(c.actor_uri).where(c.finished_at.is_not(None), c.actor_uri.in_(back))
    return await reader.scalars(heard.order_by(c.actor_uri))


async def returned(reader: Reader, states: Sequence[ReturnState] = ()) -> list[Return]:
    """What coops gave back, in the order in which it happened; of these states, or all."""
    c = _BACK.c
    chosen = select(c.activity_id, c.actor, c.peer, c.state, c.detail).order_by(c.seq)
    if states:
        chosen = chosen.where(c.state.in_(states))
    return [Return(*row) for row in await reader.rows(chosen)]


async def unproven(reader: Reader) -> dict[str, int]:
    """By coop, how many words it gave back as ours that no key of ours has signed."""
    c = _ASKED.c
    some = select(c.actor_uri, c.unproven).where(c.unproven > 0).order_by(c.actor_uri)
    return {uri: number for uri, number in await reader.rows(some)}  # noqa: C416 - as in counts


async def counts(reader: Reader) -> dict[str, int]:
    """How many activities that came back are in each state."""
    c = _BACK.c
    rows = await reader.rows(select(c.state, func.count()).group_by(c.state))
    return {state: number for state, number in rows}  # noqa: C416 - rows are no pairs to mypy


async def ours_about(reader: Reader, activity_id: str) -> list[dict[str, Any]]:
    """What we said in answer to an activity and have forgotten, as it came back and still waits:
    whoever takes that activity in again gives things the names that they have elsewhere."""
    c = _BACK.c
    waiting = select(c.raw).where(
        c.state == ReturnState.WAITING,
        c.actor == reader.identities.coop.uri,
        or_(c.object_uri == activity_id, c.answers_uri == activity_id),
    )
    return [strict_json.loads(raw) for raw in await reader.scalars(waiting)]
