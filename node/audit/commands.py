"""Writing the list."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import insert

from federation.storage import UnitOfWork
from federation.storage.base import table_of
from node.audit.models import AuditEntry

OPERATOR = "operator"
NODE = "node"


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
