"""Our outbox, our catalogue and single activities, each as far as the requester may see them."""

from typing import Any
from urllib.parse import quote

from sqlalchemy import ColumnElement, Text, cast, exists, func, or_, select

from federation.documents import (
    BadCursor,
    DocumentTable,
    Protected,
    Requester,
)
from federation.models import Delivery, OutboxEntry
from federation.relations import Standing
from federation.storage.unit_of_work import Reader
from protocol import strict_json
from protocol.iri import authority_of
from protocol.vocabulary.collections import collection, page


async def outbox(reader: Reader, requester: Requester, actor: str) -> dict[str, Any]:
    """The front of an actor's outbox."""
    visible = (OutboxEntry.actor == actor, OutboxEntry.listed, _visible(requester))
    total = await reader.scalar(select(func.count()).select_from(OutboxEntry).where(*visible))
    return collection(f"{actor}/outbox", total, f"{actor}/outbox?cursor=")


async def outbox_page(
    reader: Reader, requester: Requester, actor: str, cursor: str, limit: int
) -> dict[str, Any]:
    """Activities, newest first, as they were signed. Raises BadCursor."""
    query = (
        select(OutboxEntry.id, OutboxEntry.body)
        .where(OutboxEntry.actor == actor, OutboxEntry.listed, _visible(requester))
        .order_by(OutboxEntry.seq.desc())
        .limit(limit + 1)
    )
    if cursor:
        before = await reader.scalar(select(OutboxEntry.seq).where(OutboxEntry.id == cursor))
        if before is None:
            raise BadCursor(cursor)
        query = query.where(OutboxEntry.seq < before)
    rows = await reader.rows(query)
    more = f"{actor}/outbox?cursor={rows[limit - 1].id}" if len(rows) > limit else None
    items = [strict_json.loads(row.body) for row in rows[:limit]]
    return page(f"{actor}/outbox?cursor={cursor}", f"{actor}/outbox", items, more)


async def activity(
    reader: Reader, requester: Requester, number: str
) -> tuple[bytes, bool] | Protected | None:
    """The bytes of one activity and whether they are public."""
    entry = await reader.scalar(select(OutboxEntry).where(OutboxEntry.id == number))
    if entry is None or not entry.body:  # of a private message nothing is kept once it arrived
        return None
    visible = select(OutboxEntry.seq).where(OutboxEntry.id == number, _visible(requester))
    if await reader.scalar(visible) is None:
        return Protected()
    return entry.body, entry.public


async def catalogue(
    reader: Reader, requester: Requester, documents: DocumentTable, actor: str
) -> dict[str, Any]:
    """The front of our catalogue."""
    first = await documents.catalogue_page(reader, requester, None, 1)
    return collection(f"{actor}/catalogue", first.total, f"{actor}/catalogue?since=")


async def catalogue_page(
    reader: Reader,
    requester: Requester,
    documents: DocumentTable,
    actor: str,
    cursor: str,
    limit: int,
) -> dict[str, Any]:
    """Objects in the order of their last change; the last page is empty and waits for more.

    Raises BadCursor.
    """
    part = await documents.catalogue_page(reader, requester, cursor or None, limit)
    base = f"{actor}/catalogue"
    more = f"{base}?since={quote(part.next, safe='')}" if part.next else None
    return page(f"{base}?since={quote(cursor, safe='')}", base, part.items, more)


def _visible(requester: Requester) -> ColumnElement[bool]:
    if requester.actor is None or requester.standing is Standing.SUSPENDED:
        return OutboxEntry.public.is_(True)
    # To this actor, not only to its host: others live there too. The list is text to a database,
    # and an address holds no quotation mark.
    recipients = cast(Delivery.recipients, Text)
    is_for_them = func.replace(recipients, f'"{requester.actor}"', "") != recipients
    sent_there = exists().where(
        Delivery.outbox_seq == OutboxEntry.seq,
        Delivery.authority == authority_of(requester.actor),
        is_for_them,
    )
    return or_(OutboxEntry.public, sent_there)
