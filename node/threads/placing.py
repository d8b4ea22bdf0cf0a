"""Which conversation a message from far away belongs to, and whether its sender may go on there."""

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from federation import moderation
from federation.handlers import Applied, Outcome, RefusedBy
from federation.models import RemoteActor
from federation.storage import Reader, UnitOfWork
from node import limits
from node.events import events
from node.threads import rules
from node.threads.events import ConversationBegun
from node.threads.models import PartyKind, Role, State, message_table, side_table, thread_table
from node.threads.queries import side, sides_of
from node.threads.rules import DESK, Party, actor
from node.threads.store import (
    begin,
    is_barred,
    keep_message,
    opened_today,
    tell,
    thread_row,
    unanswered,
    whoever_answers,
)
from node.threads.topics import Topic, topics
from protocol.iri import authority_of, same_origin
from protocol.vocabulary.messages import MessageReceived

_t, _s, _m = thread_table.c, side_table.c, message_table.c


async def thread_of(
    uow: UnitOfWork, message: MessageReceived, sender: str
) -> tuple[Any, Role] | RefusedBy | None:
    """The sender's conversation that a message belongs to, and the sender's side of it."""
    answered = select(_m.thread_id).where(_m.uri == message.in_reply_to)
    thread_id = await uow.scalar(answered) if message.in_reply_to else None
    if message.context:
        named = await uow.scalar(select(_t.id).where(_t.uri == message.context))
        for one in (thread_id, named):
            if one is not None and await role_of(uow, one, sender) is None:
                return not_yours()
        thread_id = thread_id or named
    if thread_id is None:
        return None
    role = await role_of(uow, thread_id, sender)
    if role is None:
        return not_yours()
    row = await thread_row(uow, thread_id)
    if row.state == State.ERASED:
        return RefusedBy(410, "thread-gone", "This conversation was deleted here; begin a new one.")
    return row, role


async def role_of(reader: Reader, thread_id: str, sender: str) -> Role | None:
    """The side that somebody far away has in a conversation."""
    sides = await sides_of(reader, thread_id)
    return next((role for role, party in sides.items() if party == actor(sender)), None)


def not_yours() -> RefusedBy:
    """What somebody hears who writes in a conversation of others."""
    return RefusedBy(403, "not-your-thread", "Only those two write in a conversation who began it.")


async def begin_with(
    uow: UnitOfWork, message: MessageReceived, by: Party, text: str, *, known: bool
) -> Outcome:
    """A new conversation, with whoever wrote what the message answers, else with the desk."""
    topic = await _topic(uow, message.in_reply_to, is_peer=known)
    to = await whoever_answers(uow, topic.provider if topic else DESK)
    if await is_barred(uow, to, by):
        return Applied()  # they hear what everybody hears: a blocked sender is not told
    if await _has_begun_enough(uow, by, known=known):
        return RefusedBy(429, "too-many-threads", "You have begun many conversations; wait a day.")
    own = message.context if message.context and same_origin(message.context, by.ref) else None
    thread_id = await begin(uow, by, to, topic, uri=own)
    row = await thread_row(uow, thread_id)
    outcome = await _take(uow, row, Role.ASKER, message, text)
    await events.announce(uow, ConversationBegun(thread_id, row.uri, by.ref))
    return outcome


async def go_on(
    uow: UnitOfWork, row: Any, role: Role, message: MessageReceived, text: str, *, known: bool
) -> Outcome:
    """One more message in a conversation."""
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
    await keep_message(uow, row, row.last_number + 1, text, written, message.answers)
    across = next(party for one, party in sides.items() if one is not role)
    # Of a coop that is kept at a distance, so that nobody is called.
    quiet = await is_limited(uow, sides[role].ref)
    await tell(uow, row.id, across, row.about_title, sides[role], quiet=quiet)
    return Applied()


async def is_limited(reader: Reader, actor_uri: str) -> bool:
    """Whether a coop is kept at a distance."""
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
