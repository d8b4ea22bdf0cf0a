"""Writing the list."""

from typing import Any

from sqlalchemy import insert

from federation.storage import UnitOfWork
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
    await uow.execute(
        insert(AuditEntry).values(
            id=uow.new_id(),
            at=uow.now,
            actor=actor,
            what=what,
            subject=subject,
            detail=detail or {},
        )
    )
