"""What was noted, how much it is together, and what waits for somebody."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Row, Select, and_, case, extract, func, select

from federation.storage import Reader
from node import members
from node.errors import NotAllowed, NotFound
from node.hours.models import work_table
from node.hours.rules import LIFE, Event, State
from node.i18n import _

_w = work_table.c
_confirmed = func.coalesce(func.sum(case((_w.state == State.CONFIRMED, _w.minutes))), 0)
_waiting = func.coalesce(func.sum(case((_w.state == State.NOTED, _w.minutes))), 0)


class Entry(Struct, frozen=True):
    """Work of one member on one day. committee: empty for the coop as a whole. decided_by: the
    account that confirmed it or sent it back. possible: what may happen next."""

    id: str
    member_id: str
    member_name: str
    worked_on: date
    minutes: int
    activity: str
    committee: str
    state: State
    version: int
    noted_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    reason: str
    possible: tuple[Event, ...]


class Year(Struct, frozen=True):
    """One's own minutes of a year: confirmed, and noted but not confirmed yet."""

    year: int
    confirmed: int
    waiting: int


class Sum(Struct, frozen=True):
    """Minutes of one member at one activity in a year."""

    member_id: str
    member_name: str
    activity: str
    confirmed: int
    waiting: int


class Waiting(Struct, frozen=True):
    """What one member noted and nobody has confirmed: how many entries, how many minutes, since
    when. id: of the member."""

    id: str
    name: str
    entries: int
    minutes: int
    since: datetime


async def noting(reader: Reader, account_id: str) -> str:
    """Whose own membership notes work by this account: a firm's colleagues work for the firm.

    Raises NotAllowed for who is no member now, or suspended.
    """
    await members.check_takes_part(reader, account_id)
    own = await members.by_account(reader, account_id)
    if own is None or own.status not in members.HERE:
        raise NotAllowed(_("Hours are noted by members of the register."), "no-member")
    return own.id


async def entries(
    reader: Reader,
    *,
    member_id: str | None = None,
    year: int | None = None,
    states: Collection[State] = (),
    before: str | None = None,
    limit: int = 100,
) -> list[Entry]:
    """What was noted last first, page by page: `before` is the last id already seen."""
    wanted = select(work_table).order_by(_w.id.desc()).limit(limit)
    if member_id is not None:
        wanted = wanted.where(_w.member_id == member_id)
    if year is not None:
        wanted = wanted.where(_in(year))
    if states:
        wanted = wanted.where(_w.state.in_([one.value for one in states]))
    if before is not None:
        wanted = wanted.where(_w.id < before)
    return await _views(reader, wanted)


async def entry(reader: Reader, entry_id: str) -> Entry:
    """One of them. Raises NotFound."""
    [found] = await each(reader, {entry_id})
    return found


async def each(reader: Reader, entry_ids: Collection[str]) -> list[Entry]:
    """All of these, the first noted first. Raises NotFound where one is missing."""
    wanted = select(work_table).where(_w.id.in_(entry_ids)).order_by(_w.id)
    found = await _views(reader, wanted)
    if len(found) < len(set(entry_ids)):
        raise NotFound(_("This was not noted, or taken back."))
    return found


async def years(reader: Reader, member_id: str | None = None) -> list[Year]:
    """The sums of a member, or of all, by year, the latest first."""
    year = extract("year", _w.worked_on)
    wanted = select(year, _confirmed, _waiting).group_by(year).order_by(year.desc())
    if member_id is not None:
        wanted = wanted.where(_w.member_id == member_id)
    return [Year(int(when), *both) for when, *both in await reader.rows(wanted)]


async def sums(reader: Reader, year: int) -> list[Sum]:
    """Of a year, by member and activity in the order of their names."""
    by = (_w.member_id, _w.activity)
    rows = await reader.rows(
        select(*by, _confirmed, _waiting)
        .where(_in(year), _w.state != State.SENT_BACK)
        .group_by(*by)
    )
    names = await members.names(reader, {row.member_id for row in rows})
    found = [Sum(who, names.get(who, ""), *rest) for who, *rest in rows]
    return sorted(found, key=lambda one: (one.member_name.casefold(), one.activity.casefold()))


async def waiting(reader: Reader, account_id: str) -> list[Waiting]:
    """By member what this account may confirm: nothing of its own."""
    own = await members.acting_for(reader, account_id)
    first = func.min(_w.noted_at)
    rows = await reader.rows(
        select(_w.member_id, func.count(), func.sum(_w.minutes), first)
        .where(_w.state == State.NOTED, *([_w.member_id != own.id] if own else []))
        .group_by(_w.member_id)
        .order_by(first, func.min(_w.id))
    )
    names = await members.names(reader, {row.member_id for row in rows})
    return [Waiting(row[0], names.get(row[0], ""), row[1], int(row[2]), row[3]) for row in rows]


async def to_confirm(reader: Reader, account_id: str, *, limit: int) -> list[Entry]:
    """The entries that this account may confirm, the longest waiting first."""
    own = await members.acting_for(reader, account_id)
    wanted = select(work_table).where(_w.state == State.NOTED).order_by(_w.noted_at, _w.id)
    if own is not None:
        wanted = wanted.where(_w.member_id != own.id)
    return await _views(reader, wanted.limit(limit))


async def sent_back(reader: Reader, account_id: str) -> list[Entry]:
    """One's own that are to be put right or taken back."""
    own = await members.by_account(reader, account_id)
    if own is None:
        return []
    return await entries(reader, member_id=own.id, states=[State.SENT_BACK])


async def is_own(reader: Reader, account_id: str, member_id: str) -> bool:
    """Whether that is the membership under which an account acts: nobody confirms their own."""
    own = await members.acting_for(reader, account_id)
    return own is not None and own.id == member_id


def _in(year: int) -> ColumnElement[bool]:
    return and_(_w.worked_on >= date(year, 1, 1), _w.worked_on <= date(year, 12, 31))


async def _views(reader: Reader, wanted: Select[*tuple[Any, ...]]) -> list[Entry]:
    rows = await reader.rows(wanted)
    names = await members.names(reader, {row.member_id for row in rows})
    return [_view(row, names) for row in rows]


def _view(row: Row[Any], names: dict[str, str]) -> Entry:
    state = State(row.state)
    return Entry(
        id=row.id,
        member_id=row.member_id,
        member_name=names.get(row.member_id, ""),
        worked_on=row.worked_on,
        minutes=row.minutes,
        activity=row.activity,
        committee=row.committee,
        state=state,
        version=row.version,
        noted_at=row.noted_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        reason=row.reason,
        possible=LIFE.events_from(state),
    )
