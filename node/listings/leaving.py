"""Somebody leaves: what they offered and needed goes with them, or stays the coop's own."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from msgspec.structs import replace
from sqlalchemy import delete, or_, select, update

from federation.storage.unit_of_work import UnitOfWork
from node.listings.availability.models import (
    availability_table,
    busy_table,
    calendar_table,
    feed_table,
)
from node.listings.models import IS_PRIVATE, LIFE, Event, State, listing_table, watch_table
from node.listings.publishing import Change, carry_out, withdraw_quietly
from node.listings.views import ListingView, listing_view

FORGOTTEN = "—"
_WORDLESS: dict[str, Any] = {
    "title": FORGOTTEN,
    "summary": "",
    "body": "",
    "tags": [],
    "place": None,
    "lat": None,
    "lon": None,
    "radius_km": None,
    "prices": None,
    "translations": None,
    "review_note": None,
    "rewritten": None,
    "rewritten_at": None,
    "conditions": None,
    "details": None,
    "pictures": None,
    "source_id": None,
    "created_by": None,
}
_l = listing_table.c


async def hand_over(uow: UnitOfWork, account_id: str) -> None:
    """What somebody wrote goes on as the coop's own; only their calendars' addresses end."""
    await _end_feeds(uow, account_id)
    theirs = update(listing_table).where(_l.created_by == account_id)
    await uow.execute(theirs.values(created_by=None))


async def pass_on(uow: UnitOfWork, account_id: str, heir: str) -> None:
    """What somebody published or sent in is another's from now on; drafts that nobody else has
    seen are not."""
    await _end_feeds(uow, account_id)
    theirs = update(listing_table).where(_l.created_by == account_id, ~IS_PRIVATE)
    await uow.execute(theirs.values(created_by=heir))


async def take_down_all_of(uow: UnitOfWork, account_id: str) -> list[str]:
    """Take down all that somebody offers, tell the peers, and keep none of its words.

    Returns the addresses that peers were told about.
    """
    await _end_feeds(uow, account_id)
    views = await _theirs(uow, account_id)
    standing = [view for view in views if view.state is not State.RETIRED]
    await carry_out(uow, [Change(view, _retired(uow, view)) for view in standing])
    await _forget_words(uow, [view.id for view in views])
    return [view.uri for view in standing if view.publication_id]


async def take_down_again(uow: UnitOfWork, account_id: str) -> None:
    """The same after a restore, when peers were told long ago: nobody is told anew."""
    await _end_feeds(uow, account_id)
    views = await _theirs(uow, account_id)
    await withdraw_quietly(uow, views)
    await _forget_words(uow, [view.id for view in views])


async def _theirs(uow: UnitOfWork, account_id: str) -> list[ListingView]:
    rows = await uow.rows(select(listing_table).where(_l.created_by == account_id))
    return [listing_view(row, uow.identities.base) for row in rows]


def _retired(uow: UnitOfWork, view: ListingView) -> ListingView:
    state = LIFE.next_state(view.state, Event.RETIRE)
    later = max(uow.now, view.updated_at + timedelta(microseconds=1))
    return replace(view, state=state, version=view.version + 1, updated_at=later)


async def _forget_words(uow: UnitOfWork, ids: Sequence[str]) -> None:
    calendars = select(calendar_table.c.id).where(calendar_table.c.listing_id.in_(ids))
    await uow.execute(delete(busy_table).where(busy_table.c.calendar_id.in_(calendars)))
    for table in (calendar_table, availability_table, watch_table):
        await uow.execute(delete(table).where(table.c.listing_id.in_(ids)))
    await uow.execute(update(listing_table).where(_l.id.in_(ids)).values(**_WORDLESS))


async def _end_feeds(uow: UnitOfWork, account_id: str) -> None:
    f = feed_table.c
    theirs = or_(f.account_id == account_id, f.made_by == account_id)
    await uow.execute(delete(feed_table).where(theirs))
