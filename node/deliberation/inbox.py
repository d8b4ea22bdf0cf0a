"""What other coops say about proposals, and about what was said."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from federation.handlers import (
    UNKNOWN_OBJECT,
    Applied,
    HandlerTable,
    Ignored,
    Outcome,
    Received,
    RefusedBy,
    typed,
)
from federation.storage import Reader, UnitOfWork
from node import content, council, limits
from node.council import FederationView
from node.deliberation import commands, moderation, store, wire
from node.deliberation.life import LIFE, Act, Scope, State
from node.deliberation.models import comment_table
from node.errors import NotFound
from protocol import datetimes, strict_json
from protocol.errors import MalformedDocument, ProtocolError
from protocol.vocabulary.comments import COMMENT, CommentOnWire, parse_comment
from protocol.vocabulary.council import facts_of

handlers = HandlerTable()
Hear = Callable[[UnitOfWork, Received], Awaitable[Outcome]]
_c = comment_table.c
_NOTE = typed("Note", COMMENT)


async def _each(uow: UnitOfWork, received: Sequence[Received], hear: Hear) -> list[Outcome]:
    return [await _decided(uow, each, hear) for each in received]


@handlers.on("Create", "Note", kind=COMMENT)
async def comments_arrived(uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
    """Somebody of another coop says something about a proposal."""
    return await _each(uow, received, _arrived)


@handlers.on("Update", "Note", kind=COMMENT)
async def comments_changed(uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
    """They say it in other words."""
    return await _each(uow, received, _changed)


@handlers.on("Delete", "Note", kind=COMMENT)
async def comments_erased(uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
    """They take it back: nothing of it stays."""
    return await _each(uow, received, _erased)


@handlers.on("Create", "Document", kind=wire.MODERATION)
async def acts_told(uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
    """A coop hid a comment, was asked to look at it again, or did."""
    return await _each(uow, received, _act_told)


@handlers.types_of
async def known_comments(reader: Reader, uris: Sequence[str]) -> dict[str, str]:
    """Which of these are comments that we have."""
    known = await reader.scalars(select(_c.uri).where(_c.uri.in_(uris)))
    return dict.fromkeys(known, _NOTE)


async def _arrived(uow: UnitOfWork, received: Received) -> Outcome:
    read = parse_comment(received.activity.object or {})
    federation, proposal = await _placed(uow, read, received.activity.actor)
    if await store.at(uow, read.uri) is not None:
        return Ignored("known-already")
    sender = received.activity.actor
    if (
        await store.today(uow, _c.coop == sender, _c.proposal == proposal)
        >= limits.COMMENTS_OF_COOP
    ):
        return RefusedBy(429, "too-many-comments", "Your coop has said much today; wait a day.")
    answered = await store.at(uow, read.in_reply_to)
    is_here = answered is not None and answered.proposal == proposal
    await store.keep(
        uow,
        uri=read.uri,
        federation_id=federation.id,
        proposal=proposal,
        coop=sender,
        account_id=None,
        byline=content.name(read.byline, limits.BYLINE_LONGEST),
        parent=read.in_reply_to if is_here else None,
        said=_text_of(read).encode(),
        published_at=min(read.published or uow.now, uow.now),
    )
    view = await council.named(uow, federation.id, proposal)
    if is_here and answered is not None and view is not None:
        await commands.note_answer(uow, answered, view.id, view.title)
    return Applied()


async def _changed(uow: UnitOfWork, received: Received) -> Outcome:
    read = parse_comment(received.activity.object or {})
    row = await _theirs(uow, received)
    if isinstance(row, RefusedBy | Ignored):
        return row
    at = read.updated or uow.now
    if at <= (row.edited_at or row.published_at):
        return Ignored("older")
    byline = content.name(read.byline, limits.BYLINE_LONGEST)
    await store.reword(uow, row, _text_of(read), min(at, uow.now), byline=byline)
    return Applied()


async def _erased(uow: UnitOfWork, received: Received) -> Outcome:
    row = await _theirs(uow, received)
    if isinstance(row, RefusedBy | Ignored):
        return row
    await store.erase(uow, row)
    return Applied()


async def _act_told(uow: UnitOfWork, received: Received) -> Outcome:
    facts = facts_of(strict_json.loads(received.verified.raw).get("object") or {})
    told = _Told.read(facts, received.activity.actor)
    federation = await _federation(uow, told.charter, told.sender)
    match told.act:
        case Act.HIDE:
            return await _hidden(uow, told, federation)
        case Act.APPEAL:
            return await _appealed(uow, told)
    decided = await store.hiding_by(uow, told.comment, told.sender, told.scope)
    if decided is None:
        return Ignored(UNKNOWN_OBJECT)
    state = LIFE.table.get((State(decided.state), told.act))
    if state is None and State(decided.state) is State.SHOWN:
        return Ignored("known-already")
    to = state or (State.SHOWN if told.act is Act.SHOW else State.UPHELD)
    await store.decide(uow, decided, state=to.value, answer=told.reason)
    row = await store.at(uow, told.comment)
    if row is not None:
        await moderation.note_answered(uow, row)
    return Applied()


async def _hidden(uow: UnitOfWork, told: "_Told", federation: FederationView) -> Outcome:
    if told.scope is Scope.FEDERATION and told.sender not in federation.moderators:
        said = "Only facilitators hide for all; if the charter names none, the host does."
        return RefusedBy(403, "not-a-facilitator", said)
    row = await store.at(uow, told.comment)
    if told.scope is Scope.OWN and (row is None or row.account_id is None):
        return Ignored("not-for-us")
    if told.appeal_by is None:
        raise MalformedDocument("Say until when an appeal can be made.", code="bad-property")
    await store.decide(
        uow,
        await store.hiding_by(uow, told.comment, told.sender, told.scope),
        comment=told.comment,
        federation_id=federation.id,
        coop=told.sender,
        scope=told.scope.value,
        state=State.HIDDEN.value,
        reason=told.reason,
        hidden_at=uow.now,
        appeal_by=told.appeal_by,
        appeal="",
        answer="",
    )
    if row is not None:
        await moderation.note_hidden(uow, row, told.appeal_by)
    return Applied()


async def _appealed(uow: UnitOfWork, told: "_Told") -> Outcome:
    row = await store.at(uow, told.comment)
    decided = await store.hiding_by(uow, told.comment, uow.identities.coop.uri, told.scope)
    if row is None or decided is None:
        return Ignored(UNKNOWN_OBJECT)
    if row.coop != told.sender:
        return RefusedBy(403, "not-owner", "Only the coop whose comment it is can ask for this.")
    state = LIFE.table.get((State(decided.state), Act.APPEAL))
    if state is None:
        return Ignored("known-already")
    if uow.now > decided.appeal_by:
        return RefusedBy(409, "appeal-late", "The time to ask for this is over.")
    await store.decide(uow, decided, state=state.value, appeal=told.reason)
    await moderation.note_appeal(uow, row)
    return Applied()


class _Told:
    """What a coop says of a comment."""

    def __init__(self, facts: Mapping[str, Any], sender: str) -> None:
        self.sender = sender
        self.charter, self.comment = _text(facts, "federation"), _text(facts, "comment")
        self.reason = content.paragraphs(_text(facts, "reason"), limits.HIDING_REASON_LONGEST)
        by = facts.get("appealBy")
        self.appeal_by: datetime | None = datetimes.parse(by) if isinstance(by, str) else None
        self.act, self.scope = Act(facts["act"]), Scope(facts["scope"])

    @classmethod
    def read(cls, facts: Mapping[str, Any], sender: str) -> "_Told":
        """Raises MalformedDocument."""
        if facts.get("act") not in list(Act) or facts.get("scope") not in list(Scope):
            raise MalformedDocument("There is no such act or scope.", code="bad-property")
        return cls(facts, sender)


class _No(Exception):
    def __init__(self, outcome: RefusedBy) -> None:
        super().__init__(outcome.code)
        self.outcome = outcome


async def _decided(uow: UnitOfWork, received: Received, hear: Hear) -> Outcome:
    """One message, in a savepoint: what a rule refuses leaves no trace."""
    try:
        async with uow.savepoint():
            return await hear(uow, received)
    except _No as no:
        return no.outcome
    except ProtocolError as error:
        return RefusedBy(422, error.code, str(error))


async def _placed(reader: Reader, read: CommentOnWire, sender: str) -> tuple[FederationView, str]:
    place = wire.read_thread(read.context)
    if place is None:
        raise MalformedDocument("Its context names no proposal.", code="bad-property")
    charter, proposal = place
    if len(proposal) > _NAME_LONGEST:
        raise MalformedDocument("Its context names no proposal.", code="bad-property")
    federation = await _federation(reader, charter, sender)
    view = await council.named(reader, federation.id, proposal)
    if view is not None and view.state in _OVER:
        raise _No(RefusedBy(409, "discussion-over", "This proposal was decided or withdrawn."))
    return federation, proposal


_NAME_LONGEST = 64
_OVER = frozenset(
    {council.State.IN_FORCE, council.State.REJECTED, council.State.WITHDRAWN, council.State.LAPSED}
)


async def _federation(reader: Reader, charter: str, sender: str) -> FederationView:
    try:
        number = await council.by_charter(reader, charter)
    except NotFound:
        raise _No(
            RefusedBy(409, "federation-unknown", "There is no such federation here.")
        ) from None
    federation = await council.federation(reader, number)
    if all(each.coop != sender for each in federation.members):
        raise _No(
            RefusedBy(403, "not-a-member", "Only coops of the federation talk about it here.")
        )
    return federation


async def _theirs(reader: Reader, received: Received) -> Row[Any] | RefusedBy | Ignored:
    row = await store.at(reader, received.activity.object_id)
    if row is None:
        return Ignored(UNKNOWN_OBJECT)
    if row.coop != received.activity.actor:
        return RefusedBy(403, "not-owner", "Only the coop whose comment it is can change it.")
    return Ignored("deleted-before") if row.erased_at else row


def _text_of(read: CommentOnWire) -> str:
    """The words of a comment; none, and too many, are refused."""
    longest = limits.COMMENT_LONGEST
    text = read.markdown or content.without_markup(read.content_html)
    tidy = content.paragraphs(text, longest + 1)
    if not tidy:
        raise _No(RefusedBy(422, "comment-empty", "There is no text in this comment."))
    if len(tidy) > longest:
        said = f"A comment has at most {longest} characters; write less."
        raise _No(RefusedBy(422, "comment-too-long", said))
    return tidy


def _text(facts: Mapping[str, Any], name: str) -> str:
    value = facts.get(name)
    if not isinstance(value, str):
        raise MalformedDocument(f"The {name} must be a text.", code="bad-property")
    return value
