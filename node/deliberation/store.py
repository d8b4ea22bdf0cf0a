"""Rows of comments and hidings: found, counted, written."""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, func, insert, select, update

from federation.storage import Reader, UnitOfWork
from federation.storage.blanking import blank
from node.deliberation.life import Scope
from node.deliberation.models import Comment, comment_table, hiding_table
from node.errors import NotFound
from node.i18n import _

A_DAY = timedelta(days=1)
_c, _h = comment_table.c, hiding_table.c


async def comment(reader: Reader, comment_id: str) -> Row[Any]:
    """Raises NotFound."""
    found = await _one(reader, _c.id == comment_id)
    if found is None:
        raise NotFound(_("There is no such comment here."))
    return found


async def at(reader: Reader, uri: str | None) -> Row[Any] | None:
    """The comment of an address."""
    return await _one(reader, _c.uri == uri)


async def today(reader: Reader, *which: ColumnElement[bool]) -> int:
    """How many such comments came within a day."""
    chosen = select(func.count()).select_from(comment_table)
    return await reader.scalar(chosen.where(_c.received_at > reader.now - A_DAY, *which)) or 0


async def keep(uow: UnitOfWork, **columns: Any) -> Row[Any]:
    """A new comment, as it stands then."""
    row: dict[str, Any] = {
        "id": uow.new_id(),
        "received_at": uow.now,
        "edited_at": None,
        "erased_at": None,
    }
    row |= columns
    await uow.execute(insert(comment_table).values(**row))
    return await comment(uow, row["id"])


async def reword(uow: UnitOfWork, row: Row[Any], text: str, at: Any, **columns: Any) -> Row[Any]:
    """Other words in place of a comment's."""
    changed = {"said": text.encode(), "edited_at": at} | columns
    await uow.execute(update(comment_table).where(_c.id == row.id).values(**changed))
    return await comment(uow, row.id)


async def erase(uow: UnitOfWork, row: Row[Any]) -> None:
    """Nothing of what was said stays, nor who said it; only that there was something."""
    await blank(uow, Comment.said, Comment.id == row.id)
    gone = {"byline": "", "account_id": None, "erased_at": uow.now}
    await uow.execute(update(comment_table).where(_c.id == row.id).values(**gone))


async def hiding(reader: Reader, hiding_id: str) -> Row[Any]:
    """Raises NotFound."""
    rows = await reader.rows(select(hiding_table).where(_h.id == hiding_id))
    if not rows:
        raise NotFound(_("There is no such comment here."))
    return rows[0]


async def hiding_by(reader: Reader, uri: str, coop: str, scope: Scope) -> Row[Any] | None:
    """What a coop decided about a comment."""
    chosen = select(hiding_table).where(_h.comment == uri, _h.coop == coop, _h.scope == scope.value)
    rows = await reader.rows(chosen)
    return rows[0] if rows else None


async def decide(uow: UnitOfWork, before: Row[Any] | None, **columns: Any) -> None:
    """Write a hiding, or change the one that there is."""
    if before is None:
        row = {"id": uow.new_id(), "appeal": "", "answer": ""} | columns
        await uow.execute(insert(hiding_table).values(**row))
        return
    await uow.execute(update(hiding_table).where(_h.id == before.id).values(**columns))


async def _one(reader: Reader, which: ColumnElement[bool]) -> Row[Any] | None:
    rows = await reader.rows(select(comment_table).where(which))
    return rows[0] if rows else None
