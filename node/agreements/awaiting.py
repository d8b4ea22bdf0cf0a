"""What about agreements goes no further without somebody's word."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct
from sqlalchemy import ScalarSelect, and_, or_, select

from federation.storage import Reader
from node import limits, policies
from node.agreements import following
from node.agreements.life import LIFE, OPEN, Event, State
from node.agreements.models import agreement_table, step_table, version_table
from node.agreements.parties import By
from node.agreements.paying import PAYABLE, Payment
from node.agreements.queries import roles_of, theirs
from node.agreements.sides import Role
from node.agreements.tongues import titled
from node.agreements.views import AgreementView, agreement_view, version_view

_a, _s, _v = agreement_table.c, step_table.c, version_table.c


class Wants(StrEnum):
    """Which word: to what was asked for, to a change of it, to what was delivered, to a part of
    the price that is offered back, to what the other side says is wrong, that it is paid, or that
    the money came."""

    ANSWER = "answer"
    CHANGE = "change"
    CONFIRM = "confirm"
    REFUND = "refund"
    RESOLVE = "resolve"
    PAY = "pay"
    RECEIVE = "receive"


_MONEY: Mapping[Payment, tuple[Wants, Role]] = {
    Payment.REQUESTED: (Wants.PAY, Role.CUSTOMER),
    Payment.MARKED_PAID: (Wants.RECEIVE, Role.PROVIDER),
}


class Awaited(Struct, frozen=True):
    """An agreement that waits for somebody. by: until when, None if as long as it takes."""

    agreement: AgreementView
    wants: Wants
    by: datetime | None


async def awaiting(reader: Reader, by: By, tag: str) -> list[Awaited]:
    """What waits for this person's word, the longest first, called as in the language they read."""
    proposed = and_(_v.agreement_id == _a.id, _v.sequence == _a.pending)
    of_money = and_(_a.payment.in_(_MONEY), _a.state.in_(PAYABLE))
    of_life = _a.state.in_((*OPEN, State.DELIVERED, State.DISPUTED))
    asks = or_(of_life, of_money, _a.pending.is_not(None))
    chosen = (
        select(agreement_table, _v.author.label("proposed_by"), _disputed_by().label("disputed_by"))
        .outerjoin(version_table, proposed)
        .where(theirs(reader, by), asks)
        .order_by(_a.updated_at)
    )
    rows = await reader.rows(chosen.limit(limits.AGREEMENTS_LISTED))
    days = await policies.value(reader, policies.AGREEMENTS_CONFIRM_DAYS) if rows else 0
    found = []
    views = [agreement_view(row, reader.identities.base) for row in rows]
    nothing_due = await _free(reader, views)
    for row, view in zip(rows, await titled(reader, views, tag), strict=True):
        found += [
            Awaited(view, wants, _until(view, wants, days))
            for wants in _wanted(view, row.proposed_by, row.disputed_by, by)
            if wants is not Wants.PAY or view.id not in nothing_due
        ]
    return found


async def _free(reader: Reader, views: Sequence[AgreementView]) -> set[str]:
    """Those of which nothing is to be paid any more: given up, or ended without a fee."""
    asked = [view for view in views if view.payment is Payment.REQUESTED]
    ended = {view.id: view for view in asked if view.state in following.ENDED}
    given_up = {view.id for view in asked if view.outcome == Event.REFUND_ALL}
    if not ended:
        return given_up
    terms = select(version_table).where(_v.agreement_id.in_(ended))
    owing = {
        row.agreement_id
        for row in await reader.rows(terms)
        if row.sequence == ended[row.agreement_id].sequence
        and following.ended_fee(ended[row.agreement_id], version_view(row))
    }
    return given_up | (ended.keys() - owing)


def _disputed_by() -> ScalarSelect[str | None]:
    """Which side said last that something is wrong."""
    said = (_s.agreement_id == _a.id, _s.event == Event.DISPUTE)
    return select(_s.role).where(*said).order_by(_s.seq.desc()).limit(1).scalar_subquery()


def _wanted(
    view: AgreementView, proposed_by: str | None, disputed_by: str | None, by: By
) -> Iterator[Wants]:
    roles = roles_of(view, by)
    if view.to_answer in roles:
        yield Wants.ANSWER
        return
    for wants, role in _asked(view, proposed_by, disputed_by):
        is_guests = role is Role.CUSTOMER and view.guest is not None
        if role in roles and not is_guests:
            yield wants


def _asked(
    view: AgreementView, proposed_by: str | None, disputed_by: str | None
) -> Iterator[tuple[Wants, Role]]:
    """Which words are missing, and whose each is."""
    if proposed_by and Event.AGREE_CHANGE in LIFE.events_from(view.state):
        yield Wants.CHANGE, Role(proposed_by).other
    elif view.state is State.DELIVERED:
        yield Wants.CONFIRM, Role.CUSTOMER
    elif view.state is State.DISPUTED and view.offered_refund:
        yield Wants.REFUND, Role.CUSTOMER
    elif view.state is State.DISPUTED and disputed_by == Role.PROVIDER:
        yield Wants.RESOLVE, Role.CUSTOMER
    elif view.state is State.DISPUTED:
        yield Wants.RESOLVE, Role.PROVIDER
    if view.state in PAYABLE and (word := _MONEY.get(view.payment)):
        yield word


def _until(view: AgreementView, wants: Wants, confirm_days: int) -> datetime | None:
    if wants is Wants.ANSWER:
        return view.answer_by
    if wants is Wants.CONFIRM and view.delivered_at is not None:
        return view.delivered_at + timedelta(days=confirm_days)
    return None
