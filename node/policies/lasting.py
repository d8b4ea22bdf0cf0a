"""How long policies of federations hold: people are told before one ends or is to be looked at.

That a policy stops holding needs nobody: its values end on their day. The deadlines here tell
people, the coop's document, and the slices above.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, or_, select

from federation.storage import Reader, UnitOfWork
from node import notices, timers
from node.accounts import Role
from node.events import events
from node.notices import NoticeKind
from node.policies.events import PolicyEnded
from node.policies.heads import tell_heads
from node.policies.models import policy_table
from node.policies.queries import goes_on
from protocol import datetimes

ENDS_SOON, REVIEW, ENDED = "policy-ends-soon", "policy-review", "policy-ended"
BEFORE = timedelta(days=14)
"""How long before people are told; of what lasts less than four weeks, after half of its time."""
EMERGENCY_LASTS = timedelta(days=14)
"""Then an urgent policy lapses, unless it was confirmed."""

_p = policy_table.c


def end_of(
    effective_from: datetime, sunset_at: datetime | None, *, is_emergency: bool
) -> datetime | None:
    """When a policy stops if nothing else is decided."""
    if not is_emergency:
        return sunset_at
    lapses = effective_from + EMERGENCY_LASTS
    return lapses if sunset_at is None else min(lapses, sunset_at)


async def watch(uow: UnitOfWork, federation: str) -> None:
    """Set the deadlines of a federation's policies, after anything about them has changed."""
    not_before = or_(_p.ends_at.is_(None), _p.ends_at >= uow.now)
    rows = await uow.rows(select(policy_table).where(_p.federation == federation, not_before))
    ends = {row.id: row.ends_at for row in rows if row.ends_at}
    soon = {row.id: _before(row, row.ends_at) for row in rows if row.ends_at}
    review = {row.id: _before(row, row.review_by) for row in rows if row.review_by}
    await _settle(uow, [row.id for row in rows if row.ends_at and not _lapses(row)])
    confirmed = [row.id for row in rows if not row.is_emergency]
    await notices.withdraw(uow, NoticeKind.POLICY_URGENT, *confirmed)
    await timers.set_timers(uow, ENDED, ends)
    await timers.set_timers(uow, ENDS_SOON, _to_come(soon, uow.now))
    await timers.set_timers(uow, REVIEW, _to_come(review, uow.now))


@timers.on(ENDS_SOON)
async def tell_of_the_end(uow: UnitOfWork, subjects: Sequence[str]) -> None:
    """A policy ends before long: an urgent one can still be confirmed, another one be renewed."""
    for row in await _rows(uow, subjects):
        if row.ends_at is None or row.ends_at <= uow.now or not _lapses(row):
            continue
        kind = NoticeKind.POLICY_URGENT if row.is_emergency else NoticeKind.POLICY_ENDS
        await _tell(uow, kind, row, row.ends_at)


@timers.on(REVIEW)
async def tell_of_the_review(uow: UnitOfWork, subjects: Sequence[str]) -> None:
    """A policy is to be looked at again."""
    for row in await _rows(uow, subjects):
        if row.review_by and (row.ends_at is None or row.ends_at > uow.now):
            await _tell(uow, NoticeKind.POLICY_REVIEW, row, row.review_by)


@timers.on(ENDED)
async def note_the_end(uow: UnitOfWork, subjects: Sequence[str]) -> None:
    """A policy holds no longer; of one that was replaced people have heard already."""
    for row in await _rows(uow, subjects):
        if row.ends_at is None or row.ends_at > uow.now:
            continue
        await _settle(uow, [row.id])
        if _lapses(row):
            await _tell(uow, NoticeKind.POLICY_ENDED, row, row.ends_at)
        await events.announce(uow, PolicyEnded(row.federation, row.version, row.certificate))
    await tell_heads(uow)


async def _settle(uow: UnitOfWork, ids: Sequence[str]) -> None:
    """They are over, or something else was decided: nobody needs to decide about them anew."""
    for kind in (NoticeKind.POLICY_URGENT, NoticeKind.POLICY_ENDS, NoticeKind.POLICY_REVIEW):
        await notices.withdraw(uow, kind, *ids)


async def _rows(uow: UnitOfWork, subjects: Sequence[str]) -> Sequence[Row[Any]]:
    return await uow.rows(select(policy_table).where(_p.id.in_(subjects)).order_by(_p.id))


async def _tell(uow: UnitOfWork, kind: NoticeKind, row: Row[Any], when: datetime) -> None:
    day = datetimes.format(when)[:10]
    for role in (Role.ADMIN, Role.DELEGATE):
        await notices.give(
            uow, kind, row.id, to_role=role, name=row.title or row.policy_id, when=day
        )


def _lapses(row: Row[Any]) -> bool:
    """Whether it ends because its time is up, and not because something else was decided."""
    due = end_of(row.effective_from, row.sunset_at, is_emergency=row.is_emergency)
    return bool(row.ends_at == due)


def _before(row: Row[Any], moment: datetime) -> datetime:
    half: datetime = row.effective_from + (moment - row.effective_from) / 2
    return max(half, moment - BEFORE)


def _to_come(due: dict[str, datetime], now: datetime) -> dict[str, datetime]:
    return {name: moment for name, moment in due.items() if moment > now}


class Deadline(Struct, frozen=True):
    """A day that matters to a federation's policy. what: answer, review, ends or lapses.

    told_at: from when on it is said in feeds.
    """

    what: str
    name: str
    version: str
    at: datetime
    told_at: datetime


async def deadlines(reader: Reader, federation: str | None = None) -> list[Deadline]:
    """What is to come of the policies of one federation, or of all, that hold, or will; the first
    day first."""
    theirs = [] if federation is None else [_p.federation == federation]
    rows = await reader.rows(select(policy_table).where(goes_on(reader.now), *theirs))
    found = []
    for row in rows:
        days = {
            "answer": row.answer_by,
            "review": row.review_by,
            "lapses" if row.is_emergency else "ends": row.ends_at,
        }
        for what, at in days.items():
            if at is not None and at > reader.now:
                told_at = row.received_at if what == "answer" else _before(row, at)
                found.append(Deadline(what, row.title or row.policy_id, row.version, at, told_at))
    return sorted(found, key=lambda one: (one.at, one.what, one.name))
