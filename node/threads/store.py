"""Rows of conversations, written and counted; what people may do with them is in `commands`."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from federation.storage import Reader, UnitOfWork
from federation.storage.blanking import blank
from node import accounts, members, notices, vault
from node.accounts import Role as AccountRole
from node.errors import NotFound
from node.i18n import _
from node.notices import NoticeKind
from node.threads import wire
from node.threads.answers import boxed
from node.threads.models import (
    PartyKind,
    Role,
    State,
    ThreadMessage,
    block_table,
    message_table,
    reading_table,
    side_table,
    thread_table,
)
from node.threads.queries import names_of
from node.threads.rules import DESK, Party, Seat
from node.threads.topics import Topic
from protocol.iri import authority_of
from protocol.vocabulary.messages import Answers

_t, _s, _m, _b = thread_table.c, side_table.c, message_table.c, block_table.c
_A_DAY = timedelta(days=1)


async def begin(
    uow: UnitOfWork,
    by: Party,
    to: Party,
    about: Topic | None,
    *,
    uri: str | None = None,
    subject: str | None = None,
) -> str:
    """A conversation without a word in it yet; returns its id. uri: if it was opened elsewhere."""
    thread_id = uow.new_id()
    row = {
        "id": thread_id,
        "uri": uri or wire.thread_uri(uow.identities.base, thread_id),
        "subject": subject or thread_id,
        "state": State.OPEN,
        "about_uri": about.uri if about else None,
        "about_title": about.title if about else None,
        "last_number": 0,
        "created_at": uow.now,
        "last_at": uow.now,
    }
    await uow.execute(insert(thread_table), [row])
    sides = [
        {
            "thread_id": thread_id,
            "role": role,
            "kind": party.kind,
            "ref": party.ref,
            "read_number": 0,
            "blocked_at": None,
            "shared": about is not None and party.kind is PartyKind.ACCOUNT,
        }
        for role, party in ((Role.ASKER, by), (Role.ANSWERER, to))
    ]
    await uow.execute(insert(side_table), sides)
    return thread_id


async def keep_message(
    uow: UnitOfWork,
    row: Any,
    number: int,
    text: str,
    message: dict[str, Any],
    answers: Answers | None = None,
) -> None:
    """Seal a message and put it at the end. message: id, uri, role, by and what it answers."""
    box = await vault.seal(uow, row.subject, boxed(text, answers))
    written = message | {
        "answers_for": answers and answers.agreement,
        "thread_id": row.id,
        "number": number,
        "box": box,
        "activity_id": None,
        "sent_at": uow.now,
    }
    await uow.execute(insert(message_table), [written])
    now = {"last_number": number, "last_at": uow.now, "state": State.OPEN}
    await uow.execute(update(thread_table).where(_t.id == row.id).values(now))


async def clear_message(uow: UnitOfWork, message_id: str) -> None:
    """Nothing of it stays but that it was there."""
    await blank(uow, ThreadMessage.box, ThreadMessage.id == message_id)
    gone = update(message_table).where(_m.id == message_id)
    await uow.execute(gone.values(withdrawn_at=uow.now))


async def tell(
    uow: UnitOfWork,
    thread_id: str,
    party: Party,
    title: str | None,
    writer: Party,
    *,
    quiet: bool = False,
) -> None:
    """Tell somebody of ours, with those who share it, those in a team, or whoever looks after the
    coop, that something was written."""
    if party.kind not in (PartyKind.ACCOUNT, PartyKind.DESK):
        return
    kind, words = NoticeKind.MESSAGE, await _public_words(uow, title, writer)
    if await _is_shared(uow, thread_id, party):
        await members.tell(uow, kind, thread_id, party.ref, quiet=quiet, **words)
        return
    told: Sequence[str | None] = [party.ref]
    if party.kind is PartyKind.DESK:
        told = await accounts.in_team(uow, party.ref) or [None]
    for account_id in told:
        await notices.give(
            uow,
            kind,
            thread_id,
            to_role=AccountRole.ADMIN,
            to_account=account_id,
            quiet=quiet,
            **words,
        )


async def _is_shared(reader: Reader, thread_id: str, party: Party) -> bool:
    side = (_s.thread_id == thread_id, _s.kind == party.kind, _s.ref == party.ref)
    return await reader.scalar(select(_s.shared).where(*side)) or False


async def _public_words(uow: UnitOfWork, title: str | None, writer: Party) -> dict[str, str]:
    """What it is about, else which coop it came from; of our own people and guests no name."""
    if title:
        return {"name": title}
    if writer.kind is not PartyKind.ACTOR:
        return {}
    return {"coop": (await names_of(uow, [writer]))[writer] or authority_of(writer.ref)}


async def whoever_answers(uow: UnitOfWork, to: Party) -> Party:
    """The one written to, or the desk when their account is no longer in use."""
    if to.kind is not PartyKind.ACCOUNT:
        return to
    found = await accounts.account(uow, to.ref)
    return DESK if found is None or found.disabled else to


async def thread_row(uow: UnitOfWork, thread_id: str) -> Any:
    """The row itself. Raises NotFound."""
    rows = await uow.rows(select(thread_table).where(_t.id == thread_id))
    if not rows:
        raise NotFound(_("This conversation is not here, or it is not yours."))
    return rows[0]


async def is_barred(uow: UnitOfWork, holder: Party, other: Party) -> bool:
    """Whether the holder takes nothing from the other, in any conversation."""
    pair = select(_b.barred).where(_b.holder == holder.key, _b.barred == other.key)
    return await uow.scalar(pair) is not None


async def unanswered(uow: UnitOfWork, thread_id: str, role: Role) -> int:
    """How many messages a side has written since the other's last."""
    answered = select(func.coalesce(func.max(_m.number), 0)).where(
        _m.thread_id == thread_id, _m.role != role
    )
    since = await uow.scalar(answered) or 0
    written = select(func.count()).where(_m.thread_id == thread_id, _m.number > since)
    return await uow.scalar(written) or 0


async def opened_today(uow: UnitOfWork, by: Party) -> int:
    """How many conversations somebody has begun within a day; guests are counted as one."""
    begun = (
        select(func.count())
        .select_from(side_table)
        .join(thread_table, _t.id == _s.thread_id)
        .where(_s.role == Role.ASKER, _s.kind == by.kind, _t.created_at > uow.now - _A_DAY)
    )
    if by.kind is not PartyKind.GUEST:
        begun = begun.where(_s.ref == by.ref)
    return await uow.scalar(begun) or 0


async def answers(uow: UnitOfWork, place: Seat, about_uri: str | None) -> str | None:
    """What a message of this side answers: the other side's last, else what it is about."""
    theirs = (
        select(_m.uri)
        .where(_m.thread_id == place.thread_id, _m.role == place.other)
        .order_by(_m.number.desc())
        .limit(1)
    )
    return await uow.scalar(theirs) or about_uri


async def note_reading(uow: UnitOfWork, thread_id: str, account_id: str, number: int) -> None:
    """One of several who share a side has read up to a message."""
    r = reading_table.c
    before = delete(reading_table).where(r.thread_id == thread_id, r.account_id == account_id)
    await uow.execute(before)
    row = {"thread_id": thread_id, "account_id": account_id, "read_number": number}
    await uow.execute(insert(reading_table), [row])


async def set_side(uow: UnitOfWork, place: Seat, **values: Any) -> None:
    this = (_s.thread_id == place.thread_id, _s.role == place.role)
    await uow.execute(update(side_table).where(*this).values(values))
