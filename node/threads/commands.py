"""Writing to somebody, going on, and ending it."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import delete, insert, select, true, update

from federation import outbox
from federation.inbox import kept
from federation.relations import Standing, standing
from federation.storage import UnitOfWork
from node import accounts, audit, members, notices, vault
from node.errors import Closed, Conflict, NotAllowed, NotFound
from node.i18n import _
from node.notices import NoticeKind
from node.threads import rules, wire
from node.threads.models import (
    LIFE,
    Event,
    PartyKind,
    Role,
    State,
    block_table,
    matter_table,
    message_table,
    side_table,
    thread_table,
)
from node.threads.queries import may_erase, side, sides_of
from node.threads.rules import Party, Seat
from node.threads.store import (
    answers,
    begin,
    clear_message,
    is_barred,
    keep_message,
    note_reading,
    opened_today,
    set_side,
    tell,
    thread_row,
    unanswered,
    whoever_answers,
)
from node.threads.topics import Topic
from protocol.vocabulary.messages import Answers

_t, _s, _m, _b = thread_table.c, side_table.c, message_table.c, block_table.c
_SHUT_OUT = frozenset({Standing.SUSPENDED, Standing.BLOCKED})


async def open_thread(
    uow: UnitOfWork,
    *,
    by: Party,
    to: Party,
    text: str,
    about: Topic | None = None,
    answering: Answers | None = None,
) -> Seat:
    """Write to somebody; goes on with what the two already have open about the same.

    by: one of our accounts; what a colleague begins about something is the firm's. answering: the
    questions of a listing elsewhere; the answers stand in the text, too. Raises InvalidInput
    (text), NotAllowed, federation's NotFound for an actor that was never fetched.
    """
    words = rules.check_text(text)
    shared = await members.together(uow, by.ref) if about else frozenset({by.ref})
    who = await accounts.account(uow, by.ref)
    rules.check_pair(by, to, shared, who.teams if who else ())
    to = await whoever_answers(uow, to)
    await check_reachable(uow, to)
    if found := await _open_between(uow, shared, to, about.uri if about else None):
        place = Seat(found, Role.ASKER, by.ref)
        await write(uow, place, words, answering)
        return place
    if rules.too_many_opened(await opened_today(uow, by), known=True):
        raise NotAllowed(rules.OPENED_ENOUGH, "too-many-threads")
    thread_id = await begin(uow, by, to, about)
    place = Seat(thread_id, Role.ASKER, by.ref)
    await write(uow, place, words, answering)
    return place


async def write(uow: UnitOfWork, place: Seat, text: str, answering: Answers | None = None) -> None:
    """Say something in a conversation; what was closed goes on. Raises InvalidInput (text),
    Closed for one that was deleted, NotAllowed where the other takes nothing more."""
    words = rules.check_text(text)
    row = await thread_row(uow, place.thread_id)
    mine = await side(uow, place.thread_id, place.role)
    other = await side(uow, place.thread_id, place.other)
    if row.state == State.ERASED:
        raise Closed(_("This conversation was deleted. Begin a new one."), "thread-gone")
    if mine.blocked or await is_barred(uow, mine.party, other.party):
        raise NotAllowed(_("You take no messages from them. Let them write first."), "blocked")
    if other.party.is_ours and (other.blocked or await is_barred(uow, other.party, mine.party)):
        raise NotAllowed(_("They take no messages from you here."), "blocked")
    rules.check_patience(await unanswered(uow, place.thread_id, place.role), mine.party)
    await check_reachable(uow, other.party)
    number = row.last_number + 1
    message_id = uow.new_id()
    uri = wire.note_uri(uow.identities.base, message_id)
    message = {"id": message_id, "uri": uri, "role": place.role, "by": place.by}
    message["in_reply_to"] = await answers(uow, place, row.about_uri)
    await keep_message(uow, row, number, words, message, answering)
    await set_side(uow, place, read_number=number)
    if mine.party.kind is PartyKind.ACCOUNT:
        await notices.withdraw(uow, NoticeKind.MESSAGE, row.id)  # nobody else need answer it
    if other.party.kind is PartyKind.ACTOR:
        await _send(uow, row, message_id, words, other.party.ref, answering)
    else:
        await tell(uow, place.thread_id, other.party, row.about_title, mine.party)


async def withdraw(uow: UnitOfWork, place: Seat, message_id: str) -> None:
    """Take a message of one's own side back; the other side is told. Raises NotFound."""
    own = select(message_table).where(
        _m.id == message_id, _m.thread_id == place.thread_id, _m.role == place.role
    )
    rows = await uow.rows(own.where(_m.withdrawn_at.is_(None)))
    if not rows:
        raise NotFound(_("This message is not here, or it is not yours."))
    await clear_message(uow, message_id)
    other = (await sides_of(uow, place.thread_id))[place.other]
    if other.kind is PartyKind.ACTOR:
        row = await thread_row(uow, place.thread_id)
        await wire.send_withdrawal(uow, rows[0].uri, other.ref, row.uri)


async def withdraw_for(uow: UnitOfWork, matters: Collection[str]) -> None:
    """What came with these requests is gone here: what our people wrote is taken back at the other
    coop too, what its people wrote is no longer kept."""
    chosen = select(_m.id, _m.uri, _m.activity_id, _m.role, _m.thread_id).where(
        _m.answers_for.in_(matters), _m.withdrawn_at.is_(None)
    )
    for row in await uow.rows(chosen.order_by(_m.number)):
        await clear_message(uow, row.id)
        if row.activity_id is not None:
            place = Seat(row.thread_id, Role(row.role), None)
            other = (await sides_of(uow, row.thread_id))[place.other]
            context = (await thread_row(uow, row.thread_id)).uri
            await wire.send_withdrawal(uow, row.uri, other.ref, context)


async def change_state(uow: UnitOfWork, place: Seat, event: Event) -> None:
    """Close a conversation, or go on with it. Raises Conflict."""
    row = await thread_row(uow, place.thread_id)
    after = LIFE.next_state(State(row.state), event)
    await uow.execute(update(thread_table).where(_t.id == row.id).values(state=after))


async def mark_read(uow: UnitOfWork, place: Seat, who: accounts.AccountView | None) -> None:
    """This side has seen everything so far, or of several who share it this one; their notice is
    settled. who: None for a guest."""
    row = await thread_row(uow, place.thread_id)
    mine = await side(uow, place.thread_id, place.role)
    if who is not None and mine.is_several:
        await note_reading(uow, place.thread_id, who.id, row.last_number)
    else:
        await set_side(uow, place, read_number=row.last_number)
    if who is not None:
        await notices.mark_seen(uow, who, NoticeKind.MESSAGE, place.thread_id)


async def claim(uow: UnitOfWork, place: Seat) -> None:
    """Take a conversation from the desk: from now on it is this account's own. Raises Conflict."""
    mine = await side(uow, place.thread_id, place.role)
    if mine.party.kind is not PartyKind.DESK or place.by is None:
        raise Conflict(_("Somebody has taken this conversation already."), "claimed")
    await set_side(uow, place, kind=PartyKind.ACCOUNT, ref=place.by)
    await notices.withdraw(uow, NoticeKind.MESSAGE, place.thread_id)


async def block(uow: UnitOfWork, place: Seat, *, everywhere: bool = False) -> None:
    """Take nothing more from the other side: here, or in any conversation of one's own. They are
    not told."""
    await set_side(uow, place, blocked_at=uow.now)
    mine, other = await _pair(uow, place)
    if everywhere and not await is_barred(uow, mine, other):
        row = {"holder": mine.key, "barred": other.key, "created_at": uow.now}
        await uow.execute(insert(block_table), [row])


async def unblock(uow: UnitOfWork, place: Seat) -> None:
    """Let the other side write again, everywhere."""
    await set_side(uow, place, blocked_at=None)
    mine, other = await _pair(uow, place)
    pair = (_b.holder == mine.key, _b.barred == other.key)
    await uow.execute(delete(block_table).where(*pair))


async def _pair(uow: UnitOfWork, place: Seat) -> tuple[Party, Party]:
    """Who shuts out whom: what a colleague takes from nobody more, the firm's others still may."""
    sides = await sides_of(uow, place.thread_id)
    mine, other = sides[place.role], sides[place.other]
    if mine.kind is PartyKind.ACCOUNT and place.by:
        mine = rules.account(place.by)
    return mine, other


async def attach(uow: UnitOfWork, thread_id: str, uri: str, title: str) -> None:
    """Note what a conversation led to: a referral, an agreement. title: public words only."""
    await attach_all(uow, thread_id, {uri: title})


async def attach_all(uow: UnitOfWork, thread_id: str, led_to: Mapping[str, str]) -> None:
    """`attach` all of these, title by uri."""
    m = matter_table.c
    known = select(m.uri).where(m.thread_id == thread_id, m.uri.in_(led_to))
    fresh = led_to.keys() - set(await uow.scalars(known))
    rows = [
        {"thread_id": thread_id, "uri": uri, "title": title, "attached_at": uow.now}
        for uri, title in led_to.items()
        if uri in fresh
    ]
    if rows:
        await uow.execute(insert(matter_table), rows)


async def attach_own(uow: UnitOfWork, by: Party, about: str, uri: str, title: str) -> None:
    """`attach` to what somebody of ours has begun about a thing and is still open, if anything."""
    own = (
        select(_t.id)
        .join(side_table, _s.thread_id == _t.id)
        .where(
            _t.about_uri == about,
            _t.state == State.OPEN,
            _s.role == Role.ASKER,
            _s.kind == by.kind,
            _s.ref == by.ref,
        )
    )
    for thread_id in await uow.scalars(own):
        await attach(uow, thread_id, uri, title)


async def attach_named(uow: UnitOfWork, context: str, by: str, uri: str, title: str) -> None:
    """`attach` to the conversation that an actor elsewhere names, if it is one with that actor."""
    theirs = (
        select(_t.id)
        .join(side_table, _s.thread_id == _t.id)
        .where(
            _t.uri == context,
            _t.state != State.ERASED,
            _s.kind == PartyKind.ACTOR,
            _s.ref == by,
        )
    )
    for thread_id in await uow.scalars(theirs):
        await attach(uow, thread_id, uri, title)


async def erase(uow: UnitOfWork, place: Seat) -> None:
    """Delete a conversation: nothing that was said in it can be read here any more, and the other
    node is asked to forget our messages. Raises NotAllowed, Conflict."""
    row = await thread_row(uow, place.thread_id)
    other = (await sides_of(uow, place.thread_id))[place.other]
    await erase_quietly(uow, place)
    said = select(_m.uri).where(_m.thread_id == row.id, _m.activity_id.is_not(None))
    for uri in await uow.scalars(said.where(_m.withdrawn_at.is_(None)).order_by(_m.number)):
        await wire.send_withdrawal(uow, uri, other.ref, row.uri)


async def erase_quietly(uow: UnitOfWork, place: Seat) -> None:
    """`erase` without a word to the other node. Raises NotAllowed, Conflict."""
    row = await thread_row(uow, place.thread_id)
    sides = await sides_of(uow, place.thread_id)
    mine, other = sides[place.role], sides[place.other]
    if not may_erase(mine, other):
        raise NotAllowed(_("Others of this coop share this conversation. Close it."), "shared")
    after = LIFE.next_state(State(row.state), Event.ERASE)
    await vault.destroy(uow, row.subject)
    await outbox.forget(uow, [row.uri])
    if other.kind is PartyKind.ACTOR:
        await kept.forget_private(uow, other.ref)
    await uow.execute(update(message_table).where(_m.thread_id == row.id).values(box=b""))
    await uow.execute(update(thread_table).where(_t.id == row.id).values(state=after))
    await notices.withdraw(uow, NoticeKind.MESSAGE, row.id)
    await audit.record(uow, place.by or audit.NODE, "threads.erase", row.id)


async def check_reachable(uow: UnitOfWork, to: Party) -> None:
    """Raises NotAllowed for an actor elsewhere that we hear nothing from."""
    if to.kind is PartyKind.ACTOR and await standing(uow, to.ref) in _SHUT_OUT:
        raise NotAllowed(
            _("This coop is on hold here: nothing goes out to it, and nothing comes in."),
            "peer-on-hold",
        )


async def _open_between(
    uow: UnitOfWork, by: Collection[str], to: Party, about: str | None
) -> str | None:
    asker, answerer = side_table.alias(), side_table.alias()
    open_one = (
        select(_t.id)
        .join(asker, asker.c.thread_id == _t.id)
        .join(answerer, answerer.c.thread_id == _t.id)
        .where(
            _t.state == State.OPEN,
            _t.about_uri == about if about else _t.about_uri.is_(None),
            asker.c.role == Role.ASKER,
            asker.c.kind == PartyKind.ACCOUNT,
            asker.c.ref.in_(by),
            asker.c.shared if about else true(),
            answerer.c.role == Role.ANSWERER,
            answerer.c.kind == to.kind,
            answerer.c.ref == to.ref,
        )
    )
    return await uow.scalar(open_one)


async def _send(
    uow: UnitOfWork, row: Any, message_id: str, text: str, to: str, answers: Answers | None
) -> None:
    [message] = await uow.rows(select(message_table).where(_m.id == message_id))
    document = await wire.note(uow, message, text, to=to, context=row.uri, answers=answers)
    activity_id = await wire.send_note(uow, document, to, row.uri)
    sent = update(message_table).where(_m.id == message_id).values(activity_id=activity_id)
    await uow.execute(sent)
