"""Another coop complains about a listing of ours: it is a report like any other."""

from collections.abc import Sequence

from sqlalchemy import select

from federation.handlers import (
    UNKNOWN_OBJECT,
    Applied,
    Ignored,
    Outcome,
    Received,
    RefusedBy,
)
from federation.relations import Standing
from federation.storage.unit_of_work import UnitOfWork
from node import content, limits
from node.errors import NotAllowed
from node.listings.inbox import handlers
from node.listings.models import listing_table
from node.listings.moderation.life import Reason
from node.listings.moderation.reporting import Complaint, report
from node.listings.views import ListingView, listing_view, uri_of


@handlers.on("Flag", "Proposal")
async def listings_reported(uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
    """A coop we are in touch with says that something is wrong with a listing of ours."""
    return [await _reported(uow, each) for each in received]


async def _reported(uow: UnitOfWork, received: Received) -> Outcome:
    if received.standing is not Standing.PEER:
        return Ignored("not-a-peer")
    view = await _ours(uow, received.activity.object_id or "")
    if view is None:
        return Ignored(UNKNOWN_OBJECT)
    said = received.activity.document.get("content")
    plain = content.plain(said) if isinstance(said, str) else ""
    words = content.paragraphs(plain, limits.REPORT_LONGEST) or "–"
    complaint = Complaint(Reason.OTHER, words, coop=received.verified.actor)
    try:
        await report(uow, view, complaint)
    except NotAllowed:
        return RefusedBy(429, "too-many-reports", "Enough was reported from there today.")
    return Applied()


async def _ours(uow: UnitOfWork, uri: str) -> ListingView | None:
    name = uri.removeprefix(uri_of(uow.identities.base, ""))
    if name == uri or "/" in name:
        return None
    named = select(listing_table).where(listing_table.c.publication_id == name)
    rows = await uow.rows(named)
    return listing_view(rows[0], uow.identities.base) if rows else None
