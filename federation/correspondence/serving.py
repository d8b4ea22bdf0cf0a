"""What passed between us and one coop, as that coop may read it: it alone.

Two streams in the order of our clock: what it said to us, and what we said to it and it took. Each
activity is as it was signed, so that the reader believes the proofs and not us. What of ours is
still on its way is left out: it comes by itself.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from sqlalchemy import Select, Text, and_, cast, func, literal, or_, select, union_all

from federation.documents import BadCursor
from federation.models import Delivery, DeliveryState, HeardActivity, OutboxEntry
from federation.storage.unit_of_work import Reader
from protocol import datetimes, strict_json
from protocol.errors import MalformedDocument
from protocol.iri import authority_of
from protocol.vocabulary.collections import collection, page

_AT_ONCE = 50
_OURS, _THEIRS = 0, 1


@dataclass(frozen=True, slots=True)
class _Place:
    """The activity up to which somebody has read: when it was, which stream, which row."""

    at: datetime
    stream: int
    seq: int


def correspondence(actor: str, since: str | None) -> dict[str, Any]:
    """The front of an actor's correspondence with whoever asks. Raises BadCursor."""
    _moment(since)
    base = f"{actor}/correspondence"
    asked = "" if since is None else f"since={quote(since, safe='')}"
    return collection(f"{base}?{asked}" if asked else base, None, f"{base}?{asked}&cursor=")


async def correspondence_page(
    reader: Reader, actor: str, peer: str, since: str | None, cursor: str, most_bytes: int
) -> dict[str, Any]:
    """Some activities, oldest first; no `next` on the last page. Raises BadCursor."""
    place = _read_place(cursor) if cursor else None
    query = _between(actor, peer, _moment(since), place)
    rows = await reader.rows(query.limit(_AT_ONCE + 1))
    shown: list[Any] = []
    size = 0
    for row in rows[:_AT_ONCE]:
        size += len(row.body)
        if shown and size > most_bytes:
            break
        shown.append(row)
    base = f"{actor}/correspondence"
    asked = f"{base}?" + ("" if since is None else f"since={quote(since, safe='')}")
    more = f"{asked}&cursor={_written_place(shown[-1])}" if len(shown) < len(rows) else None
    items = [strict_json.loads(row.body) for row in shown]
    return page(f"{asked}&cursor={cursor}", base, items, more)


def _between(actor: str, peer: str, since: datetime | None, place: _Place | None) -> Select[Any]:
    theirs = select(
        HeardActivity.received_at.label("at"),
        HeardActivity.received_at.label("passed_at"),
        literal(_THEIRS).label("stream"),
        HeardActivity.seq.label("seq"),
        HeardActivity.raw.label("body"),
    ).where(HeardActivity.actor == peer)
    recipients = cast(Delivery.recipients, Text)
    ours = (
        select(
            # Not when its delivery was noted: an answer may have come before that.
            OutboxEntry.published_at.label("at"),
            Delivery.delivered_at.label("passed_at"),
            literal(_OURS).label("stream"),
            OutboxEntry.seq.label("seq"),
            OutboxEntry.body.label("body"),
        )
        .join(Delivery, Delivery.outbox_seq == OutboxEntry.seq)
        .where(
            OutboxEntry.actor == actor,
            Delivery.authority == authority_of(peer),
            Delivery.state == DeliveryState.DELIVERED,
            func.replace(recipients, f'"{peer}"', "") != recipients,
            func.length(OutboxEntry.body) > 0,
        )
    )
    both = union_all(theirs, ours).subquery()
    c = both.c
    query = select(c.at, c.stream, c.seq, c.body).order_by(c.at, c.stream, c.seq)
    if since is not None:
        query = query.where(c.passed_at >= since)
    if place is not None:
        later_row = and_(c.stream == place.stream, c.seq > place.seq)
        later = and_(c.at == place.at, or_(c.stream > place.stream, later_row))
        query = query.where(or_(c.at > place.at, later))
    return query


def _moment(since: str | None) -> datetime | None:
    if since is None:
        return None
    try:
        return datetimes.parse(since)
    except MalformedDocument:
        raise BadCursor(since) from None


def _written_place(row: Any) -> str:
    text = f"{datetimes.format(row.at)} {row.stream} {row.seq}"
    return base64.urlsafe_b64encode(text.encode()).decode("ascii").rstrip("=")


def _read_place(cursor: str) -> _Place:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        at, stream, seq = base64.urlsafe_b64decode(padded.encode("ascii")).decode().split(" ")
        return _Place(datetimes.parse(at), int(stream), int(seq))
    except (ValueError, binascii.Error, MalformedDocument):
        raise BadCursor(cursor) from None
