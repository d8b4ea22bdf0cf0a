"""What others may tell us in private.

A Note is a message if it is addressed to our coop and to nobody else. It belongs to the
conversation of what it answers, else to the one that its `context` names; either must be the
sender's own. Anything else begins a new one, with the provider of the listing that it answers or
with whoever looks after the coop.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, update

from federation import moderation
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
from federation.models import RemoteActor
from federation.relations import Standing
from federation.remote.actors import record_actor, stored_actor
from federation.storage import Reader, UnitOfWork
from node import limits, vault
from node.threads import rules, wire
from node.threads.models import PartyKind, Role, State, message_table, side_table, thread_table
from node.threads.queries import side, sides_of
from node.threads.reporting import note_report
from node.threads.rules import DESK, Party, actor
from node.threads.store import (
    begin,
    clear_message,
    is_barred,
    keep_message,
    opened_today,
    tell,
    thread_row,
    unanswered,
    whoever_answers,
)
from node.threads.topics import Topic, topics
from protocol.errors import ProtocolError
from protocol.iri import authority_of, same_origin
from protocol.vocabulary.base import ids
from protocol.vocabulary.messages import MessageReceived, parse_message

handlers = HandlerTable()

_t, _s, _m = thread_table.c, side_table.c, message_table.c


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
    read = _read(uow, received)
    if not isinstance(read, MessageReceived):
        return read
    sender = received.verified.actor
    text = wire.text_of(read.content_html, limits.MESSAGE_LONGEST)
    if refusal := _unusable(text):
        return refusal
    if await uow.scalar(select(_m.id).where(_m.uri == read.uri)) is not None:
        return Ignored("known-already")
    if await stored_actor(uow, sender) is None:
        if sender not in received.fetched:
            return NeedsFetch((sender,))
        await record_actor(uow, received.fetched[sender])
    known = received.standing is Standing.PEER and not await _is_limited(uow, sender)
    found = await _thread_of(uow, read, sender)
    if isinstance(found, RefusedBy):
        return found
    if found is None:
        return await _begin(uow, read, actor(sender), text, known=known)
    row, role = found
    return await _go_on(uow, row, role, read, text, known=known)


def _read(uow: UnitOfWork, received: Received) -> MessageReceived | Outcome:
    """The message, if it is one and is for us alone."""
    activity, sender, coop = received.activity, received.verified.actor, uow.identities.coop.uri
    document = activity.object
    if document is None:
        return RefusedBy(422, "object-missing", "Send the whole note inside the activity.")
    named = {*activity.to, *activity.cc, *ids(document.get("to")), *ids(document.get("cc"))}
    if coop not in named:
        return _not_for_us(named, sender)
    if named != {coop}:
        return RefusedBy(
            422, "not-private", "This coop takes messages that are addressed to it and nobody else."
        )
    try:
        message = parse_message(document)
    except ProtocolError as error:
        return RefusedBy(422, error.code, str(error))
    return Ignored("unknown-type") if message.kind else message


def _not_for_us(named: set[str], sender: str) -> Outcome:
    """A post for everybody, or for the sender's own followers, is nothing to us."""
    for uri in named:
        try:
            if uri.startswith("http") and not same_origin(uri, sender) and not _is_public(uri):
                return RefusedBy(403, "not-addressed", "This message is for somebody else.")
        except ProtocolError:
            continue
    return Ignored("not-for-us")


def _is_public(uri: str) -> bool:
    return uri.startswith("https://www.w3.org/ns/activitystreams#")


def _unusable(text: str) -> RefusedBy | None:
    if not text:
        return RefusedBy(422, "message-empty", "There is no text in this message.")
    if len(text) > limits.MESSAGE_LONGEST:
        longest = limits.MESSAGE_LONGEST
        return RefusedBy(
            422, "message-too-long", f"A message has at most {longest} characters; write less."
        )
    return None


async def _thread_of(
    uow: UnitOfWork, message: MessageReceived, sender: str
) -> tuple[Any, Role] | RefusedBy | None:
    """The sender's conversation that a message belongs to, and the sender's side of it."""
    answered = select(_m.thread_id).where(_m.uri == message.in_reply_to)
    thread_id = await uow.scalar(answered) if message.in_reply_to else None
    if message.context:
        named = await uow.scalar(select(_t.id).where(_t.uri == message.context))
        for one in (thread_id, named):
            if one is not None and await _role_of(uow, one, sender) is None:
                return _not_yours()
        thread_id = thread_id or named
    if thread_id is None:
        return None
    role = await _role_of(uow, thread_id, sender)
    if role is None:
        return _not_yours()
    row = await thread_row(uow, thread_id)
    if row.state == State.ERASED:
        return RefusedBy(410, "thread-gone", "This conversation was deleted here; begin a new one.")
    return row, role


async def _role_of(reader: Reader, thread_id: str, sender: str) -> Role | None:
    sides = await sides_of(reader, thread_id)
    return next((role for role, party in sides.items() if party == actor(sender)), None)


def _not_yours() -> RefusedBy:
    return RefusedBy(403, "not-your-thread", "Only those two write in a conversation who began it.")


async def _begin(
    uow: UnitOfWork, message: MessageReceived, by: Party, text: str, *, known: bool
) -> Outcome:
    topic = await _topic(uow, message.in_reply_to, is_peer=known)
    to = await whoever_answers(uow, topic.provider if topic else DESK)
    if await is_barred(uow, to, by):
        return Applied()  # they hear what everybody hears: a blocked sender is not told
    if await _has_begun_enough(uow, by, known=known):
        return RefusedBy(429, "too-many-threads", "You have begun many conversations; wait a day.")
    own = message.context if message.context and same_origin(message.context, by.ref) else None
    thread_id = await begin(uow, by, to, topic, uri=own)
    row = await thread_row(uow, thread_id)
    return await _take(uow, row, Role.ASKER, message, text)


async def _go_on(
    uow: UnitOfWork, row: Any, role: Role, message: MessageReceived, text: str, *, known: bool
) -> Outcome:
    across = Role.ANSWERER if role is Role.ASKER else Role.ASKER
    reader_of_it = await side(uow, row.id, across)
    by = (await sides_of(uow, row.id))[role]
    if reader_of_it.blocked or await is_barred(uow, reader_of_it.party, by):
        return Applied()  # as above
    if rules.too_many_unanswered(await unanswered(uow, row.id, role), known=known):
        return RefusedBy(429, "unanswered", "Wait for an answer before you write more.")
    return await _take(uow, row, role, message, text)


async def _take(
    uow: UnitOfWork, row: Any, role: Role, message: MessageReceived, text: str
) -> Outcome:
    sides = await sides_of(uow, row.id)
    written = {
        "id": uow.new_id(),
        "uri": message.uri,
        "role": role,
        "by": None,
        "in_reply_to": message.in_reply_to,
    }
    await keep_message(uow, row, row.last_number + 1, text, written)
    across = next(party for one, party in sides.items() if one is not role)
    # Of a coop that is kept at a distance, so that nobody is called.
    quiet = await _is_limited(uow, sides[role].ref)
    await tell(uow, row.id, across, row.about_title, sides[role], quiet=quiet)
    return Applied()


async def _is_limited(reader: Reader, actor_uri: str) -> bool:
    return moderation.is_limited(await moderation.rule_for(reader, authority_of(actor_uri)))


async def _topic(uow: UnitOfWork, uri: str | None, *, is_peer: bool) -> Topic | None:
    return await topics.find(uow, uri, is_peer=is_peer) if uri else None


async def _has_begun_enough(uow: UnitOfWork, by: Party, *, known: bool) -> bool:
    if rules.too_many_opened(await opened_today(uow, by), known=known):
        return True
    if known:
        return False
    host = select(RemoteActor.authority).where(RemoteActor.uri == by.ref).scalar_subquery()
    begun = (
        select(func.count())
        .select_from(side_table)
        .join(thread_table, _t.id == _s.thread_id)
        .join(RemoteActor, RemoteActor.uri == _s.ref)
        .where(
            _s.role == Role.ASKER,
            _s.kind == PartyKind.ACTOR,
            RemoteActor.authority == host,
            _t.created_at > uow.now - timedelta(days=1),
        )
    )
    return (await uow.scalar(begun) or 0) >= limits.THREADS_OF_HOST


async def _changed(uow: UnitOfWork, received: Received) -> Outcome:
    row = await _theirs(uow, received.activity.object_id, received.verified.actor)
    if isinstance(row, RefusedBy | Ignored):
        return row
    read = _read(uow, received)
    if not isinstance(read, MessageReceived):
        return read
    text = wire.text_of(read.content_html, limits.MESSAGE_LONGEST)
    if refusal := _unusable(text):
        return refusal
    thread = await thread_row(uow, row.thread_id)
    if thread.state == State.ERASED or row.withdrawn_at is not None:
        return Ignored("deleted-before")
    box = await vault.seal(uow, thread.subject, {"text": text})
    edited = {"box": box, "edited_at": uow.now}
    await uow.execute(update(message_table).where(_m.id == row.id).values(edited))
    return Applied()


async def _theirs(reader: Reader, uri: str | None, sender: str) -> Any:
    """A message of the sender's that we have."""
    rows = await reader.rows(select(message_table).where(_m.uri == uri))
    if not rows:
        return Ignored(UNKNOWN_OBJECT)
    sides = await sides_of(reader, rows[0].thread_id)
    return rows[0] if sides[Role(rows[0].role)] == actor(sender) else _not_yours()


async def _complained(uow: UnitOfWork, received: Received) -> Outcome:
    document, sender = received.activity.document, received.verified.actor
    about = [uri for uri in ids(document.get("object")) if isinstance(uri, str)]
    ours = select(_m.thread_id).where(_m.uri.in_(about), _m.activity_id.is_not(None))
    for thread_id in dict.fromkeys(await uow.scalars(ours)):
        role = await _role_of(uow, thread_id, sender)
        if role is None:
            return _not_yours()
        row = await thread_row(uow, thread_id)
        if row.state == State.ERASED:
            continue
        said = document.get("content")
        reason = wire.text_of(said, limits.MESSAGE_LONGEST) if isinstance(said, str) else ""
        await note_report(uow, row, role, reason[: limits.MESSAGE_LONGEST])
        return Applied()
    return Ignored(UNKNOWN_OBJECT)
