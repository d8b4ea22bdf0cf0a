"""What may fit a need is told to whoever has it, each listing once; of an offer, to who wants to.

Nothing is done for a message that comes in: what is watched is looked at again every hour, if the
search index has something new at all.
"""

from collections.abc import Collection

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


async def tell_fitting(uow: UnitOfWork) -> int:
    """Look again at what is watched and is out now; returns how many were told of something."""
    number = await newest(uow)
    due = (
        select(listing_table, _w.seen, _w.told)
        .join(watch_table, _w.listing_id == _l.id)
        .where(_w.looked_at <= uow.now - limits.SEARCH_LOOKS_EVERY, _w.seen < number)
        .where(_l.state == State.PUBLISHED)
        .where(or_(_l.expires_at.is_(None), _l.expires_at > uow.now))
    )
    rows = await uow.rows(due.order_by(_w.looked_at, _l.id).limit(AT_ONCE))
    found = 0
    for row in rows:
        view = listing_view(row, uow.identities.base)
        hits = await _news(uow, view, row.seen, row.told or ())
        told = [*(row.told or ()), *(hit.uri for hit in hits)][-MOST_REMEMBERED:]
        looked = {"seen": number, "looked_at": uow.now, "told": told or None}
        await uow.execute(update(watch_table).where(_w.listing_id == view.id).values(looked))
        if hits:
            found += 1
            await _tell(uow, view, hits[0])
    return found


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
