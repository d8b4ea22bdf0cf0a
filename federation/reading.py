"""What peers may read of ours besides single objects: activities, the outbox, who follows whom."""

from typing import Any

from sqlalchemy import ColumnElement, select, true

from federation.documents import Requester
from federation.models import OutboxEntry
from federation.storage.unit_of_work import Reader
from protocol import strict_json


async def activity(reader: Reader, requester: Requester, number: str) -> dict[str, Any] | None:
    """The activity of ours with that number, if it is addressed to the requester; else None."""
    query = select(OutboxEntry.body, OutboxEntry.public, OutboxEntry.to, OutboxEntry.cc).where(
        OutboxEntry.id == number
    )
    for body, public, to, cc in await reader.rows(query):
        if public or _is_for(reader, requester, [*to, *cc]):
            return strict_json.loads(body)
    return None


async def outbox_page(
    reader: Reader, requester: Requester, before: int | None, limit: int
) -> tuple[list[dict[str, Any]], int | None]:
    """Activities newest first, and where the next page begins (None: it was the last).

    Strangers see the public ones, peers also those to our followers. What is addressed to single
    actors is read from the activity's own address, not here.
    """
    query = (
        select(OutboxEntry.seq, OutboxEntry.body)
        .where(OutboxEntry.listed, _shown_to(requester))
        .order_by(OutboxEntry.seq.desc())
        .limit(limit + 1)
    )
    if before is not None:
        query = query.where(OutboxEntry.seq < before)
    rows = await reader.rows(query)
    shown = [strict_json.loads(body) for _seq, body in rows[:limit]]
    return shown, rows[limit - 1][0] if len(rows) > limit else None


def _shown_to(requester: Requester) -> ColumnElement[bool]:
    # Listed entries are addressed to the public or to all followers, never to one alone.
    return true() if requester.is_peer else OutboxEntry.public.is_(True)


def _is_for(reader: Reader, requester: Requester, audience: list[str]) -> bool:
    if requester.actor is None:
        return False
    if requester.actor in audience:
        return True
    return requester.is_peer and f"{reader.identities.coop.uri}/followers" in audience
