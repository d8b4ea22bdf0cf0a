"""Who are our members, who speaks for us, and does the history hold?"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, func, or_, select, union

from federation.storage import Reader
from node import accounts
from node.errors import Conflict, NotFound
from node.i18n import _
from node.members import chain
from node.members.models import (
    Colleague,
    Member,
    MemberEvent,
    MemberEventContent,
    MemberKey,
    RegisterHead,
)
from node.members.rules import (
    AGAINST,
    DECIDING,
    FORGOTTEN,
    HERE,
    NUMBER_LONGEST,
    OVER,
    PRESENT,
    Event,
    Kind,
    MembershipClass,
    Status,
    membership,
)
from node.text import fold

_MOST_WORDS = 8
_NAMED_STILL = (Member.left_on.is_not(None), Member.status.in_(OVER), Member.name != FORGOTTEN)


class MemberView(Struct, frozen=True):
    """One line of the register. `possible`: what may happen next, for buttons."""

    id: str
    number: int | None
    name: str
    kind: Kind
    representative: str | None
    membership_class: MembershipClass
    status: Status
    account_id: str | None
    email: str | None
    phone: str | None
    address: str | None
    note: str | None
    joined_on: date | None
    left_on: date | None
    status_until: date | None
    possible: tuple[Event, ...]

    @property
    def is_present(self) -> bool:
        """Whether they belong to the coop today."""
        return self.status in PRESENT


class HistoryLine(Struct, frozen=True):
    """One thing that happened to a membership; `content` is None once it was forgotten."""

    seq: int
    event: str
    at: datetime
    content: chain.Content | None


async def members(
    reader: Reader,
    statuses: Collection[Status] = PRESENT,
    *,
    q: str = "",
    membership_class: str | None = None,
    after: str | None = None,
    limit: int = 100,
) -> list[MemberView]:
    """The register by id, page by page: `after` is the last id already seen.

    q: a number, or parts of a name.
    """
    statement = select(Member).where(Member.status.in_(statuses)).order_by(Member.id).limit(limit)
    if q.strip():
        statement = statement.where(_sought(q))
    if membership_class is not None:
        statement = statement.where(Member.membership_class == membership_class)
    if after is not None:
        statement = statement.where(Member.id > after)
    return [view(row) for row in await reader.scalars(statement)]


def _sought(q: str) -> ColumnElement[bool]:
    words = q.split()[:_MOST_WORDS]
    named = and_(*(or_(*_in_any_case(word)) for word in words))
    if not (q.strip().isdecimal() and len(q.strip()) <= NUMBER_LONGEST):
        return named
    return or_(named, Member.number == int(q))


def _in_any_case(word: str) -> list[ColumnElement[bool]]:
    """SQLite folds the case of ASCII alone."""
    cases = {word.lower(), word.upper(), word.title()}
    return [Member.name.icontains(one, autoescape=True) for one in sorted(cases)]


async def member(reader: Reader, member_id: str) -> MemberView | None:
    """One line of the register, or an application."""
    row = await reader.scalar(select(Member).where(Member.id == member_id))
    return view(row) if row else None


async def names(reader: Reader, member_ids: Collection[str]) -> dict[str, str]:
    """What members are called, also former ones; ids of nobody are left out."""
    statement = select(Member.id, Member.name).where(Member.id.in_(member_ids))
    return {row.id: row.name for row in await reader.rows(statement)}


async def some(reader: Reader, member_ids: Collection[str]) -> dict[str, MemberView]:
    """Those with these ids, by their ids."""
    rows: Sequence[Member] = await reader.scalars(select(Member).where(Member.id.in_(member_ids)))
    return {row.id: view(row) for row in rows}


async def called(reader: Reader, name: str) -> list[MemberView]:
    """Those who belong to the coop and are called so; a firm by its own name."""
    rows = await reader.rows(select(Member.id, Member.name).where(Member.status.in_(PRESENT)))
    wanted = fold(name.strip())
    found = await some(reader, [row.id for row in rows if fold(row.name) == wanted])
    return list(found.values())


async def by_number(reader: Reader, number: int) -> MemberView | None:
    """The member with a number, also a former one."""
    row = await reader.scalar(select(Member).where(Member.number == number))
    return view(row) if row else None


async def by_account(reader: Reader, account_id: str) -> MemberView | None:
    """The membership whose own account this is; `acting_for` knows colleagues, too."""
    row = await reader.scalar(select(Member).where(Member.account_id == account_id))
    return view(row) if row else None


def accounts_away() -> CompoundSelect[Any]:
    """The ids of accounts whose owners the register knows as members no longer, not yet, or not
    now, to ask others about in the same query."""
    away = Member.account_id.is_not(None), Member.status.not_in(HERE)
    with_them = select(Colleague.account_id).join(Member, Member.id == Colleague.member_id)
    return union(
        select(Member.account_id).where(*away), with_them.where(Member.status.not_in(HERE))
    )


async def accounts_of(reader: Reader, member_id: str) -> list[str]:
    """All accounts that act for a member: their own, and those of a firm's colleagues."""
    own = select(Member.account_id).where(Member.id == member_id, Member.account_id.is_not(None))
    besides = select(Colleague.account_id).where(Colleague.member_id == member_id)
    found: list[str] = await reader.scalars(union(own, besides))
    return found


async def may_decide(reader: Reader, member_id: str, account_id: str) -> bool:
    """Whether somebody who keeps the register may let this member in, up or back: nobody does so
    for themselves or their firm. Who looks after the node may: where there is one alone, nobody
    else could."""
    if account_id not in await accounts_of(reader, member_id):
        return True
    who = await accounts.account(reader, account_id)
    return who is not None and who.is_admin


async def may_act_against(reader: Reader, member_id: str, account_id: str) -> bool:
    """Whether somebody may take something from this member. Where one looks after the node, others
    who do may, and one may oneself; who keeps the register for the coop may not alone."""
    theirs = await accounts_of(reader, member_id)
    who = await accounts.account(reader, account_id)
    if who is None or who.is_admin or who.id in theirs:
        return True
    found = await accounts.several(reader, theirs)
    return not any(one.is_admin for one in found.values())


class MayDo(Struct, frozen=True):
    """What somebody who keeps the register may let happen to a membership. reclass: let it be of
    another class, which gives or takes away."""

    steps: list[Event]
    reclass: bool


async def may_do(reader: Reader, one: MemberView, account_id: str) -> MayDo:
    """What somebody may do with a member."""
    decides = await may_decide(reader, one.id, account_id)
    acts = await may_act_against(reader, one.id, account_id)
    ruled_out = (frozenset() if decides else DECIDING) | (frozenset() if acts else AGAINST)
    steps = [event for event in one.possible if event not in ruled_out]
    return MayDo(steps, reclass=decides and acts)


async def count_by_class(reader: Reader) -> dict[MembershipClass, int]:
    """How many members there are today, for a public figure: no names."""
    counted = (
        select(Member.membership_class, func.count())
        .where(Member.status.in_(PRESENT))
        .group_by(Member.membership_class)
    )
    return {MembershipClass(name): count for name, count in await reader.rows(counted)}


async def history(reader: Reader, member_id: str) -> list[HistoryLine]:
    """What happened to one membership, oldest first, with what can still be read of it."""
    rows = await reader.rows(events_of(MemberEvent.member_id == member_id))
    return [history_line(row) for row in rows]


def events_of(which: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Events with their words and the key of whose they are, oldest first; see `history_line`."""
    return (
        select(MemberEvent, MemberEventContent.sealed, MemberKey.key)
        .outerjoin(MemberEventContent, MemberEventContent.event_id == MemberEvent.id)
        .outerjoin(MemberKey, MemberKey.member_id == MemberEvent.member_id)
        .where(which)
        .order_by(MemberEvent.seq)
    )


def history_line(row: Any) -> HistoryLine:
    """A row of `events_of` with what can still be read of it."""
    event, sealed, key = row
    return HistoryLine(event.seq, event.event, event.at, _opened(key, event.id, sealed))


async def first_fault(reader: Reader) -> int | None:
    """The seq of the first event at which the register's history does not hold; None: it holds."""
    rows: Sequence[MemberEvent] = await reader.scalars(
        select(MemberEvent).order_by(MemberEvent.seq)
    )
    fault = chain.first_fault(_link(row) for row in rows)
    if fault is not None:
        return fault
    head = await reader.scalar(select(RegisterHead))
    end = (rows[-1].seq, rows[-1].digest) if rows else (0, chain.START)
    if head is not None and (head.seq, head.digest) != end:
        return min(head.seq, end[0]) + 1
    return None


async def left_before(reader: Reader, day: date, most: int | None = None) -> list[str]:
    """Former members who left before a day and whom the register names still, at most so many."""
    left = select(Member.id).where(*_NAMED_STILL, Member.left_on < day).order_by(Member.id)
    return await reader.scalars(left.limit(most))


async def count_named_still(reader: Reader) -> int:
    """How many former members the register names."""
    return await reader.scalar(select(func.count(Member.id)).where(*_NAMED_STILL)) or 0


async def stored_member(reader: Reader, member_id: str) -> Member:
    """The row itself, for commands. Raises NotFound."""
    row = await reader.scalar(select(Member).where(Member.id == member_id))
    if row is None:
        raise NotFound(_("There is no such member."))
    return row


async def stored_without_account(reader: Reader, member_id: str) -> Member:
    """The row of a member who can be let in. Raises NotFound; Conflict for somebody who is no
    member now, or has an account."""
    row = await stored_member(reader, member_id)
    if row.status not in PRESENT:
        raise Conflict(_("Only somebody who is a member can be let in."), "member-not-present")
    if row.account_id is not None:
        raise Conflict(
            _("%(name)s has an account already, and signs in there.", name=row.name), "has-account"
        )
    return row


def view(row: Member) -> MemberView:
    """A row as other slices and pages see it."""
    status = Status(row.status)
    return MemberView(
        id=row.id,
        number=row.number,
        name=row.name,
        kind=Kind(row.kind),
        representative=row.representative,
        membership_class=MembershipClass(row.membership_class),
        status=status,
        account_id=row.account_id,
        email=row.email,
        phone=row.phone,
        address=row.address,
        note=row.note,
        joined_on=row.joined_on,
        left_on=row.left_on,
        status_until=row.status_until,
        possible=membership.events_from(status),
    )


def _opened(key: bytes | None, event_id: str, sealed: bytes | None) -> chain.Content | None:
    if key is None or sealed is None:
        return None
    opened = chain.unseal(key, event_id, sealed)
    return opened[1] if opened else None


def _link(row: MemberEvent) -> chain.Link:
    return chain.Link(
        row.seq,
        row.id,
        row.member_id,
        row.event,
        row.at,
        row.content_digest,
        row.previous,
        row.digest,
    )
