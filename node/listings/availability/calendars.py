"""Calendars of people whose busy times count: uploaded, or read from an address again and again.

Reading is done before the unit of work, and beside it; what was read replaces all that was there
before, or, if it cannot be read, nothing. The address may be a secret of whoever gave it: it is
told to nobody but them, and stands in no log.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import ColumnElement, bindparam, delete, func, insert, select, update

from federation.errors import FederationError
from federation.http_client import GuardedClient
from federation.side_by_side import side_by_side
from federation.storage import Database
from federation.storage.unit_of_work import Reader, UnitOfWork
from node import audit, calendars, limits, obstacles
from node.calendars import CalendarUnreadable, busy_spans
from node.errors import Conflict, InvalidInput, NotFound
from node.i18n import Text, _
from node.listings.availability.models import availability_table, busy_table, calendar_table
from node.listings.availability.stored import availabilities, availability_of
from node.listings.models import State, listing_table
from protocol.errors import ProtocolError

READ_AT_ONCE = 20
_DOUBLED_MOST = 16
"""Far beyond the longest pause; a number of any size is not computed."""
_BEFORE = timedelta(days=1)
_NAME_LONGEST = 60
_ADDRESS_LONGEST = 2000
_c = calendar_table.c
_Writing = Callable[[UnitOfWork], Awaitable[None]]
_Spans = Sequence[tuple[datetime, datetime]]


class CalendarView(Struct, frozen=True):
    """A calendar that counts. read_at: when it was last read whole; fault: why not since then;
    next_read_at: when it is tried next, of an address."""

    id: str
    listing_id: str
    name: str
    address: str | None
    read_at: datetime | None
    fault: str | None
    next_read_at: datetime | None

    @property
    def why(self) -> Text:
        """`fault` in words."""
        return (self.fault and calendars.told(self.fault)) or obstacles.words(self.fault)


async def add_calendar_file(
    database: Database, listing_id: str, name: str, content: bytes, *, by: str | None
) -> CalendarView:
    """Let the busy times of a calendar file count. A file of the same name is replaced.

    Raises CalendarUnreadable, NotFound, InvalidInput, Conflict.
    """
    async with database.reading() as reader:
        zone, now = await _zone(reader, listing_id), reader.now
    spans = await _read(content, now, zone)
    return await database.write(lambda uow: _put(uow, listing_id, name, None, spans, by=by))


async def add_calendar_address(
    database: Database,
    client: GuardedClient,
    listing_id: str,
    name: str,
    address: str,
    *,
    by: str | None,
) -> CalendarView:
    """Let the busy times at an address count, read now and then again and again.

    Raises as `add_calendar_file`, and FederationError and ProtocolError when it cannot be fetched.
    """
    address = _tidy(address)
    async with database.reading() as reader:
        zone, now = await _zone(reader, listing_id), reader.now
    spans = await _read(await _fetch(client, address), now, zone)
    return await database.write(lambda uow: _put(uow, listing_id, name, address, spans, by=by))


async def remove_calendar(
    uow: UnitOfWork, listing_id: str, calendar_id: str, *, by: str | None
) -> None:
    """A calendar counts no longer. Raises NotFound."""
    chosen = (_c.id == calendar_id, _c.listing_id == listing_id)
    if not await uow.scalars(select(_c.id).where(*chosen)):
        raise _no_such()
    await uow.execute(delete(busy_table).where(busy_table.c.calendar_id == calendar_id))
    await uow.execute(delete(calendar_table).where(*chosen))
    await _turn(uow, listing_id)
    await audit.record(uow, by or audit.OPERATOR, "listings.remove-calendar", listing_id)


async def calendars_of(reader: Reader, listing_id: str) -> list[CalendarView]:
    """The calendars that count for a listing."""
    chosen = select(calendar_table).where(_c.listing_id == listing_id).order_by(_c.name, _c.id)
    return [
        CalendarView(
            row.id,
            row.listing_id,
            row.name,
            row.address,
            row.read_at,
            row.fault,
            row.next_read_at,
        )
        for row in await reader.rows(chosen)
    ]


async def read_calendars_due(database: Database, client: GuardedClient) -> int:
    """Read again every calendar whose time has come, each for itself; how many.

    Their next time is set before any is read, as if it failed: one at which the program fails comes
    later each time itself, and keeps no other waiting.
    """
    async with database.reading() as reader:
        if not await reader.scalars(select(_c.id).where(*_is_due(reader)).limit(1)):
            return 0
    due = await database.write(_claim)
    await side_by_side(_try(database, client, one) for one in due)
    return len(due)


async def read_calendar(
    database: Database, client: GuardedClient, listing_id: str, calendar_id: str
) -> CalendarView:
    """Read one again at once, whenever its time is; what keeps it from being read stands in its
    `fault`, and it is tried next when it would have been. Raises NotFound."""
    async with database.reading() as reader:
        known = await _one(reader, listing_id, calendar_id)
        zone, now = await _zone(reader, listing_id), reader.now
    if known.address is not None:
        await _try(database, client, _Due(known.id, listing_id, known.address, zone, now))
    async with database.reading() as reader:
        return await _one(reader, listing_id, calendar_id)


def pause_after(failures: int) -> timedelta:
    """Until an address is read again, after so many attempts in a row that failed."""
    times: int = 2 ** min(failures, _DOUBLED_MOST)
    return min(limits.CALENDAR_AGAIN_AFTER * times, limits.CALENDAR_LONGEST_WAIT)


class _Due(Struct, frozen=True):
    """A calendar to read. zone: of its listing."""

    id: str
    listing_id: str
    address: str
    zone: str
    at: datetime

    @property
    def is_same(self) -> tuple[ColumnElement[bool], ...]:
        """Nobody has put another address, or a file, in its place meanwhile."""
        return _c.id == self.id, _c.address == self.address


async def _claim(uow: UnitOfWork) -> list[_Due]:
    """Those to read now: none of a listing that says nothing of its times, and never again one of
    a listing that is taken down for good."""
    over = select(listing_table.c.id).where(
        listing_table.c.id == _c.listing_id, listing_table.c.state == State.RETIRED
    )
    gone = update(calendar_table).where(*_is_due(uow), over.exists())
    await uow.execute(gone.values(next_read_at=None))
    chosen = select(calendar_table).where(*_is_due(uow)).order_by(_c.next_read_at)
    rows = await uow.rows(chosen.limit(READ_AT_ONCE))
    said = await availabilities(uow, {row.listing_id for row in rows})
    if rows:
        later = [
            {
                "calendar": row.id,
                "failures": (failures := row.failures + (row.listing_id in said)),
                "next_read_at": uow.now + pause_after(failures),
            }
            for row in rows
        ]
        await uow.execute(update(calendar_table).where(_c.id == bindparam("calendar")), later)
    return [
        _Due(row.id, row.listing_id, row.address, said[row.listing_id].zone, uow.now)
        for row in rows
        if row.listing_id in said
    ]


def _is_due(reader: Reader) -> tuple[ColumnElement[bool], ...]:
    return _c.next_read_at <= reader.now, _c.address.is_not(None)


async def _try(database: Database, client: GuardedClient, one: _Due) -> None:
    try:
        spans = await _read(await _fetch(client, one.address), one.at, one.zone)
    except (CalendarUnreadable, FederationError, ProtocolError) as error:
        await database.write(_failure(one, error))
    else:
        await database.write(_success(one, spans))


async def _one(reader: Reader, listing_id: str, calendar_id: str) -> CalendarView:
    known = {one.id: one for one in await calendars_of(reader, listing_id)}
    if calendar_id not in known:
        raise _no_such()
    return known[calendar_id]


def _no_such() -> NotFound:
    return NotFound(_("There is no such calendar (any more)."))


def _success(one: _Due, spans: _Spans) -> _Writing:
    async def write(uow: UnitOfWork) -> None:
        if await uow.scalars(select(_c.id).where(*one.is_same)):
            await _replace(uow, one.id, one.listing_id, spans)

    return write


def _failure(one: _Due, error: CalendarUnreadable | FederationError | ProtocolError) -> _Writing:
    async def write(uow: UnitOfWork) -> None:
        told = obstacles.noted(error).replace(one.address, "…")
        await uow.execute(update(calendar_table).where(*one.is_same).values(fault=told))

    return write


async def _put(
    uow: UnitOfWork,
    listing_id: str,
    name: str,
    address: str | None,
    spans: _Spans,
    *,
    by: str | None,
) -> CalendarView:
    name = name.strip()
    if not 1 <= len(name) <= _NAME_LONGEST or not name.isprintable():
        raise InvalidInput({"name": [_("Name it in one short line, such as Rosa's calendar.")]})
    same = select(_c.id).where(_c.listing_id == listing_id, _c.name == name)
    known = await uow.scalar(same)
    if known is None:
        known = uow.new_id()
        counted = select(func.count()).where(_c.listing_id == listing_id)
        if (await uow.scalar(counted) or 0) >= limits.CALENDARS_PER_LISTING:
            raise Conflict(_("There are too many calendars already. Remove one."), "too-many")
        row = {"id": known, "listing_id": listing_id, "name": name}
        await uow.execute(insert(calendar_table), [row])
    await uow.execute(update(calendar_table).where(_c.id == known).values(address=address))
    await _replace(uow, known, listing_id, spans)
    await audit.record(uow, by or audit.OPERATOR, "listings.add-calendar", listing_id)
    return await _one(uow, listing_id, known)


async def _replace(uow: UnitOfWork, calendar_id: str, listing_id: str, spans: _Spans) -> None:
    """What was read stands for all that was there."""
    await _turn(uow, listing_id)
    await uow.execute(delete(busy_table).where(busy_table.c.calendar_id == calendar_id))
    both = {"calendar_id": calendar_id, "listing_id": listing_id}
    if spans:
        rows = [both | {"start_at": start, "end_at": end} for start, end in spans]
        await uow.execute(insert(busy_table), rows)
    chosen = update(calendar_table).where(_c.id == calendar_id)
    read = {"read_at": uow.now, "fault": None, "failures": 0, "next_read_at": None}
    await uow.execute(chosen.values(read))
    later = uow.now + limits.CALENDAR_AGAIN_AFTER
    await uow.execute(chosen.where(_c.address.is_not(None)).values(next_read_at=later))


async def _turn(uow: UnitOfWork, listing_id: str) -> None:
    """Whoever takes a time meanwhile sees either all of a calendar or what was there before."""
    a = availability_table.c
    taking = update(availability_table).where(a.listing_id == listing_id)
    await uow.execute(taking.values(turn=a.turn + 1))


async def _zone(reader: Reader, listing_id: str) -> str:
    said = await availability_of(reader, listing_id)
    if said is None:
        raise NotFound(_("Say first when this can be had; then add calendars."), "no-availability")
    return said.zone


async def _read(content: bytes, now: datetime, zone: str) -> _Spans:
    last = now + timedelta(days=limits.AHEAD_DAYS_MOST)
    return await busy_spans(content, now - _BEFORE, last, zone)


async def _fetch(client: GuardedClient, address: str) -> bytes:
    fetched = await client.get(address, accept="text/calendar", max_bytes=limits.CALENDAR_BYTES)
    return fetched.expect_ok().body


def _tidy(address: str) -> str:
    address = address.strip()
    if address.lower().startswith("webcal://"):
        address = "https://" + address[len("webcal://") :]
    if not address or len(address) > _ADDRESS_LONGEST or not address.isprintable():
        raise InvalidInput({"address": [_("Write the calendar's address, beginning with https.")]})
    return address
