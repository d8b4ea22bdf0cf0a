"""Reading the list."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import select

from federation.storage import Reader
from node.audit.models import AuditEntry


class AuditLine(Struct, frozen=True):
    """One thing that somebody did."""

    id: str
    at: datetime
    actor: str
    what: str
    subject: str
    detail: Mapping[str, Any]


async def entries(
    reader: Reader,
    *,
    subject: str | None = None,
    actor: str | None = None,
    area: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: str | None = None,
    limit: int = 50,
) -> list[AuditLine]:
    """The newest first; `before` is the id of the last line already seen.

    area: what stands before the dot of `what`; until: the first moment no longer wanted.
    """
    statement = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)
    if actor is not None:
        statement = statement.where(AuditEntry.actor == actor)
    if area is not None:
        statement = statement.where(AuditEntry.what.startswith(f"{area}.", autoescape=True))
    if since is not None:
        statement = statement.where(AuditEntry.at >= since)
    if until is not None:
        statement = statement.where(AuditEntry.at < until)
    if subject is not None:
        statement = statement.where(AuditEntry.subject == subject)
    if before is not None:
        statement = statement.where(AuditEntry.id < before)
    return [
        AuditLine(row.id, row.at, row.actor, row.what, row.subject, row.detail)
        for row in await reader.scalars(statement)
    ]


async def actors(reader: Reader) -> list[str]:
    """Whoever did anything here: ids of accounts, and what stands for nobody's account."""
    return await reader.scalars(select(AuditEntry.actor).distinct().order_by(AuditEntry.actor))
