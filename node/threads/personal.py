"""Whom somebody wrote with, and what was said."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from federation.storage import Reader
from node import vault
from node.data_map import (
    Basis,
    Chosen,
    Kept,
    Leaving,
    Lists,
    Person,
    Row,
    Seen,
    data_map,
    of,
    stored,
)
from node.i18n import _
from node.threads.models import (
    Thread,
    ThreadBlock,
    ThreadMatter,
    ThreadMessage,
    ThreadReading,
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
    tables=(
        "thread",
        "thread_side",
        "thread_reading",
        "thread_matter",
        "thread_message",
        "thread_block",
    ),
)
def letters(person: Person) -> Lists:
    me = person.account_id
    s = side_table.c
    seats = select(s.thread_id).where(s.kind == "account", of(s.ref, me))
    key = account(me).key if me else None
    written = or_(ThreadMessage.thread_id.in_(seats), of(ThreadMessage.by, me))
    return {
        "conversations": stored(Thread, Thread.id.in_(seats)),
        "sides": stored(ThreadSide, ThreadSide.thread_id.in_(seats)),
        "read": stored(ThreadReading, of(ThreadReading.account_id, me)),
        "led-to": stored(ThreadMatter, ThreadMatter.thread_id.in_(seats)),
        "messages": _messages(written),
        "blocks": stored(ThreadBlock, of(ThreadBlock.holder, key)),
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
def guests(_person: Person) -> Lists:
    """A guest sees and deletes it by their own link."""
    return {}


def _messages(which: ColumnElement[bool]) -> Chosen:
    return Chosen(
        select(message_table, thread_table.c.subject)
        .join(thread_table, thread_table.c.id == message_table.c.thread_id)
        .where(which)
        .order_by(message_table.c.thread_id, message_table.c.number),
        _opened,
    )


async def _opened(reader: Reader, rows: Sequence[Any]) -> list[Row]:
    boxed = [row for row in rows if row.box]
    opened = await vault.unseal_each(reader, [(row.subject, row.box) for row in boxed])
    said = {row.id: content["text"] for row, content in zip(boxed, opened, strict=True) if content}
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
