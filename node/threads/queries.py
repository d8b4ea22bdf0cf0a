"""Conversations as people see them, and who may see which."""

from collections.abc import Collection, Sequence
from hashlib import sha256
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Row, and_, func, or_, select, true

from federation import outbox
from federation.models import RemoteActor
from federation.storage import Reader
from node import accounts, content, members, vault
from node.accounts import AccountView, Duty
from node.errors import NotAllowed, NotFound
from node.i18n import _
from node.threads.models import (
    LIFE,
    Event,
    PartyKind,
    Role,
    State,
    block_table,
    guest_table,
    matter_table,
    message_table,
    reading_table,
    report_table,
    side_table,
    thread_table,
)
from node.threads.rules import Party, Seat
from node.threads.views import Matter, MessageView, ReportView, ThreadLine, ThreadView
from protocol.iri import authority_of

LONGEST_LIST = 200
LONGEST_PREVIEW = 160

_t, _s, _m, _g = thread_table.c, side_table.c, message_table.c, guest_table.c
mine_side, _other = side_table.alias("mine"), side_table.alias("other")


async def threads(reader: Reader, who: AccountView, *, desk: bool = False) -> list[ThreadLine]:
    """An account's own conversations and its firm's, the latest first; desk: those that nobody has
    taken, of the teams in which they have a seat, of an admin all."""
    return await _lines(reader, is_desk(who) if desk else seen_by(who), who.id)


async def count_unread(reader: Reader, who: AccountView) -> int:
    """How many of an account's own conversations and its firm's have something new."""
    return len(await _unread(reader, seen_by(who), who.id))


async def seat(reader: Reader, thread_id: str, who: AccountView) -> Seat:
    """An account's place in a conversation. Raises NotFound for whoever has none."""
    here = select(mine_side.c.role).where(mine_side.c.thread_id == thread_id)
    for mine in (_is_of(who), seen_by(who), is_desk(who)):
        role = await reader.scalar(here.where(mine).limit(1))
        if role is not None:
            return Seat(thread_id, Role(role), who.id)
    raise NotFound(_("This conversation is not here, or it is not yours."))


async def guest_seat(reader: Reader, secret: str) -> Seat:
    """The place that a guest's link leads to. Raises NotFound."""
    known = select(_g.thread_id, _g.id).where(_g.secret_digest == digest(secret))
    rows = await reader.rows(known)
    for row in rows:
        for role, party in (await sides_of(reader, row.thread_id)).items():
            if party == Party(PartyKind.GUEST, row.id):
                return Seat(row.thread_id, role, None)
    raise NotFound(_("This link leads to no conversation. It may have been deleted."))


async def thread(reader: Reader, place: Seat) -> ThreadView:
    """The whole conversation, as seen from a place in it."""
    [line] = await _lines(
        reader,
        and_(mine_side.c.thread_id == place.thread_id, mine_side.c.role == place.role),
        place.by,
    )
    mine = await side(reader, place.thread_id, place.role)
    barred = select(block_table.c.barred).where(
        block_table.c.holder == mine.party.key, block_table.c.barred == line.other.key
    )
    matters = select(matter_table.c.uri, matter_table.c.title).where(
        matter_table.c.thread_id == place.thread_id
    )
    found = await reader.rows(matters.order_by(matter_table.c.attached_at))
    events = [each for each in LIFE.events_from(line.state) if each is not Event.ERASE]
    return ThreadView(
        line=line,
        seat=place,
        messages=await messages_of(reader, place.thread_id, place.role),
        matters=tuple(Matter(row.uri, row.title) for row in found),
        events=tuple(events),
        blocked=mine.blocked or await reader.scalar(barred) is not None,
        contact=await _contact(reader, line.other),
        can_be_erased=may_erase(mine.party, line.other) and line.state is not State.ERASED,
    )


async def reports(reader: Reader, who: AccountView) -> list[ReportView]:
    """Every complaint that waits for somebody, oldest first, but those about whoever asks."""
    waiting = await _reports(reader, report_table.c.settled_at.is_(None))
    return [one for one in waiting if not one.is_about(who)]


async def report(
    reader: Reader, report_id: str, who: AccountView
) -> tuple[ReportView, tuple[MessageView, ...]]:
    """A complaint with the conversation that it opens to those who look into it. Raises
    NotFound, also when it is settled: then the conversation is its two sides' alone again;
    NotAllowed for whom it is about."""
    one = await waiting_report(reader, report_id, who)
    role = await reader.scalar(select(report_table.c.role).where(report_table.c.id == report_id))
    return one, await messages_of(reader, one.thread_id, Role(role or Role.ASKER))


async def waiting_report(reader: Reader, report_id: str, who: AccountView) -> ReportView:
    """A complaint that nobody has settled, for who may look into it. Raises as `report` does."""
    r = report_table.c
    found = await _reports(reader, and_(r.id == report_id, r.settled_at.is_(None)))
    if not found:
        raise NotFound(_("There is no such report waiting."))
    if found[0].is_about(who):
        raise NotAllowed(
            _("This is about you, so somebody else looks at it.")
            if await desk_beside(reader, found[0].other)
            else _(
                "This is about you, and nobody else here looks at what is reported. Make another "
                "member moderator under Offices."
            ),
            "about-you",
        )
    return found[0]


async def desk_beside(reader: Reader, reported: Party) -> list[AccountView]:
    """All who look at what is reported, but whom it is about."""
    desk = await accounts.looking_after(reader, Duty.MODERATION)
    if reported.kind is not PartyKind.ACCOUNT:
        return desk
    theirs = await members.together(reader, reported.ref)
    return [one for one in desk if one.id not in theirs]


class Side(Struct, frozen=True):
    """One side as it stands."""

    party: Party
    blocked: bool
    is_several: bool
    """Whether several people read it, each for themselves: a firm's, and what nobody has taken."""


async def side(reader: Reader, thread_id: str, role: Role) -> Side:
    """One side of a conversation that is there."""
    [row] = await reader.rows(select(side_table).where(_s.thread_id == thread_id, _s.role == role))
    party = Party(PartyKind(row.kind), row.ref)
    is_several = row.shared or party.kind is PartyKind.DESK
    return Side(party, row.blocked_at is not None, is_several)


async def sides_of(reader: Reader, thread_id: str) -> dict[Role, Party]:
    """Both sides; empty when there is no such conversation."""
    rows = await reader.rows(select(side_table).where(_s.thread_id == thread_id))
    return {Role(row.role): Party(PartyKind(row.kind), row.ref) for row in rows}


def digest(secret: str) -> bytes:
    """What is stored of a guest's link."""
    return sha256(secret.encode(errors="surrogatepass")).digest()


def may_erase(mine: Party, other: Party) -> bool:
    """A guest may have everything deleted; others what nobody else of this coop shares."""
    return mine.kind is PartyKind.GUEST or other.kind is PartyKind.ACTOR


async def names_of(reader: Reader, parties: Collection[Party]) -> dict[Party, str | None]:
    """What people and coops are called, in one query a kind."""
    by_kind: dict[PartyKind, set[str]] = {}
    for party in parties:
        by_kind.setdefault(party.kind, set()).add(party.ref)
    known = await accounts.names(reader, by_kind.get(PartyKind.ACCOUNT, set()))
    told = select(RemoteActor.uri, RemoteActor.name).where(
        RemoteActor.uri.in_(by_kind.get(PartyKind.ACTOR, set()))
    )
    actors = {row.uri: content.name(row.name, 100) for row in await reader.rows(told)}
    guests = await _guests(reader, by_kind.get(PartyKind.GUEST, set()))
    names: dict[Party, str | None] = {}
    for party in parties:
        match party.kind:
            case PartyKind.ACCOUNT:
                names[party] = known.get(party.ref)
            case PartyKind.ACTOR:
                names[party] = actors.get(party.ref) or authority_of(party.ref)
            case PartyKind.GUEST:
                names[party] = guests.get(party.ref, {}).get("name") or None
            case PartyKind.DESK:
                names[party] = party.ref or None
    return names


async def messages_of(reader: Reader, thread_id: str, role: Role) -> tuple[MessageView, ...]:
    """Every message, as seen from one side."""
    chosen = select(message_table).where(_m.thread_id == thread_id).order_by(_m.number)
    rows = await reader.rows(chosen)
    subject = await reader.scalar(select(_t.subject).where(_t.id == thread_id)) or ""
    opened = await vault.unseal_all(reader, subject, [row.box for row in rows if row.box])
    texts = dict(zip([row.id for row in rows if row.box], opened, strict=True))
    sent = await outbox.sent(reader, [row.activity_id for row in rows if row.activity_id])
    names = await accounts.names(reader, {row.by for row in rows if row.by})
    return tuple(
        MessageView(
            id=row.id,
            mine=row.role == role,
            by=row.by if row.role == role else None,
            by_name=names.get(row.by) if row.role == role else None,
            text=(texts.get(row.id) or {}).get("text"),
            sent_at=row.sent_at,
            edited_at=row.edited_at,
            withdrawn=row.withdrawn_at is not None,
            sent=sent.get(row.activity_id),
        )
        for row in rows
    )


def _is_of(who: AccountView) -> ColumnElement[bool]:
    """The side that is an account's own."""
    return and_(mine_side.c.kind == PartyKind.ACCOUNT, mine_side.c.ref == who.id)


def seen_by(who: AccountView) -> ColumnElement[bool]:
    """The side that is an account's own, or one of its firm's."""
    firms = and_(
        mine_side.c.kind == PartyKind.ACCOUNT,
        mine_side.c.shared,
        mine_side.c.ref.in_(who.colleagues),
    )
    return or_(_is_of(who), firms)


def is_desk(who: AccountView) -> ColumnElement[bool]:
    """What nobody has taken yet: of the teams in which they have a seat, of an admin all."""
    theirs = true() if who.is_admin else mine_side.c.ref.in_(sorted(who.teams))
    return and_(mine_side.c.kind == PartyKind.DESK, theirs)


async def _lines(
    reader: Reader, mine: ColumnElement[bool], account_id: str | None
) -> list[ThreadLine]:
    """account_id: who reads; None for a guest."""
    rows = await reader.rows(
        select(
            thread_table,
            mine_side.c.kind.label("mine_kind"),
            _other.c.kind.label("other_kind"),
            _other.c.ref.label("other_ref"),
        )
        .join(mine_side, mine_side.c.thread_id == _t.id)
        .join(_other, and_(_other.c.thread_id == _t.id, _other.c.role != mine_side.c.role))
        .where(mine)
        .order_by(_t.last_at.desc(), _t.id.desc())
        .limit(LONGEST_LIST)
    )
    others = {row.id: Party(PartyKind(row.other_kind), row.other_ref) for row in rows}
    names = await names_of(reader, set(others.values()))
    previews = await _previews(reader, rows)
    unread = await _unread(reader, mine, account_id)
    return [
        ThreadLine(
            id=row.id,
            state=State(row.state),
            about_uri=row.about_uri,
            about_title=row.about_title,
            other=others[row.id],
            other_name=names[others[row.id]],
            preview=previews.get(row.id),
            unread=unread.get(row.id, 0),
            last_at=row.last_at,
            unclaimed=row.mine_kind == PartyKind.DESK,
        )
        for row in rows
    ]


async def _unread(
    reader: Reader, mine: ColumnElement[bool], account_id: str | None
) -> dict[str, int]:
    own = and_(reading_table.c.thread_id == _m.thread_id, reading_table.c.account_id == account_id)
    new = (
        select(_m.thread_id, func.count().label("new"))
        .join(mine_side, mine_side.c.thread_id == _m.thread_id)
        .outerjoin(reading_table, own)
        .where(mine, _m.number > mine_side.c.read_number, _m.role != mine_side.c.role)
        .where(_m.number > func.coalesce(reading_table.c.read_number, 0))
        .group_by(_m.thread_id)
    )
    return {row.thread_id: row.new for row in await reader.rows(new)}


async def _previews(reader: Reader, rows: Sequence[Row[Any]]) -> dict[str, str]:
    """The beginning of the last message of each."""
    subjects = {row.id: row.subject for row in rows}
    last = (
        select(_m.thread_id, _m.box)
        .join(thread_table, and_(_t.id == _m.thread_id, _t.last_number == _m.number))
        .where(_t.id.in_(subjects))
    )
    boxes = {subjects[row.thread_id]: row.box for row in await reader.rows(last) if row.box}
    opened = await vault.unseal_many(reader, boxes)
    found = {one: (opened.get(subject) or {}).get("text", "") for one, subject in subjects.items()}
    return {one: " ".join(text.split())[:LONGEST_PREVIEW] for one, text in found.items() if text}


async def _guests(reader: Reader, ids: Collection[str]) -> dict[str, dict[str, Any]]:
    rows = await reader.rows(select(_g.id, _g.box).where(_g.id.in_(ids)))
    opened = await vault.unseal_many(reader, {row.id: row.box for row in rows})
    return {one: said for one, said in opened.items() if said}


async def _contact(reader: Reader, other: Party) -> str | None:
    if other.kind is not PartyKind.GUEST:
        return None
    return (await _guests(reader, [other.ref])).get(other.ref, {}).get("contact") or None


async def _reports(reader: Reader, which: ColumnElement[bool]) -> list[ReportView]:
    r = report_table.c
    rows = await reader.rows(
        select(
            report_table,
            _t.subject,
            _t.about_title,
            mine_side.c.kind.label("mine_kind"),
            _other.c.kind,
            _other.c.ref,
        )
        .join(thread_table, _t.id == r.thread_id)
        .join(mine_side, and_(mine_side.c.thread_id == _t.id, mine_side.c.role == r.role))
        .join(_other, and_(_other.c.thread_id == _t.id, _other.c.role != r.role))
        .where(which)
        .order_by(r.created_at, r.id)
        .limit(LONGEST_LIST)
    )
    others = {row.id: Party(PartyKind(row.kind), row.ref) for row in rows}
    names = await names_of(reader, set(others.values()))
    views = []
    for row in rows:
        [said] = await vault.unseal_all(reader, row.subject, [row.box])
        views.append(
            ReportView(
                id=row.id,
                thread_id=row.thread_id,
                about_title=row.about_title,
                from_elsewhere=row.mine_kind == PartyKind.ACTOR,
                told_them=row.told_them,
                reason=(said or {}).get("reason"),
                other=others[row.id],
                other_name=names[others[row.id]],
                created_at=row.created_at,
            )
        )
    return views
