"""Writing the list."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import String, cast, insert, select, update

from federation.storage import UnitOfWork
from federation.storage.base import table_of
from node.audit.models import AuditEntry

OPERATOR = "operator"
NODE = "node"
LEFT = "left"
"""Stands where an account stood that is gone: which one it was, no line says any longer."""
_a = table_of(AuditEntry).c


async def record(
    uow: UnitOfWork,
    actor: str,
    what: str,
    subject: str,
    detail: dict[str, Any] | None = None,
) -> None:
    """Note that `actor` (an account's id, OPERATOR or NODE) did `what` ("peers.suspend")."""
    await record_each(uow, actor, what, [subject], detail)


async def record_each(
    uow: UnitOfWork,
    actor: str,
    what: str,
    subjects: Collection[str],
    detail: dict[str, Any] | None = None,
) -> None:
    """`record` of many things, in one call."""
    rows = [
        {
            "id": uow.new_id(),
            "at": uow.now,
            "actor": actor,
            "what": what,
            "subject": subject,
            "detail": detail or {},
        }
        for subject in subjects
    ]
    if rows:
        await uow.execute(insert(table_of(AuditEntry)), rows)


async def forget(uow: UnitOfWork, account_id: str) -> None:
    """Take an account that is gone out of every line: what was done stays, and nothing says whose
    deeds belong together, or to whom in the register. Why something was done to it goes, too: such
    words may tell whose it was."""
    about = select(_a.id, _a.detail).where(
        _a.subject == account_id, cast(_a.detail, String).contains('"reason"')
    )
    for row in await uow.rows(about):
        wordless = {name: said for name, said in row.detail.items() if name != "reason"}
        await uow.execute(update(AuditEntry).where(_a.id == row.id).values(detail=wordless))
    for column in (_a.actor, _a.subject):
        theirs = update(AuditEntry).where(column == account_id)
        await uow.execute(theirs.values({column.key: LEFT}))
    named = select(_a.id, _a.detail).where(cast(_a.detail, String).contains(account_id))
    for row in await uow.rows(named):
        detail = {name: LEFT if said == account_id else said for name, said in row.detail.items()}
        await uow.execute(update(AuditEntry).where(_a.id == row.id).values(detail=detail))
