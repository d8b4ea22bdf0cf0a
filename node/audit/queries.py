"""Reading the list."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from federation.storage import Reader
from node.audit.models import AuditEntry


@dataclass(frozen=True)
class AuditLine:
    """One thing that somebody did."""

    id: str
    at: datetime
    actor: str
    what: str
    subject: str
    detail: Mapping[str, Any]


async def entries(
    reader: Reader, *, subject: str | None = None, before: str | None = None, limit: int = 50
) -> list[AuditLine]:
    """The newest first; `before` is the id of the last line already seen."""
    statement = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)
    if subject is not None:
        statement = statement.where(AuditEntry.subject == subject)
    if before is not None:
        statement = statement.where(AuditEntry.id < before)
    return [
        AuditLine(row.id, row.at, row.actor, row.what, row.subject, row.detail)
        for row in await reader.scalars(statement)
    ]
