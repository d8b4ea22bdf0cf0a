"""What passed between us and one coop, as that coop may read it: it alone.

Two streams in the order of our clock: what it said to us, and what we said to it and it took. Each
activity is as it was signed, so that the reader believes the proofs and not us. What of ours is
still on its way is left out: it comes by itself.
"""

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from msgspec import Struct
from sqlalchemy import Select, Text, and_, cast, exists, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from federation.correspondence.keeping import flagged_types, is_kept
from federation.documents import BadCursor, Requester
from federation.errors import Refused
from federation.handlers import HandlerTable
from federation.models import Delivery, DeliveryState, HeardActivity, OutboxEntry, RemoteActor
from federation.storage.unit_of_work import Reader
from protocol import datetimes, jsonld, strict_json
from protocol.errors import MalformedDocument
from protocol.iri import authority_of
from protocol.vocabulary.activities import parse_activity
from protocol.vocabulary.collections import collection, page

_AT_ONCE = 50
_OURS, _THEIRS = 0, 1


class _Place(Struct, frozen=True):
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


async def readable_since(reader: Reader, requester: Requester) -> datetime:
    """From when on whoever asks may read what passed: an address can have a new owner.

    Raises Refused for whom we are not in touch with, who has moved, and whose keys have changed
    without a voucher of the keys before, until a person here has said yes to it again.
    """
    if requester.actor is None or requester.signer is None or not requester.is_peer:
        raise Refused(404, "not-found", "There is nothing at this address.")
    known = [
        await reader.session.get(RemoteActor, uri) for uri in (requester.actor, requester.signer)
    ]
    believed = [each.keys_believed_since for each in known if each and not each.moved_to]
    moments = [moment for moment in believed if moment is not None]
    if len(moments) < len(known):
        raise Refused(
            403,
            "keys-unconfirmed",
            "The coop at your address has moved, or other keys than before speak for it. Ask its "
            "people here to say yes to you again; what passes from then on you can read.",
        )
    return max(moments)


async def correspondence_page(
    reader: Reader,
    handlers: HandlerTable,
    actor: str,
    peer: str,
    since: str | None,
    cursor: str,
    most_bytes: int,
    *,
    floor: datetime,
) -> dict[str, Any]:
    """Some activities, oldest first, none from before the floor; no `next` on the last page.
    Raises BadCursor."""
    place = _read_place(cursor) if cursor else None
    query = _between(actor, peer, max(_moment(since) or floor, floor), place)
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
    items = await _without_words(reader, handlers, [strict_json.loads(row.body) for row in shown])
    return page(f"{asked}&cursor={cursor}", base, items, more)


async def _without_words(
    reader: Reader, handlers: HandlerTable, said: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    read = [parse_activity(jsonld.normalise(one)) for one in said]
    flagged = await flagged_types(reader, handlers, read)
    return [
        one
        for one, each in zip(said, read, strict=True)
        if is_kept(each, flagged.get(each.object_id or ""))
    ]


def _between(actor: str, peer: str, since: datetime, place: _Place | None) -> Select[Any]:
    theirs = select(
        HeardActivity.received_at.label("at"),
        literal(_THEIRS).label("stream"),
        HeardActivity.seq.label("seq"),
        HeardActivity.raw.label("body"),
    ).where(HeardActivity.actor == peer, HeardActivity.received_at >= since)
    recipients = cast(Delivery.recipients, Text)
    later = aliased(OutboxEntry)
    is_deleted = exists().where(
        later.object_uri == OutboxEntry.object_uri,
        later.activity_type == "Delete",
        later.seq > OutboxEntry.seq,
    )
    ours = (
        select(
            # Not when its delivery was noted: an answer may have come before that.
            OutboxEntry.published_at.label("at"),
            literal(_OURS).label("stream"),
            OutboxEntry.seq.label("seq"),
            OutboxEntry.body.label("body"),
        )
        .join(Delivery, Delivery.outbox_seq == OutboxEntry.seq)
        .where(
            OutboxEntry.actor == actor,
            Delivery.authority == authority_of(peer),
            Delivery.delivered_at >= since,
            Delivery.state == DeliveryState.DELIVERED,
            func.replace(recipients, f'"{peer}"', "") != recipients,
            func.length(OutboxEntry.body) > 0,
            ~is_deleted,
        )
    )
    both = union_all(theirs, ours).subquery()
    c = both.c
    query = select(c.at, c.stream, c.seq, c.body).order_by(c.at, c.stream, c.seq)
    if place is not None:
        later_row = and_(c.stream == place.stream, c.seq > place.seq)
        later_then = and_(c.at == place.at, or_(c.stream > place.stream, later_row))
        query = query.where(or_(c.at > place.at, later_then))
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
