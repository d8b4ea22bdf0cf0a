"""Obligations read and moved: the only place that writes their states."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, bindparam, select, update

from federation.storage import Reader, UnitOfWork
from node.clearing import rules
from node.clearing.models import line_table, obligation_table
from node.clearing.rules import Event
from node.clearing.views import ObligationView, obligation_view
from node.errors import NotFound
from node.i18n import _

_o = obligation_table.c


async def where(reader: Reader, *conditions: ColumnElement[bool]) -> list[ObligationView]:
    """Obligations, those due first first: in the order that both sides see alike."""
    chosen = select(obligation_table).where(*conditions).order_by(_o.due_on, _o.uri, _o.id)
    ours = reader.identities.coop.uri
    return [obligation_view(row, ours) for row in await reader.rows(chosen)]


async def one(reader: Reader, *conditions: ColumnElement[bool]) -> ObligationView | None:
    found = await where(reader, *conditions)
    return found[0] if found else None


async def by_id(reader: Reader, obligation_id: str) -> ObligationView:
    """Raises NotFound."""
    found = await one(reader, _o.id == obligation_id)
    if found is None:
        raise NotFound(_("There is no such obligation."))
    return found


async def move(
    uow: UnitOfWork, obligations: Sequence[ObligationView], event: Event, **columns: Any
) -> None:
    """Take obligations one step on. Raises Conflict if one of them cannot go."""
    if not obligations:
        return
    after = [
        {"_id": each.id, "state": rules.obligations.next_state(each.state, event).value}
        for each in obligations
    ]
    statement = (
        update(obligation_table)
        .where(_o.id == bindparam("_id"))
        .values(state=bindparam("state"), **columns)
    )
    await uow.execute(statement, after)


async def held_pairs(reader: Reader, currency: str) -> Collection[str]:
    """Partners with whom a statement differs in this currency."""
    held = select(line_table.c.partner).where(
        line_table.c.currency == currency, line_table.c.held_since.is_not(None)
    )
    return await reader.scalars(held)
