"""What may fit a need is told to whoever has it, each listing once; of an offer, to who wants to.

Nothing is done for a message that comes in: what is watched is looked at again every hour, if the
search index has something new at all.
"""

from collections.abc import Collection
from datetime import datetime

from msgspec import Struct
from sqlalchemy import delete, insert, or_, select, update

from federation.storage.unit_of_work import Reader, UnitOfWork
from node import limits, members, notices
from node.events import events
from node.listings import provider
from node.listings.circles import Viewer
from node.listings.events import ListingsChanged
from node.listings.finding import newest
from node.listings.fitting import fitting
from node.listings.hits import Hit
from node.listings.models import Kind, State, listing_table, watch_table
from node.listings.queries import own_among
from node.listings.views import ListingView, listing_view
from node.notices import NoticeKind

AT_ONCE = 20
MOST_AT_A_TIME = 12
MOST_REMEMBERED = 200
_l, _w = listing_table.c, watch_table.c


async def is_watched(reader: Reader, listing_id: str) -> bool:
    """Whether somebody hears of what may fit a listing."""
    known = select(_w.listing_id).where(_w.listing_id == listing_id)
    return await reader.scalar(known) is not None


async def watch(uow: UnitOfWork, listing_ids: Collection[str]) -> None:
    """Whoever offers or needs these hears from now on of what may fit."""
    known = select(_w.listing_id).where(_w.listing_id.in_(listing_ids))
    fresh = set(listing_ids) - set(await uow.scalars(known))
    now = {"seen": await newest(uow), "looked_at": uow.now, "told": None}
    if fresh:
        await uow.execute(insert(watch_table), [{"listing_id": one} | now for one in sorted(fresh)])


async def unwatch(uow: UnitOfWork, listing_ids: Collection[str]) -> None:
    """They hear of it no more."""
    await uow.execute(delete(watch_table).where(_w.listing_id.in_(listing_ids)))
    await notices.withdraw(uow, NoticeKind.LISTING_FITS, *listing_ids)


@events.on(ListingsChanged)
async def watch_needs(uow: UnitOfWork, event: ListingsChanged) -> None:
    """A need is watched once it is out, and nothing that was taken down."""
    begun = [
        one.listing_id
        for one in event.changes
        if one.after is State.PUBLISHED and one.before in (None, State.DRAFT, State.IN_REVIEW)
    ]
    over = [one.listing_id for one in event.changes if one.after is State.RETIRED]
    if begun:
        needs = select(_l.id).where(_l.id.in_(begun), _l.kind == Kind.REQUEST)
        await watch(uow, await uow.scalars(needs))
    if over:
        await unwatch(uow, over)


class Looked(Struct, frozen=True):
    """What was found for a listing that is watched, the best first. before: when it was looked at
    last; seen: up to which entry it was now."""

    view: ListingView
    before: datetime
    told: tuple[str, ...]
    hits: tuple[Hit, ...]
    seen: int


async def look_for_fitting(reader: Reader) -> list[Looked]:
    """Look again at what is watched and is out now: that takes its time, and nobody waits."""
    number = await newest(reader)
    due = (
        select(listing_table, _w.seen, _w.told, _w.looked_at)
        .join(watch_table, _w.listing_id == _l.id)
        .where(_w.looked_at <= reader.now - limits.SEARCH_LOOKS_EVERY, _w.seen < number)
        .where(_l.state == State.PUBLISHED)
        .where(or_(_l.expires_at.is_(None), _l.expires_at > reader.now))
    )
    found = []
    for row in await reader.rows(due.order_by(_w.looked_at, _l.id).limit(AT_ONCE)):
        view, told = listing_view(row, reader.identities.base), tuple(row.told or ())
        hits = await _news(reader, view, row.seen, told)
        found.append(Looked(view, row.looked_at, told, tuple(hits), number))
    return found


async def tell_fitting(uow: UnitOfWork, found: Collection[Looked]) -> None:
    """Tell of it who still wants to hear."""
    for one in found:
        told = [*one.told, *(hit.uri for hit in one.hits)][-MOST_REMEMBERED:]
        looked = {"seen": one.seen, "looked_at": uow.now, "told": told or None}
        same = (_w.listing_id == one.view.id) & (_w.looked_at == one.before)
        noted = update(watch_table).where(same).values(looked).returning(_w.listing_id)
        if await uow.rows(noted) and one.hits:
            await _tell(uow, one.view, one.hits[0])


async def _news(reader: Reader, view: ListingView, after: int, told: Collection[str]) -> list[Hit]:
    """What may fit and came since, but for what was told and what is their own."""
    viewer = Viewer("member", view.by)
    hits = await fitting(reader, view, viewer, reader.now, MOST_AT_A_TIME, after=after)
    hits = [hit for hit in hits if hit.uri not in told]
    theirs = await members.together(reader, view.by) if view.by else frozenset()
    own = {view.team} if view.team else ()
    mine = await own_among(reader, [hit.id for hit in hits], view.by or "", theirs, own)
    return [hit for hit in hits if hit.id not in mine]


async def _tell(uow: UnitOfWork, view: ListingView, best: Hit) -> None:
    said = {"name": best.title, "title": view.title}
    await provider.tell(uow, view.by, view.team, NoticeKind.LISTING_FITS, view.id, **said)
