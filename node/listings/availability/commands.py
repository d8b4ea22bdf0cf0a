"""Saying when a listing can be had, and what follows for peers."""

from collections.abc import Collection, Mapping
from datetime import timedelta

from msgspec.structs import replace
from sqlalchemy import case, delete, insert, select, update

from federation.storage.unit_of_work import Reader, UnitOfWork
from node import audit, limits
from node.errors import Conflict, InvalidInput, NotFound
from node.i18n import _
from node.listings.availability import checking, rules
from node.listings.availability.clocks import local_day
from node.listings.availability.models import (
    WAYS,
    Way,
    availability_table,
    stock_move_table,
)
from node.listings.availability.rules import Availability, Closed
from node.listings.availability.stored import (
    availability_of,
    in_turn,
    mark_of,
    stored_rules,
    told_of,
)
from node.listings.models import Kind, State, listing_table
from node.listings.publishing import Change, carry_out
from node.listings.queries import own
from node.listings.variants import Left, counted, new_names, renamed, variants_in
from node.listings.views import ListingView, listing_view

TELL_AT_ONCE = 500
_a = availability_table.c
_m = stock_move_table.c


async def set_availability(
    uow: UnitOfWork,
    listing_id: str,
    said: Availability | None,
    *,
    by: str | None,
    seen: str | None = None,
) -> Availability | None:
    """Say when a listing can be had; None: nothing any more. What is held stays held. Returns it as
    it is kept.

    seen: the `mark_of` what was said when this was begun, None: whatever it was. A piece that was
    ordered meanwhile would be there to be had again.

    Raises InvalidInput by field; Conflict for a listing that was taken down, and
    ("availability-changed") where something else is said by now.
    """
    listing = await own(uow, listing_id)
    if listing.state is State.RETIRED:
        raise Conflict(_("This listing was taken down, and that is final."), "listing-state")
    if said is not None and (faults := checking.check(said, listing.kind)):
        raise InvalidInput(faults)
    if said is not None and said.by_variant:
        if {name for name, _left in said.by_variant}.difference(variants_in(listing.details)):
            raise InvalidInput({"stock": [_("Choose one of these.")]})
        said = _in_all(said, counted(said.by_variant, variants_in(listing.details)))
    before = await in_turn(uow, listing_id)
    if seen is not None and seen != mark_of(before):
        changed = _("It was changed meanwhile, or something was ordered. Look again, then save.")
        raise Conflict(changed, "availability-changed")
    if said == before:
        return said
    await _write(uow, listing_id, said, is_new=before is None)
    if told_of(said) != told_of(before):
        await _tell(uow, [listing])
    await audit.record(uow, by or audit.OPERATOR, "listings.availability", listing_id)
    return said


async def close_days(uow: UnitOfWork, listing_id: str, days: Closed, *, by: str | None) -> None:
    """Nothing can be had on these days; what is booked on them stays. Days that are over go.

    Raises InvalidInput (`last`), NotFound where a listing says nothing of its times.
    """
    said = await _said(uow, listing_id)
    today = local_day(said.place, uow.now)
    if wrong := rules.closed_fault(days):
        raise InvalidInput({"last": [wrong]})
    if days.last < today:
        raise InvalidInput({"last": [_("This day is over: choose a later one.")]})
    kept = {one for one in said.closed if one.last >= today}
    after = replace(said, closed=tuple(sorted({*kept, days})))
    if len(after.closed) > limits.OTHER_DAYS_MOST:
        most = limits.OTHER_DAYS_MOST
        raise InvalidInput({"last": [_("At most %(most)s days can be named.", most=most)]})
    await set_availability(uow, listing_id, after, by=by)


async def open_days(uow: UnitOfWork, listing_id: str, days: Closed, *, by: str | None) -> None:
    """Closed days can be had again."""
    said = await _said(uow, listing_id)
    after = replace(said, closed=tuple(one for one in said.closed if one != days))
    await set_availability(uow, listing_id, after, by=by)


async def drop_unfitting(uow: UnitOfWork, kinds: Mapping[str, Kind]) -> None:
    """Forget what listings said that, being of another kind now, they can no longer say."""
    for kind in set(kinds.values()):
        ids = [listing_id for listing_id, own in kinds.items() if own is kind]
        unfitting = delete(availability_table).where(_a.listing_id.in_(ids))
        await uow.execute(unfitting.where(_a.way.not_in(WAYS.get(kind, ()))))


async def rename_variants(
    uow: UnitOfWork, edits: Collection[tuple[ListingView, ListingView]]
) -> None:
    """Count on what was counted of kinds and sizes, and taken of them, where they are others now.
    edits: before and after."""
    named = ((old.id, variants_in(old.details), variants_in(new.details)) for old, new in edits)
    for listing_id, old, new in [one for one in named if one[1] != one[2]]:
        said = await in_turn(uow, listing_id)
        if names := new_names(old, new):
            taken = update(stock_move_table).where(
                _m.listing_id == listing_id, _m.variant.in_(names), _m.returned_at.is_(None)
            )
            await uow.execute(taken.values(variant=case(names, value=_m.variant)))
        if said is not None and said.by_variant:
            left = renamed(said.by_variant, old, new)
            after = _in_all(said, left) if left else replace(said, by_variant=())
            await _write(uow, listing_id, after, is_new=False)


async def tell_stock(uow: UnitOfWork) -> int:
    """Tell peers of stock that changed since they were told; how many listings.

    Called once a minute: a hundred orders in it are one Update, not a hundred.
    """
    changed = select(_a.listing_id).where(
        _a.way == Way.STOCK, _a.stock.is_distinct_from(_a.told_stock)
    )
    ids = await uow.scalars(changed.limit(TELL_AT_ONCE))
    if ids:
        rows = await uow.rows(select(listing_table).where(listing_table.c.id.in_(ids)))
        await _tell(uow, [listing_view(row, uow.identities.base) for row in rows])
    return len(ids)


async def _said(reader: Reader, listing_id: str) -> Availability:
    said = await availability_of(reader, listing_id)
    if said is None or said.way is Way.STOCK:
        raise NotFound(_("Say first when it can be had."))
    return said


async def _write(
    uow: UnitOfWork, listing_id: str, said: Availability | None, *, is_new: bool
) -> None:
    if said is None:
        await uow.execute(delete(availability_table).where(_a.listing_id == listing_id))
        return
    row = {
        "way": said.way,
        "rules": stored_rules(said),
        "stock": said.stock,
        "by_variant": list(said.by_variant) or None,
        "updated_at": uow.now,
    }
    if is_new:
        first = {"listing_id": listing_id, "turn": 0, "told_stock": None}
        await uow.execute(insert(availability_table), [row | first])
    else:
        changed = update(availability_table).where(_a.listing_id == listing_id)
        await uow.execute(changed.values(row))


async def _tell(uow: UnitOfWork, listings: Collection[ListingView]) -> None:
    """Sign the listings anew with what is told of their times, and send them."""
    moment = timedelta(microseconds=1)
    changes = [
        Change(one, replace(one, updated_at=max(uow.now, one.updated_at + moment)))
        for one in listings
    ]
    await carry_out(uow, changes)
    told = update(availability_table).where(_a.listing_id.in_([one.id for one in listings]))
    await uow.execute(told.values(told_stock=_a.stock))


def _in_all(said: Availability, left: Left) -> Availability:
    return replace(said, by_variant=left, stock=sum(many for _name, many in left))
