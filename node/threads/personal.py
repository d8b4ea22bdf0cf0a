"""Whom somebody wrote with, and what was said."""

from collections import defaultdict
from typing import Any

from sqlalchemy import or_, select

from federation.storage import Reader
from node import vault
from node.data_map import Basis, Found, Kept, Leaving, Person, Row, Seen, data_map, of, stored
from node.i18n import _
from node.threads.models import (
    Thread,
    ThreadBlock,
    ThreadMatter,
    ThreadMessage,
    ThreadSide,
    message_table,
    side_table,
    thread_table,
)
from node.threads.rules import account


@data_map.about(
    "letters",
    what=_("Your conversations, and from whom you take no messages"),
    why=_("So that people can write to each other"),
    basis=Basis.CONTRACT,
    kept=Kept.ACCOUNT,
    seen=Seen.SIDES,
    leaving=Leaving.RECALLED,
    tables=("thread", "thread_side", "thread_matter", "thread_message", "thread_block"),
)
async def letters(reader: Reader, person: Person) -> Found:
    me = person.account_id
    s = side_table.c
    seats = select(s.thread_id).where(s.kind == "account", of(s.ref, me))
    key = account(me).key if me else None
    written = or_(ThreadMessage.thread_id.in_(seats), of(ThreadMessage.by, me))
    return {
        "conversations": await stored(reader, Thread, Thread.id.in_(seats)),
        "sides": await stored(reader, ThreadSide, ThreadSide.thread_id.in_(seats)),
        "led-to": await stored(reader, ThreadMatter, ThreadMatter.thread_id.in_(seats)),
        "messages": await _messages(reader, written),
        "blocks": await stored(reader, ThreadBlock, of(ThreadBlock.holder, key)),
    }


@data_map.about(
    "guests",
    what=_("Name and contact of people without an account who write to us, and complaints"),
    why=_("So that they can be answered"),
    basis=Basis.CONSENT,
    kept=Kept.WITHDRAWN,
    seen=Seen.SIDES,
    leaving=Leaving.DELETED,
    tables=("thread_guest", "thread_report"),
)
async def guests(_reader: Reader, _person: Person) -> Found:
    """A guest sees and deletes it by their own link."""
    return {}


async def _messages(reader: Reader, which: Any) -> list[Row]:
    rows = await reader.rows(
        select(message_table, thread_table.c.subject)
        .join(thread_table, thread_table.c.id == message_table.c.thread_id)
        .where(which)
        .order_by(message_table.c.thread_id, message_table.c.number)
    )
    by_subject: defaultdict[str, list[Any]] = defaultdict(list)
    for row in rows:
        by_subject[row.subject].append(row)
    said: dict[str, str | None] = {}
    for subject, messages in by_subject.items():
        boxed = [message for message in messages if message.box]
        opened = await vault.unseal_all(reader, subject, [message.box for message in boxed])
        for message, content in zip(boxed, opened, strict=True):
            said[message.id] = content["text"] if content else None
    return [
        {
            "thread_id": row.thread_id,
            "number": row.number,
            "side": row.role,
            "by": row.by,
            "text": said.get(row.id),
            "sent_at": row.sent_at,
            "edited_at": row.edited_at,
            "withdrawn_at": row.withdrawn_at,
        }
        for row in rows
    ]
