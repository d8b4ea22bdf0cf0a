"""What others may tell us in private.

A Note is a message if it is addressed to our coop and to nobody else. It belongs to the
conversation of what it answers, else to the one that its `context` names; either must be the
sender's own. Anything else begins a new one, with the provider of the listing that it answers or
with whoever looks after the coop.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update

from federation.handlers import (
    UNKNOWN_OBJECT,
    Applied,
    HandlerTable,
    Ignored,
    NeedsFetch,
    Outcome,
    Received,
    RefusedBy,
)
from federation.relations import Standing
from federation.remote.actors import record_actor, stored_actor
from federation.storage import Reader, UnitOfWork
from node import limits, vault
from node.threads import wire
from node.threads.answers import boxed
from node.threads.hearing import message_in, unusable
from node.threads.models import Role, State, message_table
from node.threads.placing import begin_with, go_on, is_limited, not_yours, role_of, thread_of
from node.threads.queries import sides_of
from node.threads.reporting import note_report
from node.threads.rules import actor
from node.threads.store import clear_message, thread_row
from node.threads.topics import topics
from protocol.vocabulary.base import ids
from protocol.vocabulary.messages import MessageReceived

handlers = HandlerTable()

_m = message_table.c


@handlers.on("Create", "Note")
async def messages_arrived(uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
    """Somebody wrote to us."""
    return [await _arrived(uow, each) for each in received]


@handlers.on("Update", "Note")
async def messages_changed(uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
    """Somebody put right what they wrote."""
    return [await _changed(uow, each) for each in received]


@handlers.on("Delete", "Note")
async def messages_withdrawn(uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
    """Somebody took back what they wrote: nothing of it stays."""
    outcomes: list[Outcome] = []
    for each in received:
        row = await _theirs(uow, each.activity.object_id, each.verified.actor)
        if isinstance(row, RefusedBy | Ignored):
            outcomes.append(row)
            continue
        await clear_message(uow, row.id)
        outcomes.append(Applied())
    return outcomes


@handlers.on("Flag")
async def complaints_arrived(uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
    """Another server complains about messages of ours, without saying who did."""
    return [await _complained(uow, each) for each in received]


@handlers.types_of
async def known_messages(reader: Reader, uris: Sequence[str]) -> dict[str, str]:
    """Which of these are messages that we have."""
    known = await reader.scalars(select(_m.uri).where(_m.uri.in_(uris)))
    return dict.fromkeys(known, "Note")


async def _arrived(uow: UnitOfWork, received: Received) -> Outcome:
    if refusal := await topics.refusal(uow, received.activity.object or {}):
        return refusal
    read = message_in(received, uow.identities.coop.uri)
    if not isinstance(read, MessageReceived):
        return read
    sender = received.verified.actor
    text = wire.text_of(read.content_html, limits.MESSAGE_LONGEST)
    if refusal := unusable(text):
        return refusal
    if await uow.scalar(select(_m.id).where(_m.uri == read.uri)) is not None:
        return Ignored("known-already")
    if await stored_actor(uow, sender) is None:
        if sender not in received.fetched:
            return NeedsFetch((sender,))
        await record_actor(uow, received.fetched[sender])
    known = received.standing is Standing.PEER and not await is_limited(uow, sender)
    found = await thread_of(uow, read, sender)
    if isinstance(found, RefusedBy):
        return found
    if found is None:
        return await begin_with(uow, read, actor(sender), text, known=known)
    row, role = found
    return await go_on(uow, row, role, read, text, known=known)


async def _changed(uow: UnitOfWork, received: Received) -> Outcome:
    row = await _theirs(uow, received.activity.object_id, received.verified.actor)
    if isinstance(row, RefusedBy | Ignored):
        return row
    read = message_in(received, uow.identities.coop.uri)
    if not isinstance(read, MessageReceived):
        return read
    text = wire.text_of(read.content_html, limits.MESSAGE_LONGEST)
    if refusal := unusable(text):
        return refusal
    thread = await thread_row(uow, row.thread_id)
    if thread.state == State.ERASED or row.withdrawn_at is not None:
        return Ignored("deleted-before")
    box = await vault.seal(uow, thread.subject, boxed(text, read.answers))
    named = read.answers.agreement if read.answers else row.answers_for
    edited = {"box": box, "answers_for": named, "edited_at": uow.now}
    await uow.execute(update(message_table).where(_m.id == row.id).values(edited))
    return Applied()


async def _theirs(reader: Reader, uri: str | None, sender: str) -> Any:
    """A message of the sender's that we have."""
    rows = await reader.rows(select(message_table).where(_m.uri == uri))
    if not rows:
        return Ignored(UNKNOWN_OBJECT)
    sides = await sides_of(reader, rows[0].thread_id)
    return rows[0] if sides[Role(rows[0].role)] == actor(sender) else not_yours()


async def _complained(uow: UnitOfWork, received: Received) -> Outcome:
    document, sender = received.activity.document, received.verified.actor
    about = [uri for uri in ids(document.get("object")) if isinstance(uri, str)]
    ours = select(_m.thread_id).where(_m.uri.in_(about), _m.activity_id.is_not(None))
    for thread_id in dict.fromkeys(await uow.scalars(ours)):
        role = await role_of(uow, thread_id, sender)
        if role is None:
            return not_yours()
        row = await thread_row(uow, thread_id)
        if row.state == State.ERASED:
            continue
        said = document.get("content")
        reason = wire.text_of(said, limits.MESSAGE_LONGEST) if isinstance(said, str) else ""
        await note_report(uow, row, role, reason[: limits.MESSAGE_LONGEST])
        return Applied()
    return Ignored(UNKNOWN_OBJECT)
