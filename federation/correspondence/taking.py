"""Letting what came back take effect again, in the order in which it happened.

What we said ourselves takes effect at the moment when we signed it, and so does what we answered
then. What else another coop said takes effect today: nobody can prove when it was said, and a date
that its author chooses meets no deadline. What comes too late so is left to people.

What another coop said goes the way of every message; the memory of ids passes over what the backup
knew. What we said ourselves is entered into the outbox as said and delivered, so that it is never
said twice, and then shown to the slice that it belongs to. Each is one unit of work: after a crash
it goes on with the next.
"""

import hashlib
from functools import partial
from typing import Any

import structlog
from sqlalchemy import insert, or_, select, update

from federation.correspondence.keeping import DELETED_HERE
from federation.correspondence.reading import UNKNOWN_KEY
from federation.errors import OUR_FAILURE, FederationError
from federation.handlers import HandlerTable, Returned, Verified, own_way
from federation.inbox.apply import DUPLICATE, apply
from federation.inbox.authorise import authorise
from federation.inbox.decide import former_type
from federation.inbox.kept import Arrival
from federation.models import (
    Delivery,
    DeliveryState,
    OutboxEntry,
    RemoteActor,
    ReturnedActivity,
    ReturnState,
)
from federation.outbox import UNDELIVERED
from federation.storage import Database, Reader, UnitOfWork
from federation.storage.base import table_of
from federation.storage.blanking import blank
from federation.storage.failures import is_storage_failure
from protocol import addressing, jsonld, proofs, strict_json
from protocol.errors import ProtocolError
from protocol.iri import authority_of, origin_of
from protocol.vocabulary.activities import Activity, parse_activity

log = structlog.get_logger()

_BACK = table_of(ReturnedActivity)


async def take_all_back(database: Database, handlers: HandlerTable) -> None:
    """Let all that waits take effect. The node is silent still, and may sign with its new keys."""
    for seq in await database.write(_in_order):
        try:
            await database.write(partial(_take, handlers=handlers, seq=seq), aloud=True)
        except Exception as error:
            if is_storage_failure(error):
                raise
            log.exception("returned-activity-failed", seq=seq)
            failed = partial(_note, seq=seq, state=ReturnState.LEFT, detail=OUR_FAILURE)
            await database.write(failed)


async def _in_order(uow: UnitOfWork) -> list[int]:
    """What waits as it happened, but for what slices want to have early; what does not wait is
    read by nobody any more."""
    c = _BACK.c
    await blank(uow, ReturnedActivity.raw, ReturnedActivity.state != ReturnState.WAITING)
    waiting = select(c.seq).where(c.state == ReturnState.WAITING)
    return await uow.scalars(waiting.order_by(c.early.desc(), c.seq))


async def _take(uow: UnitOfWork, handlers: HandlerTable, seq: int) -> None:
    [row] = await uow.rows(select(_BACK).where(_BACK.c.seq == seq))
    if row.state != ReturnState.WAITING:
        return  # another process ends the silence, too, and was quicker
    document = strict_json.loads(row.raw)
    true_now = uow.now
    is_theirs = uow.identities.of(row.actor) is None
    if not is_theirs or await _was_answered(uow, row.activity_id):
        uow.now = min(proofs.created_at(document), true_now)
    try:
        if is_theirs:
            state, detail = await _take_theirs(uow, handlers, row, document)
        else:
            state, detail = await _take_ours(uow, handlers, row, document)
    finally:
        uow.now = true_now
    await _note(uow, seq, state, detail)


async def _take_theirs(
    uow: UnitOfWork, handlers: HandlerTable, row: Any, document: dict[str, Any]
) -> tuple[ReturnState, str | None]:
    try:
        activity = authorise(
            parse_activity(jsonld.normalise(document)),
            row.actor,
            our_origin=origin_of(uow.identities.base),
            proven={},
        )
        known = await _known_type(uow, handlers, activity)
        if handlers.return_handler_for(activity, known) is own_way:
            return ReturnState.KNOWN, None
        method = proofs.verification_method_of(document) or row.actor
        verified = Verified(row.actor, method, "proof", row.raw, uow.now)
        digest, said = hashlib.sha256(row.raw).digest(), proofs.digest_of(document)
        arrival = Arrival(activity, verified, {}, digest, said)
        async with uow.savepoint():
            [answer] = await apply(uow, handlers, [arrival])
    except (ProtocolError, FederationError) as error:
        return ReturnState.LEFT, error.code
    if answer is DUPLICATE:
        return ReturnState.KNOWN, None
    if answer.status >= 400:
        return ReturnState.LEFT, answer.code
    return ReturnState.TAKEN, None


async def _take_ours(
    uow: UnitOfWork, handlers: HandlerTable, row: Any, document: dict[str, Any]
) -> tuple[ReturnState, str | None]:
    known = select(OutboxEntry.seq).where(OutboxEntry.activity_id == row.activity_id)
    activity = parse_activity(jsonld.normalise(document))
    seq = await uow.scalar(known)
    if seq is not None:
        await _note_delivered(uow, seq, row.peer, activity)
        return ReturnState.KNOWN, None
    handler = handlers.return_handler_for(activity, await _known_type(uow, handlers, activity))
    if handler is None:
        return ReturnState.LEFT, f"{activity.type} {activity.object_type or ''}".strip()
    if await _was_deleted(uow, activity):
        return ReturnState.KNOWN, DELETED_HERE
    await _note_delivered(uow, await _enter(uow, row, activity), row.peer, activity)
    said = Returned(activity, row.raw, uow.now, row.peer)
    async with uow.savepoint():
        taken = await handler(uow, said)
    return (ReturnState.TAKEN, None) if taken else (ReturnState.LEFT, activity.type)


async def _was_answered(uow: UnitOfWork, activity_id: str) -> bool:
    """Whether we ourselves said something in answer to it, and a key of ours proves that."""
    c = _BACK.c
    ours = [uow.identities.coop.uri, uow.identities.node.uri]
    answers = select(c.seq).where(
        c.actor.in_(ours),
        or_(c.object_uri == activity_id, c.answers_uri == activity_id),
        c.detail.is_distinct_from(UNKNOWN_KEY),
    )
    return await uow.scalar(answers.limit(1)) is not None


async def _was_deleted(uow: UnitOfWork, activity: Activity) -> bool:
    """Whether we deleted its object, before the backup or since: then nobody reads it here again,
    whoever has it still."""
    if activity.type == "Delete" or activity.object_id is None:
        return False
    entry, back = table_of(OutboxEntry).c, _BACK.c
    here = select(entry.seq).where(
        entry.object_uri == activity.object_id, entry.activity_type == "Delete"
    )
    since = select(back.seq).where(
        back.actor == activity.actor,
        back.object_uri == activity.object_id,
        back.activity_type == "Delete",
        back.detail.is_distinct_from(UNKNOWN_KEY),
    )
    return await uow.scalar(here.union_all(since).limit(1)) is not None


async def _known_type(reader: Reader, handlers: HandlerTable, activity: Activity) -> str | None:
    if activity.object_id is None:
        return None
    uris = [activity.object_id]
    said = select(OutboxEntry.activity_type).where(OutboxEntry.activity_id == activity.object_id)
    found = await handlers.known_types(reader, uris)
    ever = found.get(activity.object_id) or await reader.scalar(said)
    return ever or former_type(activity)


async def _enter(uow: UnitOfWork, row: Any, activity: Activity) -> int:
    """Our outbox knows again that we said it."""
    audience = addressing.audience_of(activity.document)
    entry = {
        "id": row.activity_id.rpartition("/")[2][:26],
        "activity_id": row.activity_id,
        "activity_type": activity.type,
        "actor": row.actor,
        "object_uri": activity.object_id or row.activity_id,
        "body": row.raw,
        "body_digest": hashlib.sha256(row.raw).digest(),
        "to": list(audience.to),
        "cc": list(audience.cc),
        "public": addressing.is_public(activity.document),
        "listed": addressing.is_public(activity.document),
        "private": False,
        "published_at": uow.now,
    }
    await uow.execute(insert(table_of(OutboxEntry)), [entry])
    known = select(OutboxEntry.seq).where(OutboxEntry.activity_id == row.activity_id)
    return (await uow.scalars(known))[0]


async def _note_delivered(uow: UnitOfWork, seq: int, peer: str, activity: Activity) -> None:
    """The coop that gave it back has it: it is not sent there again."""
    there = (Delivery.outbox_seq == seq, Delivery.authority == authority_of(peer))
    done = {
        "state": DeliveryState.DELIVERED,
        "delivered_at": uow.now,
        "next_attempt_at": None,
        "leased_until": None,
    }
    table = table_of(Delivery)
    if await uow.scalar(select(Delivery.seq).where(*there).limit(1)) is not None:
        waiting = update(table).where(*there, Delivery.state.in_(UNDELIVERED))
        await uow.execute(waiting.values(done))
        return
    actor = await uow.session.get(RemoteActor, peer)
    row = {
        "id": uow.new_id(),
        "outbox_seq": seq,
        "object_uri": activity.object_id or activity.id,
        "authority": authority_of(peer),
        "inbox": (actor.shared_inbox or actor.inbox) if actor else peer,
        "recipients": [peer],
        "attempts": 1,
        "give_up_at": None,
        "created_at": uow.now,
        **done,
    }
    await uow.execute(insert(table), [row])


async def _note(uow: UnitOfWork, seq: int, state: ReturnState, detail: str | None) -> None:
    """What became of it; its words are not needed any more."""
    values = {"state": state, "detail": detail, "updated_at": uow.now}
    await blank(uow, ReturnedActivity.raw, ReturnedActivity.seq == seq)
    await uow.execute(update(_BACK).where(_BACK.c.seq == seq).values(values))
