"""What conversations are about and led to, and what was said last in those."""

from sqlalchemy import and_, func, or_, select

from federation.storage import Reader
from node import accounts, vault
from node.accounts import AccountView
from node.threads.models import (
    PartyKind,
    matter_table,
    message_table,
    side_table,
    thread_table,
)
from node.threads.queries import is_desk, mine_side, seen_by
from node.threads.views import LastSaid

MOST_TALKS = 10

_t, _s, _m = thread_table.c, side_table.c, message_table.c


async def about(reader: Reader, uri: str) -> list[str]:
    """The ids of the conversations about something, or that led to it."""
    led = select(matter_table.c.thread_id).where(matter_table.c.uri == uri)
    found = select(_t.id).where(or_(_t.about_uri == uri, _t.id.in_(led)))
    return await reader.scalars(found.order_by(_t.created_at, _t.id))


async def leading_to(reader: Reader, uri: str, who: AccountView) -> list[str]:
    """The ids of those conversations that led to something and that an account may see."""
    led = select(mine_side.c.thread_id).join(
        matter_table, matter_table.c.thread_id == mine_side.c.thread_id
    )
    return await reader.scalars(
        led.where(matter_table.c.uri == uri, or_(seen_by(who), is_desk(who)))
        .distinct()
        .order_by(mine_side.c.thread_id)
    )


async def last_said(reader: Reader, uri: str, who: AccountView) -> list[LastSaid]:
    """Of the conversations that led to something and that an account may see, the latest first,
    what was said last and not taken back."""
    later = message_table.alias()
    last = (
        select(func.max(later.c.number))
        .where(later.c.thread_id == _t.id, later.c.withdrawn_at.is_(None))
        .correlate(thread_table)
        .scalar_subquery()
    )
    # Whose own they are comes before what they could take from the desk.
    own_first = mine_side.c.kind == PartyKind.DESK
    rows = await reader.rows(
        select(_t.id, _t.subject, mine_side.c.role.label("mine"), _m.role, _m.by, _m.box)
        .join(matter_table, matter_table.c.thread_id == _t.id)
        .join(mine_side, mine_side.c.thread_id == _t.id)
        .outerjoin(message_table, and_(_m.thread_id == _t.id, _m.number == last))
        .where(matter_table.c.uri == uri, or_(seen_by(who), is_desk(who)))
        .order_by(_t.last_at.desc(), _t.id, own_first)
        .limit(2 * MOST_TALKS)  # each has two sides, and somebody may see both
    )
    once = list({row.id: row for row in reversed(rows)}.values())[-MOST_TALKS:]
    boxed = [row for row in once if row.box]
    opened = await vault.unseal_each(reader, [(row.subject, row.box) for row in boxed])
    texts = {row.id: (said or {}).get("text") for row, said in zip(boxed, opened, strict=True)}
    own = {row.id: row.by for row in once if row.role == row.mine and row.by}
    names = await accounts.names(reader, set(own.values()))
    return [
        LastSaid(
            row.id,
            row.role == row.mine,
            own.get(row.id),
            names.get(own.get(row.id, "")),
            texts.get(row.id),
        )
        for row in reversed(once)
    ]


async def context_of(reader: Reader, uri: str, actor: str) -> str | None:
    """The address of the conversation with an actor elsewhere that led to something."""
    led = (
        select(_t.uri)
        .join(matter_table, matter_table.c.thread_id == _t.id)
        .join(side_table, _s.thread_id == _t.id)
        .where(matter_table.c.uri == uri, _s.kind == PartyKind.ACTOR, _s.ref == actor)
    )
    return await reader.scalar(led.limit(1))
