"""Fetching what we may have, until it is here, gone for good, or no longer wanted."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Row, delete, insert, select, update

from federation.errors import FederationError, Gone, StorageUnavailable
from federation.runtime import Federation
from federation.side_by_side import side_by_side
from federation.storage import Reader, UnitOfWork
from federation.under_way import mark_of
from node.handoffs.models import LEASE, LONGEST_WAIT, fetch_table
from protocol.errors import ProtocolError
from protocol.vocabulary.handoffs import parse_handoff

log = structlog.get_logger()

AT_ONCE = 20
_FIRST_WAIT = timedelta(seconds=5)
MOST_FAILURES = 80
"""About 17 days of trying: longer than anything is handed out, unless members decide so."""
_f = fetch_table.c

Keep = Callable[[UnitOfWork, str, dict[str, Any]], Awaitable[None]]
_keepers: dict[str, Keep] = {}


def kept(kind: str) -> Callable[[Keep], Keep]:
    """Decorate a coroutine (uow, matter_id, told) that seals what was fetched for a matter."""

    def register(keep: Keep) -> Keep:
        if kind in _keepers:
            raise ValueError(f"Hand-offs for {kind} are kept twice.")
        _keepers[kind] = keep
        return keep

    return register


async def expect(
    uow: UnitOfWork, kind: str, matter_id: str, *, address: str, context: str, sender: str
) -> None:
    """Fetch it as soon as may be; context, sender: what must stand in the document."""
    await forget(uow, [matter_id])
    await uow.execute(
        insert(fetch_table).values(
            matter_id=matter_id,
            kind=kind,
            address=address,
            context=context,
            sender=sender,
            due_at=uow.now,
            failures=0,
        )
    )


async def forget(uow: UnitOfWork, matter_ids: Collection[str]) -> None:
    """Fetch it no more; what is on its way is thrown away."""
    await uow.execute(delete(fetch_table).where(_f.matter_id.in_(matter_ids)))


async def is_expected(reader: Reader, matter_id: str) -> bool:
    """Whether it is still to be fetched."""
    wanted = select(_f.matter_id).where(_f.matter_id == matter_id)
    return await reader.scalar(wanted) is not None


async def collect_due(federation: Federation) -> int:
    """Fetch what is due, all at once: a coop that is slow holds up no other; returns how many were
    tried."""
    claimed = await federation.database.write(_claim)
    others, suspects = federation.under_way.apart(claimed, _mark)
    await side_by_side(_collect(federation, row) for row in others)
    for row in suspects:
        await _collect(federation, row)
    return len(claimed)


def _mark(row: Row[Any]) -> bytes:
    return mark_of("handoff", row.address)


async def _claim(uow: UnitOfWork) -> Sequence[Row[Any]]:
    due = select(fetch_table).where(_f.due_at <= uow.now).order_by(_f.due_at).limit(AT_ONCE)
    rows = await uow.rows(due)
    if rows:
        leased = update(fetch_table).where(_f.matter_id.in_([row.matter_id for row in rows]))
        await uow.execute(leased.values(due_at=uow.now + LEASE))
    return rows


async def _collect(federation: Federation, row: Row[Any]) -> None:
    try:
        with federation.under_way.outliving(_mark(row)):
            document = await federation.remote_documents.fetch_normalised(row.address)
            told = parse_handoff(document, row.context, row.sender)
    except Gone as gone:
        # 404 may be that our yes has not arrived yet; 410 is for good.
        step = forget if gone.status == 410 else _put_off
        await federation.database.write(lambda uow: step(uow, [row.matter_id]))
    except (FederationError, ProtocolError) as error:
        log.info("handoff-waits", matter=row.matter_id, code=error.code)
        await federation.database.write(lambda uow: _put_off(uow, [row.matter_id]))
    else:
        await _kept(federation, row, told)


async def _kept(federation: Federation, row: Row[Any], told: dict[str, Any]) -> None:
    try:
        await federation.database.write(lambda uow: _keep(uow, row, told))
    except StorageUnavailable:
        raise
    except Exception:  # a defect with one must not end the others
        log.exception("handoff-failed", matter=row.matter_id)
        await federation.database.write(lambda uow: _put_off(uow, [row.matter_id]))


async def _keep(uow: UnitOfWork, row: Row[Any], told: dict[str, Any]) -> None:
    if not await is_expected(uow, row.matter_id):
        return  # taken back while it was on its way
    await forget(uow, [row.matter_id])
    await _keepers[row.kind](uow, row.matter_id, told)


async def _put_off(uow: UnitOfWork, matter_ids: Collection[str]) -> None:
    for row in await uow.rows(select(fetch_table).where(_f.matter_id.in_(matter_ids))):
        failures = row.failures + 1
        if failures >= MOST_FAILURES:
            await forget(uow, [row.matter_id])
            continue
        wait = min(_FIRST_WAIT * 2 ** min(failures, 20), LONGEST_WAIT)
        later = update(fetch_table).where(_f.matter_id == row.matter_id)
        await uow.execute(later.values(due_at=uow.now + wait, failures=failures))
