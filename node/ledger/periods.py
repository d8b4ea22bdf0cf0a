"""Months of the books: open, closed but for adjustments, closed for good."""

from datetime import date

from sqlalchemy import select

from federation.storage import Reader, UnitOfWork
from node import audit
from node.errors import InvalidInput
from node.i18n import _
from node.ledger.head import locked_head
from node.ledger.models import LedgerPeriod
from node.ledger.rules import (
    PeriodEvent,
    PeriodState,
    check_closing,
    check_open,
    check_over,
    check_period,
    is_over,
    names,
    period_of,
    periods,
    state_of,
)
from node.ledger.views import PeriodView


async def periods_written(reader: Reader) -> list[PeriodView]:
    """Every month that was written in or decided about, the newest first."""
    decided = await _decided(reader)
    return [
        PeriodView(key, state, _possible(reader, key, state))
        for key, state in sorted(decided.items(), reverse=True)
    ]


async def hold_open(uow: UnitOfWork, day: date, *, adjusting: bool) -> str:
    """The month of an entry. Raises Conflict when nothing may be written there."""
    key = period_of(day)
    decided = await _decided(uow)
    check_open(key, state_of(key, decided), adjusting=adjusting)
    if key not in decided:
        uow.session.add(LedgerPeriod(key=key, state=periods.initial, changed_at=uow.now))
        await uow.session.flush()
    return key


async def change_period(
    uow: UnitOfWork, key: str, event: PeriodEvent | str, *, by: str = audit.OPERATOR
) -> PeriodView:
    """Close a month, for a while or for good, or open it again.

    Raises InvalidInput (`period`, `event`), Conflict naming what is possible, or which month is
    to be closed first, or that the month is not over.
    """
    key, event = check_period(key), _event(event)
    if event is not PeriodEvent.REOPEN:
        check_over(key, uow.now.date())
    await locked_head(uow)
    decided = await _decided(uow)
    state = periods.next_state(state_of(key, decided), event)
    if state is PeriodState.CLOSED:
        check_closing(key, decided)
    row = await uow.scalar(select(LedgerPeriod).where(LedgerPeriod.key == key))
    row = row or LedgerPeriod(key=key)
    row.state, row.changed_at = state, uow.now
    uow.session.add(row)
    await uow.session.flush()
    await audit.record(uow, by, f"ledger.{event}", key)
    return PeriodView(key, state, periods.events_from(state))


def _possible(reader: Reader, key: str, state: PeriodState) -> tuple[PeriodEvent, ...]:
    over = is_over(key, reader.now.date())
    return tuple(
        event for event in periods.events_from(state) if over or event is PeriodEvent.REOPEN
    )


async def _decided(reader: Reader) -> dict[str, PeriodState]:
    rows = await reader.rows(select(LedgerPeriod.key, LedgerPeriod.state))
    return {key: PeriodState(state) for key, state in rows}


def _event(value: str) -> PeriodEvent:
    try:
        return PeriodEvent(value)
    except ValueError:
        raise InvalidInput(
            {"event": [_("Choose from: %(names)s.", names=names(list(PeriodEvent)))]}
        ) from None
