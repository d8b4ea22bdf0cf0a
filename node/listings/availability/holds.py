"""Taking a time so that nobody else has it: hold, keep, release, move.

**Why nothing is ever taken twice.** Everything that takes or gives back, or says anew what there
is, begins with `in_turn`, which updates the listing's one row of `listing_availability`. What is
free is read only after that, and written in the same transaction.

- SQLite: a unit of work is BEGIN IMMEDIATE, so one writes at a time and reads the last commit.
- PostgreSQL: two units of work that update one row cannot both commit from one picture of the
  database. The second waits for the first, and when that commits it fails with 40001 (the first
  updater wins, in REPEATABLE READ as in SERIALIZABLE); `Database.write` runs it again on a picture
  that holds what the first wrote.

So takings of one listing happen one after the other on both, whatever their spans, quantities and
the time around them; a unique index on cells could not say "at most three, with 20 minutes before".
Takings of different listings do not meet. A listing that says nothing about its times has no such
row, and nothing of it can run out.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Row, Select, insert, or_, select, update

from federation.storage.unit_of_work import Reader, UnitOfWork
from node import limits
from node.errors import Closed, Conflict, InvalidInput, NotFound
from node.i18n import _
from node.listings.availability import rules
from node.listings.availability.clocks import Span
from node.listings.availability.models import (
    HOLD,
    HoldEvent,
    HoldState,
    busy_table,
    hold_table,
)
from node.listings.availability.rules import Availability, Taken
from node.listings.availability.stored import availability_of, in_turn

_h = hold_table.c


class HoldView(Struct, frozen=True):
    """A span that is taken for something. ref: what for; until: when it gives way if not kept."""

    ref: str
    listing_id: str
    start: datetime
    end: datetime
    quantity: int
    state: HoldState
    until: datetime | None

    def stands(self, now: datetime) -> bool:
        """Whether it keeps others away."""
        if self.state is HoldState.RELEASED:
            return False
        return self.state is HoldState.KEPT or self.until is None or self.until > now


async def hold(
    uow: UnitOfWork,
    listing_id: str,
    *,
    ref: str,
    start: datetime,
    end: datetime,
    quantity: int = 1,
    until: datetime | None = None,
) -> HoldView:
    """Take a span for `ref`, at once and alone; until: when it gives way unless it is kept.

    The same again changes nothing. Raises Conflict: "taken" when too little is left, "not-offered"
    or "too-short" when the rules do not offer it, "ref-in-use" when the ref holds another span
    (`move` it).
    """
    wanted = HoldView(ref, listing_id, start, end, quantity, HoldState.HELD, until)
    _check(wanted)
    said = await in_turn(uow, listing_id)
    row = await _row(uow, ref)
    before = None if row is None else _view(row)
    if before is not None and before.stands(uow.now):
        return _the_same(before, wanted)
    await _check_room(uow, said, wanted, (ref,))
    if before is None:
        await uow.execute(insert(hold_table), [_columns(wanted) | _times(uow, made=True)])
    else:
        await _write(uow, wanted)
    return wanted


async def check_free(
    reader: Reader, listing_id: str, refs: Sequence[str], *, start: datetime, end: datetime
) -> None:
    """Whether all these refs could have a span now, each for itself, or have it; takes nothing.
    Raises as `hold`."""
    rows = await reader.rows(select(hold_table).where(_h.ref.in_(refs)))
    had = {
        one.ref
        for one in map(_view, rows)
        if (one.start, one.end) == (start, end) and one.stands(reader.now)
    }
    lacking = [ref for ref in refs if ref not in had]
    if lacking:
        wanted = HoldView(lacking[0], listing_id, start, end, len(lacking), HoldState.HELD, None)
        _check(wanted)
        await _check_room(reader, await availability_of(reader, listing_id), wanted, lacking)


async def keep(uow: UnitOfWork, ref: str) -> HoldView:
    """Make a hold firm. Raises Closed once its time has run out, Conflict if it was released."""
    before = await _standing(uow, ref)
    if before.state is HoldState.KEPT:
        return before
    return await _write(uow, _after(before, HoldEvent.KEEP, until=None))


async def release(uow: UnitOfWork, ref: str) -> None:
    """Give back what `ref` holds, if anything: others can have it at once."""
    row = await _row(uow, ref)
    if row is None or row.state == HoldState.RELEASED:
        return
    await in_turn(uow, row.listing_id)
    await _write(uow, _after(_view(row), HoldEvent.RELEASE))


async def move(
    uow: UnitOfWork, ref: str, start: datetime, end: datetime, until: datetime | None = None
) -> HoldView:
    """Give up one span for another in one step: either the new one is had, or the old one stays.
    until: when it gives way now, if it is not kept already; None: as before.

    Raises as `hold` and `keep`.
    """
    before = await _standing(uow, ref)
    gives_way = until if until and before.state is HoldState.HELD else before.until
    after = replace(before, start=start, end=end, until=gives_way)
    _check(after)
    if after == before:
        return before
    if (after.start, after.end) != (before.start, before.end):
        said = await availability_of(uow, before.listing_id)
        await _check_room(uow, said, after, (ref,))
    return await _write(uow, after)


async def holding(reader: Reader, ref: str) -> HoldView | None:
    """What a ref holds, or held."""
    row = await _row(reader, ref)
    return None if row is None else _view(row)


async def taken_in(
    reader: Reader, listing_id: str, said: Availability, span: Span, *, but: Sequence[str] = ()
) -> list[Taken]:
    """What is taken of a listing about a span; but: the refs that ask, which are in nobody's way.

    Calendars that were read count like holds; what a hold takes around itself is added.
    """
    around = rules.widest(said, span)
    holds = select(_h.start_at, _h.end_at, _h.quantity).where(
        _h.listing_id == listing_id,
        _h.end_at > around.start,
        _h.start_at < around.end,
        _h.ref.not_in(but),
        _h.state != HoldState.RELEASED,
        or_(_h.state == HoldState.KEPT, _h.until.is_(None), _h.until > reader.now),
    )
    b = busy_table.c
    busy = select(b.calendar_id, b.start_at, b.end_at).where(
        b.listing_id == listing_id, b.end_at > around.start, b.start_at < around.end
    )
    calendars: dict[str, list[Span]] = {}
    for row in await reader.rows(busy):
        calendars.setdefault(row.calendar_id, []).append(Span(row.start_at, row.end_at))
    taken = [Taken(row.start_at, row.end_at, row.quantity) for row in await reader.rows(holds)]
    return rules.occupied(said, taken, calendars.values())


async def standing_holds(
    reader: Reader, listing_ids: Sequence[str] | Select[str], since: datetime, most: int
) -> list[HoldView]:
    """What is held of listings and not over yet, in order."""
    chosen = select(hold_table).where(
        _h.listing_id.in_(listing_ids), _h.end_at > since, _h.state != HoldState.RELEASED
    )
    rows = await reader.rows(chosen.order_by(_h.start_at, _h.ref).limit(most))
    return [view for view in map(_view, rows) if view.stands(reader.now)]


async def _standing(uow: UnitOfWork, ref: str) -> HoldView:
    """The hold of a ref, with its listing's turn taken. Raises NotFound, Closed, Conflict."""
    row = await _row(uow, ref)
    if row is None:
        raise NotFound(_("Nothing is held for this."))
    await in_turn(uow, row.listing_id)
    view = _view(row)
    if view.state is HoldState.RELEASED:
        raise Conflict(_("The time was given back: choose it again."), "hold-state")
    if not view.stands(uow.now):
        raise Closed(_("The time was kept free only for a while: choose it again."), "hold-over")
    return view


async def _check_room(
    reader: Reader, said: Availability | None, wanted: HoldView, but: Sequence[str]
) -> None:
    """but: the refs that would have it, which are not in their own way."""
    if said is None:
        return
    span = Span(wanted.start, wanted.end)
    if refusal := rules.refusal(said, span, reader.now):
        raise Conflict(refusal.why, refusal.code)
    taken = await taken_in(reader, wanted.listing_id, said, span, but=but)
    if rules.room(said, span, taken) < wanted.quantity:
        raise Conflict(_("Somebody was quicker, this time is taken: choose another one."), "taken")


def _check(wanted: HoldView) -> None:
    if wanted.start >= wanted.end:
        raise InvalidInput({"end": [_("The end comes after the beginning.")]})
    if not 1 <= wanted.quantity <= limits.CAPACITY_MOST:
        most = limits.CAPACITY_MOST
        raise InvalidInput({"quantity": [_("Choose a number from 1 to %(most)s.", most=most)]})


def _the_same(before: HoldView, wanted: HoldView) -> HoldView:
    same = replace(wanted, state=before.state, until=before.until)
    if same != before:
        raise Conflict(_("This already holds another time: move it instead."), "ref-in-use")
    return before


async def _row(reader: Reader, ref: str) -> Row[Any] | None:
    rows = await reader.rows(select(hold_table).where(_h.ref == ref))
    return rows[0] if rows else None


async def _write(uow: UnitOfWork, after: HoldView) -> HoldView:
    changed = update(hold_table).where(_h.ref == after.ref)
    await uow.execute(changed.values(_columns(after) | _times(uow, made=False)))
    return after


def _after(before: HoldView, event: HoldEvent, until: datetime | None = None) -> HoldView:
    return replace(before, state=HOLD.next_state(before.state, event), until=until)


def _view(row: Row[Any]) -> HoldView:
    state = HoldState(row.state)
    return HoldView(
        row.ref, row.listing_id, row.start_at, row.end_at, row.quantity, state, row.until
    )


def _columns(view: HoldView) -> dict[str, Any]:
    return {
        "ref": view.ref,
        "listing_id": view.listing_id,
        "start_at": view.start,
        "end_at": view.end,
        "quantity": view.quantity,
        "state": view.state,
        "until": view.until,
    }


def _times(uow: UnitOfWork, *, made: bool) -> dict[str, datetime]:
    return {"changed_at": uow.now} | ({"made_at": uow.now} if made else {})
