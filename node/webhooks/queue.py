"""What is to be told, in the database: written with the change itself, claimed, written down.

A delivery that is being sent has a lease; when its sender dies, the lease runs out and the message
goes out again under the same id, by which the program there knows it.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import bindparam, delete, exists, func, insert, select, update

from federation.delivery import backoff
from federation.storage import Reader, UnitOfWork
from node import audit, limits, notices
from node.notices import NoticeKind
from node.webhooks import queries, rules
from node.webhooks.kinds import About, Kind, body
from node.webhooks.models import (
    LEASE,
    attempt_table,
    delivery_table,
    message_table,
    webhook_table,
)
from node.webhooks.rules import LIFE, Event, Off, State
from protocol.iri import authority_of

_w, _m, _d, _a = webhook_table.c, message_table.c, delivery_table.c, attempt_table.c


class Job(Struct, frozen=True):
    """One POST to make."""

    delivery_id: str
    webhook_id: str
    message_id: str
    url: str
    secret: bytes
    body: bytes
    tries: int
    give_up_at: datetime


class Attempt(Struct, frozen=True):
    """What came of one. status: None if there was no answer; error: in words for an admin."""

    job: Job
    at: datetime
    status: int | None = None
    error: str | None = None
    retry_after: str | None = None


async def tell(uow: UnitOfWork, kind: Kind, about: Iterable[About]) -> None:
    """Let every webhook that wants to hear of such things hear of these, once this is committed."""
    listening = select(_w.id, _w.kinds).where(_w.off_at.is_(None)).order_by(_w.id)
    wanted = [row.id for row in await uow.rows(listening) if kind in row.kinds]
    messages = [_message(uow, kind, one) for one in about] if wanted else []
    if not messages:
        return
    waiting = [_waiting(uow, one, message["id"]) for message in messages for one in wanted]
    await uow.execute(insert(message_table), messages)
    await uow.execute(insert(delivery_table), waiting)


async def add_test(uow: UnitOfWork, webhook_id: str, about: About) -> Job:
    """A message for one webhook that says nothing; it is leased already, and tried once.

    Raises NotFound.
    """
    await queries.webhook(uow, webhook_id)
    message = _message(uow, Kind.TEST, about)
    await uow.execute(insert(message_table).values(message))
    waiting = _waiting(uow, webhook_id, message["id"])
    leased = {"next_attempt_at": uow.now + LEASE, "give_up_at": uow.now}
    await uow.execute(insert(delivery_table).values(waiting | leased))
    [job] = await _jobs(uow, [waiting["id"]])
    return job


async def due(reader: Reader) -> list[str]:
    """The webhooks for which something is to be sent now."""
    return await reader.scalars(
        select(_d.webhook_id).where(_d.next_attempt_at <= reader.now).distinct()
    )


async def claim(uow: UnitOfWork, webhook_id: str) -> list[Job]:
    """Lease what is due for a webhook, the oldest first."""
    chosen = (
        select(_d.id)
        .where(_d.webhook_id == webhook_id, _d.next_attempt_at <= uow.now)
        .order_by(_d.next_attempt_at, _d.id)
        .limit(limits.WEBHOOK_AT_ONCE)
    )
    ids = await uow.scalars(chosen)
    if not ids:
        return []
    leased = update(delivery_table).where(_d.id.in_(ids))
    await uow.execute(leased.values(next_attempt_at=uow.now + LEASE))
    return await _jobs(uow, ids)


async def record(uow: UnitOfWork, attempts: Sequence[Attempt]) -> None:
    """Write down what came of attempts for one webhook; what was removed meanwhile is dropped."""
    kept = await _still_there(uow, attempts)
    if not kept:
        return
    webhook_id = kept[0].job.webhook_id
    [webhook] = await uow.rows(select(webhook_table).where(_w.id == webhook_id))
    numbers = await _numbers(uow, kept)
    lines, states = [], []
    for one in kept:
        taken = rules.was_taken(one.status)
        later = None if taken or webhook.off_at else _later(uow, one)
        event = Event.TAKE if taken else Event.TRY_AGAIN if later else Event.GIVE_UP
        line = {"delivery_id": one.job.delivery_id, "number": numbers[one.job.delivery_id]}
        said = {"at": one.at, "status": one.status, "error": one.error, "next_attempt_at": later}
        lines.append(line | said)
        states.append(_state(one.job, LIFE.next_state(State.PENDING, event), later))
    await uow.execute(insert(attempt_table), lines)
    await _write_states(uow, states)
    await _judge(uow, webhook, kept)


async def switch_off(uow: UnitOfWork, webhook_id: str, reason: Off) -> None:
    """Nothing more is sent there; what was on its way can be sent again later, by hand."""
    chosen = update(webhook_table).where(_w.id == webhook_id)
    await uow.execute(chosen.values(off_at=uow.now, off_reason=reason.value))
    waiting = update(delivery_table).where(
        _d.webhook_id == webhook_id, _d.state == State.PENDING.value
    )
    given_up = LIFE.next_state(State.PENDING, Event.GIVE_UP)
    await uow.execute(waiting.values(state=given_up.value, next_attempt_at=None))


async def forget_old(uow: UnitOfWork) -> None:
    """What happened long ago leaves the log, unless it is on its way just now."""
    on_its_way = exists().where(_d.message_id == _m.id, _d.state == State.PENDING.value)
    long_ago = uow.now - limits.WEBHOOK_LOG_KEPT
    await uow.execute(delete(message_table).where(_m.created_at < long_ago, ~on_its_way))


def _message(uow: UnitOfWork, kind: Kind, about: About) -> dict[str, Any]:
    said = body(kind, about, uow.now)
    return {"id": uow.new_id(), "kind": kind.value, "body": said, "created_at": uow.now}


def _waiting(uow: UnitOfWork, webhook_id: str, message_id: str) -> dict[str, Any]:
    return {
        "id": uow.new_id(),
        "webhook_id": webhook_id,
        "message_id": message_id,
        "state": LIFE.initial.value,
        "tries": 0,
        "next_attempt_at": uow.now,
        "give_up_at": uow.now + limits.WEBHOOK_TRIED_FOR,
    }


async def _jobs(reader: Reader, ids: Sequence[str]) -> list[Job]:
    chosen = (
        select(delivery_table, _w.url, _w.secret, _m.body)
        .join(webhook_table, _w.id == _d.webhook_id)
        .join(message_table, _m.id == _d.message_id)
        .where(_d.id.in_(ids))
        .order_by(_d.id)
    )
    return [
        Job(
            row.id,
            row.webhook_id,
            row.message_id,
            row.url,
            row.secret,
            row.body,
            row.tries,
            row.give_up_at,
        )
        for row in await reader.rows(chosen)
    ]


async def _still_there(reader: Reader, attempts: Sequence[Attempt]) -> list[Attempt]:
    ids = [one.job.delivery_id for one in attempts]
    there = set(await reader.scalars(select(_d.id).where(_d.id.in_(ids))))
    return [one for one in attempts if one.job.delivery_id in there]


async def _numbers(reader: Reader, attempts: Sequence[Attempt]) -> dict[str, int]:
    """The number that each attempt has in the log of its delivery."""
    ids = [one.job.delivery_id for one in attempts]
    last = (
        select(_a.delivery_id, func.max(_a.number))
        .where(_a.delivery_id.in_(ids))
        .group_by(_a.delivery_id)
    )
    known = {row[0]: row[1] for row in await reader.rows(last)}
    return {one: known.get(one, 0) + 1 for one in ids}


def _later(uow: UnitOfWork, attempt: Attempt) -> datetime | None:
    asked = None
    if rules.asks_for_time(attempt.status):
        asked = backoff.retry_after(
            attempt.retry_after, uow.now, longest=limits.WEBHOOK_LONGEST_WAIT
        )
    return rules.next_try(
        attempt.job.tries + 1,
        now=uow.now,
        give_up_at=attempt.job.give_up_at,
        entropy=uow.entropy,
        asked=asked,
    )


def _state(job: Job, state: State, later: datetime | None) -> dict[str, Any]:
    return {
        "row_id": job.delivery_id,
        "state": state.value,
        "tries": job.tries + 1,
        "next_attempt_at": later,
    }


async def _write_states(uow: UnitOfWork, states: list[dict[str, Any]]) -> None:
    names = [name for name in states[0] if name != "row_id"]
    statement = update(delivery_table).where(_d.id == bindparam("row_id"))
    connection = await uow.session.connection()
    await connection.execute(statement.values({name: bindparam(name) for name in names}), states)


async def _judge(uow: UnitOfWork, webhook: Any, attempts: Sequence[Attempt]) -> None:
    """What the attempts say about the webhook as a whole."""
    chosen = update(webhook_table).where(_w.id == webhook.id)
    gone = any(rules.is_gone(one.status) for one in attempts)
    arrived = not gone and any(rules.was_taken(one.status) for one in attempts)
    since = None if arrived else webhook.failing_since or uow.now
    if since != webhook.failing_since:  # every change here reads this row: write it seldom
        await uow.execute(chosen.values(failing_since=since))
    if arrived:
        return
    if webhook.off_at or not (gone or rules.is_dead(since, uow.now)):
        return
    reason = Off.GONE if gone else Off.FAILING
    await switch_off(uow, webhook.id, reason)
    await notices.give(uow, NoticeKind.WEBHOOK_OFF, webhook.id, name=authority_of(webhook.url))
    await audit.record(uow, audit.NODE, "webhooks.off", webhook.id, {"reason": reason.value})
