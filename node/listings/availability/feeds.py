"""Secret addresses at which calendar programs read what is taken; revoked by who made them.

A listing's feed says when it is "Busy", and in which hours it can be had. An account's tells what
of its own listings is booked, the coop's what of all; both by the titles of listings, which members
may read, and never by a person. They end with the tokens of who made them: whoever has lost one
secret may have lost the other. The coop's are read as long as their maker is an admin.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from msgspec import Struct
from sqlalchemy import delete, func, insert, or_, select, true

from federation.ambient import secret
from federation.storage.unit_of_work import Reader, UnitOfWork
from node import accounts, audit, limits, members
from node.accounts import TokensEnded
from node.calendars import Entry
from node.errors import Conflict, NotFound
from node.events import events
from node.i18n import _
from node.listings.availability.clocks import local_day
from node.listings.availability.holds import HoldView, standing_holds
from node.listings.availability.models import busy_table, feed_table
from node.listings.availability.offering import offered
from node.listings.availability.rules import closed_spans
from node.listings.availability.stored import availability_of
from node.listings.models import listing_table

_f = feed_table.c
_l = listing_table.c
SHOWN_BEFORE = timedelta(days=31)
"""So long what is over stays in a feed."""


class FeedView(Struct, frozen=True):
    """A feed. listing_id, account_id: of what; neither: of the whole coop."""

    id: str
    listing_id: str | None
    account_id: str | None
    made_at: datetime


class MadeFeed(Struct, frozen=True):
    """A new feed; `secret` is the last part of its address, told now and never again."""

    secret: str
    view: FeedView


async def make_feed(
    uow: UnitOfWork, *, by: str | None, listing_id: str | None = None, account_id: str | None = None
) -> MadeFeed:
    """Make a secret address for a listing, for an account's bookings, or with neither the coop's.

    Raises NotFound for no listing of ours, Conflict for too many feeds.
    """
    if listing_id is not None and not await _exists(uow, listing_id):
        raise NotFound(_("There is no such listing of ours."))
    made = await uow.scalar(
        select(func.count()).select_from(feed_table).where(_f.made_by.is_not_distinct_from(by))
    )
    if (made or 0) >= limits.FEEDS_PER_ACCOUNT:
        raise Conflict(_("There are too many calendar links already. End one first."), "too-many")
    value = secret(uow.entropy, limits.SECRET_BYTES)
    view = FeedView(uow.new_id(), listing_id, account_id, uow.now)
    row = {
        "id": view.id,
        "secret_digest": _digest(value),
        "listing_id": listing_id,
        "account_id": account_id,
        "made_by": by,
        "made_at": uow.now,
    }
    await uow.execute(insert(feed_table), [row])
    await audit.record(uow, by or audit.OPERATOR, "listings.make-feed", view.id)
    return MadeFeed(value, view)


async def end_feed(uow: UnitOfWork, feed_id: str, *, by: str | None) -> None:
    """The address answers nothing from now on. Raises NotFound for a feed that another made."""
    chosen = delete(feed_table).where(_f.id == feed_id)
    if by is not None:
        chosen = chosen.where(_f.made_by == by)
    if await uow.scalar(chosen.returning(_f.id)) is None:
        raise NotFound(_("There is no such calendar link (any more)."))
    await audit.record(uow, by or audit.OPERATOR, "listings.end-feed", feed_id)


@events.on(TokensEnded)
async def end_with_tokens(uow: UnitOfWork, event: TokensEnded) -> None:
    """Nothing of old reads along any more."""
    await uow.execute(delete(feed_table).where(_f.made_by == event.account_id))


async def feeds_of(
    reader: Reader, *, by: str | None, listing_id: str | None = None
) -> list[FeedView]:
    """The feeds that somebody made, of one listing or (None) of accounts and the coop."""
    chosen = select(feed_table).where(_f.made_by.is_not_distinct_from(by))
    chosen = chosen.where(_f.listing_id.is_not_distinct_from(listing_id)).order_by(_f.id)
    return [
        FeedView(row.id, row.listing_id, row.account_id, row.made_at)
        for row in await reader.rows(chosen)
    ]


async def feed(reader: Reader, value: str) -> list[Entry] | None:
    """What is in the calendar at a secret address; None if there is none."""
    rows = await reader.rows(select(feed_table).where(_f.secret_digest == _digest(value)))
    if not rows:
        return None
    row = rows[0]
    since = reader.now - SHOWN_BEFORE
    if row.listing_id is not None:
        return await _busy(reader, row.listing_id, since)
    if row.account_id is None and not await _is_for_all(reader, row.made_by):
        return None
    own = await members.together(reader, row.account_id)
    who = await accounts.account(reader, row.account_id) if row.account_id else None
    teams = sorted(who.teams) if who else []
    whose = or_(_l.created_by.in_(own), _l.team.in_(teams)) if own else true()
    ids = select(_l.id).where(whose)
    holds = await standing_holds(reader, ids, since, limits.CALENDAR_SPANS)
    named = select(_l.id, _l.title).where(_l.id.in_({one.listing_id for one in holds}))
    titles = {one.id: one.title for one in await reader.rows(named)}
    return _entries(holds, titles)


async def _is_for_all(reader: Reader, maker: str | None) -> bool:
    """Whether who made the coop's feed may still see all: the operator, or an admin."""
    if maker is None:
        return True
    who = await accounts.account(reader, maker)
    return who is not None and who.is_admin


async def _busy(reader: Reader, listing_id: str, since: datetime) -> list[Entry]:
    holds = await standing_holds(reader, [listing_id], since, limits.CALENDAR_SPANS)
    b = busy_table.c
    chosen = select(b.start_at, b.end_at).where(b.listing_id == listing_id, b.end_at > since)
    busy = await reader.rows(chosen.order_by(b.start_at).limit(limits.CALENDAR_SPANS))
    spans = {(one.start, one.end) for one in holds} | {(row.start_at, row.end_at) for row in busy}
    said = await availability_of(reader, listing_id)
    if said is not None:
        spans |= {(one.start, one.end) for one in closed_spans(said) if one.end > since}
    hours = offered(said, listing_id, local_day(said.place, reader.now)) if said else []
    taken = [
        Entry(f"{listing_id}-{start:%Y%m%dT%H%M%SZ}-{end:%Y%m%dT%H%M%SZ}", start, end, "Busy")
        for start, end in sorted(spans)
    ]
    return [*taken, *hours]


def _entries(holds: Sequence[HoldView], titles: dict[str, str]) -> list[Entry]:
    return [
        Entry(
            sha256(one.ref.encode()).hexdigest()[:32],
            one.start,
            one.end,
            titles[one.listing_id],
            is_firm=one.until is None,
        )
        for one in holds
    ]


async def _exists(reader: Reader, listing_id: str) -> bool:
    return bool(await reader.scalars(select(_l.id).where(_l.id == listing_id)))


def _digest(value: str) -> str:
    return sha256(value.encode()).hexdigest()
