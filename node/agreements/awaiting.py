"""What about agreements goes no further without somebody's word."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import and_, or_, select

from federation.storage import Reader
from node import limits, policies
from node.agreements.life import LIFE, OPEN, Event, State
from node.agreements.models import agreement_table, version_table
from node.agreements.parties import By, is_guests_alone
from node.agreements.queries import roles_of, theirs
from node.agreements.sides import Role
from node.agreements.tongues import titled
from node.agreements.views import AgreementView, agreement_view

_a, _v = agreement_table.c, version_table.c


class Wants(StrEnum):
    """Which word: to what was asked for, to a change of it, to what was delivered, or to a part of
    the price that is offered back."""

    ANSWER = "answer"
    CHANGE = "change"
    CONFIRM = "confirm"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class Awaited:
    """An agreement that waits for somebody. by: until when, None if as long as it takes."""

    agreement: AgreementView
    wants: Wants
    by: datetime | None


async def awaiting(reader: Reader, by: By, tag: str) -> list[Awaited]:
    """What waits for this person's word, the longest first, called as in the language they read."""
    proposed = and_(_v.agreement_id == _a.id, _v.sequence == _a.pending)
    asks = or_(_a.state.in_((*OPEN, State.DELIVERED, State.DISPUTED)), _a.pending.is_not(None))
    chosen = (
        select(agreement_table, _v.author.label("proposed_by"))
        .outerjoin(version_table, proposed)
        .where(theirs(reader, by), asks)
        .order_by(_a.updated_at)
    )
    rows = await reader.rows(chosen.limit(limits.AGREEMENTS_LISTED))
    days = await policies.value(reader, policies.AGREEMENTS_CONFIRM_DAYS) if rows else 0
    found = []
    views = [agreement_view(row, reader.identities.base) for row in rows]
    for row, view in zip(rows, await titled(reader, views, tag), strict=True):
        wants = _wanted(view, row.proposed_by, by)
        if wants is not None:
            found.append(Awaited(view, wants, _until(view, wants, days)))
    return found


def _wanted(view: AgreementView, proposed_by: str | None, by: By) -> Wants | None:
    roles = roles_of(view, by)
    if view.to_answer in roles:
        return Wants.ANSWER
    asked = _asked(view, proposed_by)
    if asked is None:
        return None
    wants, event, role = asked
    return wants if role in roles and not is_guests_alone(view, event, by, role) else None


def _asked(view: AgreementView, proposed_by: str | None) -> tuple[Wants, Event, Role] | None:
    """Which word is missing, the event that gives it, and whose it is."""
    if proposed_by and Event.AGREE_CHANGE in LIFE.events_from(view.state):
        return Wants.CHANGE, Event.AGREE_CHANGE, Role(proposed_by).other
    if view.state is State.DELIVERED:
        return Wants.CONFIRM, Event.CONFIRM, Role.CUSTOMER
    if view.state is State.DISPUTED and view.offered_refund:
        return Wants.REFUND, Event.AGREE_PARTIAL, Role.CUSTOMER
    return None


def _until(view: AgreementView, wants: Wants, confirm_days: int) -> datetime | None:
    if wants is Wants.ANSWER:
        return view.answer_by
    if wants is Wants.CONFIRM and view.delivered_at is not None:
        return view.delivered_at + timedelta(days=confirm_days)
    return None
