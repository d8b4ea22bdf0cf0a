"""Statements on their way into the log: kept until a quorum has stored them, or said once more.

A host may take a statement in, tell nobody, and never come back. Whoever said it says it again to
the host that follows.
"""

from collections.abc import Sequence

from sqlalchemy import delete, insert, select

from federation.storage import Reader, UnitOfWork
from node.council.rows.models import entry_table, pending_table
from node.council.rows.store import Federation
from node.council.words import statements
from node.council.words.statements import Kind, Statement

_e = entry_table.c
_w = pending_table.c


async def keep(uow: UnitOfWork, known: Federation, said: Sequence[Statement]) -> None:
    """Remember statements that are to be in the log, those that are not remembered yet."""
    digests = [each.object for each in said]
    same = select(_w.digest).where(_w.federation_id == known.id, _w.digest.in_(digests))
    there = set(await uow.scalars(same))
    rows = [
        {"federation_id": known.id, "digest": each.object, "text": each.text}
        for each in said
        if each.object not in there
    ]
    if rows:
        await uow.execute(insert(pending_table), rows)


async def unlogged(reader: Reader, known: Federation) -> list[Statement]:
    """What is remembered and not in our copy of the log, in the order in which it was said."""
    logged = select(_e.digest).where(_e.federation_id == known.id, _e.digest == _w.digest)
    chosen = select(_w.text).where(_w.federation_id == known.id, ~logged.exists())
    return [statements.read(text) for text in await reader.scalars(chosen.order_by(_w.seq))]


async def has_revealed(reader: Reader, known: Federation, proposal: str) -> bool:
    """Whether our part of a lot is on its way, or in our copy of the log under no head yet."""
    chosen = select(_w.text).where(_w.federation_id == known.id)
    said = [statements.read(text) for text in await reader.scalars(chosen)]
    ours = [each for each in said if each.coop == reader.identities.coop.uri]
    return any(each.kind is Kind.REVEAL and each.proposal == proposal for each in ours)


async def forget(uow: UnitOfWork, known: Federation, size: int) -> None:
    """A quorum has stored the first so many entries: what they hold need not be said again."""
    stored = select(_e.digest).where(_e.federation_id == known.id, _e.position < size)
    await uow.execute(
        delete(pending_table).where(_w.federation_id == known.id, _w.digest.in_(stored))
    )


async def drop(uow: UnitOfWork, known: Federation, statement: Statement) -> None:
    """It will never be in the log as it is."""
    this = (_w.federation_id == known.id) & (_w.digest == statement.object)
    await uow.execute(delete(pending_table).where(this))
