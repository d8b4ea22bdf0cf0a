"""What peers may tell us about listings, and which of ours they and the public may read."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select

from federation import outbox
from federation.documents import (
    Answer,
    BadCursor,
    CataloguePage,
    DocumentTable,
    Protected,
    Requester,
    Withdrawn,
)
from federation.handlers import (
    UNKNOWN_OBJECT,
    Applied,
    CatalogueBatch,
    HandlerTable,
    Ignored,
    NeedsFetch,
    Outcome,
    Received,
    RefusedBy,
)
from federation.storage.unit_of_work import Reader, UnitOfWork
from node import policies
from node.listings import lasting, mirrors, rules, wire
from node.listings.availability.wire import free_document
from node.listings.mirrors import Offered, Taking
from node.listings.models import Visibility, mirror_table, publication_table
from node.listings.pace import paced
from node.listings.terms import OthersTerms, terms_for_others
from node.listings.views import uri_of
from protocol.errors import ProtocolError
from protocol.vocabulary.activities import hidden, tombstone
from protocol.vocabulary.base import one_id
from protocol.vocabulary.companions import companion_note, companion_uri
from protocol.vocabulary.listings import parse_listing

handlers = HandlerTable()
documents = DocumentTable()

_p = publication_table.c
_START = "0"
"""The position of who has read a catalogue in which there was nothing."""


@handlers.on("Create", "Proposal")
@handlers.on("Update", "Proposal")
async def listings_arrived(uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
    """A peer published or changed listings: keep what is newer than what we have."""
    wanted = await mirrors.followed(uow, {each.verified.actor for each in received})
    others = await terms_for_others(uow)
    judged = await mirrors.judged(uow, [each.activity.object_id or "" for each in received])
    outcomes: list[Outcome | None] = [None] * len(received)
    offered: list[tuple[int, Offered]] = []
    for position, each in enumerate(received):
        if each.verified.actor not in wanted:
            outcomes[position] = Ignored("not-followed")
            continue
        read = await _judged(uow, others, judged, _read(each, uow))
        if isinstance(read, Offered):
            offered.append((position, read))
        else:
            outcomes[position] = read
    taken = await mirrors.take(uow, [one for _position, one in offered])
    for (position, one), taking in zip(offered, taken, strict=True):
        outcomes[position] = _told(received[position], one, taking)
    return [outcome for outcome in outcomes if outcome is not None]


@handlers.on("Delete", "Proposal")
async def listings_withdrawn(uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
    """A peer withdrew listings. One that comes before its Create is remembered by the inbox."""
    owners = await _owners(uow, [each.activity.object_id or "" for each in received])
    outcomes: list[Outcome] = []
    gone = set()
    for each in received:
        uri = each.activity.object_id or ""
        owner = owners.get(uri)
        if owner is None:
            outcomes.append(Ignored(UNKNOWN_OBJECT))
        elif owner != each.activity.actor:
            outcomes.append(_not_the_owner())
        else:
            gone.add(uri)
            outcomes.append(Applied())
    await mirrors.forget(uow, gone)
    return outcomes


@handlers.on_catalogue("Proposal")
async def catalogue_read(uow: UnitOfWork, batch: CatalogueBatch) -> None:
    """Part of a peer's catalogue, or the news that all of it was read."""
    if not await mirrors.followed(uow, [batch.peer]):
        return
    others = await terms_for_others(uow)
    known = await mirrors.judged(uow, [item.uri for item in batch.items])
    offered = []
    async for item in paced(batch.items):
        if item.tombstone:
            continue
        try:
            listing = parse_listing(item.document)
            columns = wire.mirror_columns(listing, uow.now)
        except ProtocolError:
            continue  # one listing that we cannot read does not hold back the others
        if not mirrors.belongs(listing, batch.peer):
            continue
        judged = await _judged(uow, others, known, Offered(columns, item.document))
        if isinstance(judged, Offered):
            offered.append(judged)
    await mirrors.take(uow, offered)
    gone = {item.uri: item.deleted_at for item in batch.items if item.tombstone}
    owners = await _owners(uow, gone)
    theirs = {uri: at for uri, at in gone.items() if owners.get(uri, batch.peer) == batch.peer}
    deleted = {uri: min(at, uow.now) for uri, at in theirs.items() if at is not None}
    await mirrors.bury(uow, deleted, batch.peer)
    await mirrors.forget(uow, theirs)
    if batch.complete:
        await mirrors.forget_unconfirmed(uow, batch.peer, batch.started_at)


@handlers.types_of
async def known_listings(reader: Reader, uris: Sequence[str]) -> dict[str, str]:
    """Which of these are listings that we mirror, or have published."""
    c = mirror_table.c
    known = await reader.scalars(select(c.uri).where(c.uri.in_(uris)))
    base = uri_of(reader.identities.base, "")
    ours = [uri.removeprefix(base) for uri in uris if uri.startswith(base)]
    if ours:
        published = await reader.scalars(select(_p.id).where(_p.id.in_(ours)))
        known = [*known, *(base + one for one in published)]
    return dict.fromkeys(known, "Proposal")


@documents.at("/listings/{id}")
async def listing_document(reader: Reader, requester: Requester, id: str) -> Answer:  # noqa: A002
    """The signed Proposal, as it was signed when the listing last changed."""
    row = await _publication(reader, id)
    if row is None:
        return None
    if row.withdrawn_at is not None:
        uri = uri_of(reader.identities.base, row.id)
        return Withdrawn(tombstone(uri, "Proposal", row.withdrawn_at))
    return outbox.vouched(reader, row.document) if _may_read(row, requester) else Protected()


@documents.at("/listings/{id}/note")
async def listing_note(reader: Reader, _requester: Requester, id: str) -> Answer:  # noqa: A002
    """The companion Note of a public listing."""
    row = await _publication(reader, id)
    if row is None or not row.was_public:
        return None
    if row.withdrawn_at is not None or row.audience != Visibility.PUBLIC:
        uri = companion_uri(uri_of(reader.identities.base, row.id))
        return Withdrawn(tombstone(uri, "Note", row.withdrawn_at or row.updated_at))
    return companion_note(parse_listing(row.document))


@documents.at("/listings/{id}/free/{first}/{last}")
async def listing_free_times(
    reader: Reader,
    requester: Requester,
    id: str,  # noqa: A002
    first: str,
    last: str,
) -> Answer:
    """When a listing can be had, from one day to another; for whom the listing itself is."""
    row = await _publication(reader, id)
    if row is None or row.withdrawn_at is not None or row.document is None:
        return None
    return (
        await free_document(reader, row, first, last) if _may_read(row, requester) else Protected()
    )


@documents.catalogue
async def listings(
    reader: Reader, requester: Requester, after: str | None, limit: int
) -> CataloguePage:
    """What this requester may have of ours, in the order of the last change."""
    position = _position(after)
    chosen = select(publication_table).where(_p.catalogue_seq > position)
    if not requester.is_peer:
        chosen = chosen.where(_p.was_public)
    if after is None:  # who begins knows of nothing that could be gone
        chosen = chosen.where(_p.withdrawn_at.is_(None))
    rows = await reader.rows(chosen.order_by(_p.catalogue_seq).limit(limit))
    if not rows and position > (await reader.scalar(select(func.max(_p.catalogue_seq))) or 0):
        raise BadCursor(after)  # given out before a restore
    items = [_item(reader, row, requester) for row in rows]
    at = str(rows[-1].catalogue_seq) if rows else None
    return CataloguePage(items, _START if after is None and not rows else at)


def _read(received: Received, uow: UnitOfWork) -> Offered | Outcome:
    document = received.activity.object
    if document is None:
        return RefusedBy(422, "object-missing", "Send the whole listing inside the activity.")
    try:
        listing = parse_listing(document)
        columns = wire.mirror_columns(listing, uow.now)
    except ProtocolError as error:
        return RefusedBy(422, error.code, str(error))
    actor = received.verified.actor
    if not mirrors.belongs(listing, actor):
        return _not_the_owner()
    return Offered(columns, document, confirmed=_is_confirmed(received, actor))


async def _judged(
    uow: UnitOfWork,
    others: OthersTerms,
    known: Mapping[tuple[str, str], datetime],
    read: Offered | Outcome,
) -> Offered | Outcome:
    """A listing that keeps to the rules of the day it was published; else what it breaks.

    known: the day for those that we hold already, which no other date moves back.

    A peer that cannot know a new rule yet is judged by the one before, and people are told.
    """
    if not isinstance(read, Offered):
        return read
    if (before := known.get(read.grave)) is not None:
        read.columns["judged_at"] = max(before, read.columns["published_at"] or before)
    terms = others.at(read.columns["judged_at"])
    breach = rules.breach_of_mirror(read.columns, terms)
    if breach is not None and await policies.in_grace(uow, read.owner, breach):
        await policies.tell_outdated(uow, read.owner, breach)
        terms = others.at(policies.just_before(breach))
        breach = rules.breach_of_mirror(read.columns, terms)
    if breach is not None:
        return RefusedBy(422, breach.code, breach.for_program, breach.members)
    read.columns["expires_at"] = lasting.hidden_at(read.columns, terms, uow.now)
    return read


def _told(received: Received, offered: Offered, taking: Taking) -> Outcome:
    if taking is Taking.TAKEN:
        return Applied()
    if taking is not Taking.CONTESTED:
        return Ignored("not-newer")
    # Two coops of one origin say that it is theirs: its own address decides.
    return _not_the_owner() if offered.uri in received.fetched else NeedsFetch((offered.uri,))


def _is_confirmed(received: Received, actor: str) -> bool:
    found = received.fetched.get(received.activity.object_id or "", {})
    return one_id(found.get("attributedTo")) == actor


def _not_the_owner() -> RefusedBy:
    return RefusedBy(403, "not-the-owner", "Only the coop whose listing it is may speak for it.")


async def _owners(reader: Reader, uris: Collection[str]) -> dict[str, str]:
    c = mirror_table.c
    owned = await reader.rows(select(c.uri, c.coop_uri).where(c.uri.in_(uris)))
    return {row.uri: row.coop_uri for row in owned}


async def _publication(reader: Reader, publication_id: str) -> Row[Any] | None:
    rows = await reader.rows(select(publication_table).where(_p.id == publication_id))
    return rows[0] if rows else None


def _may_read(row: Row[Any], requester: Requester) -> bool:
    return row.audience == Visibility.PUBLIC or requester.is_peer


def _item(reader: Reader, row: Row[Any], requester: Requester) -> dict[str, Any]:
    uri = uri_of(reader.identities.base, row.id)
    if row.withdrawn_at is not None:
        return tombstone(uri, "Proposal", row.withdrawn_at)
    if not _may_read(row, requester):
        return hidden(uri, "Proposal")
    return outbox.vouched(reader, row.document)


def _position(after: str | None) -> int:
    if after is None:
        return 0
    if not after.isascii() or not after.isdecimal() or len(after) > 18:
        raise BadCursor(after)
    return int(after)
