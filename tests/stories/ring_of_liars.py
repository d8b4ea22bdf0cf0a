"""What a coop's node would do if its software lied: rows changed behind the slice's back."""

from typing import Any

from sqlalchemy import delete, insert, select, update

from federation.models import Delivery
from federation.storage import Reader, UnitOfWork
from node.clearing import calling, wire
from node.clearing.evidence import read_own
from node.clearing.models import obligation_table, part_table, run_table
from node.clearing.papers import Kind
from node.clearing.rules import State
from node.clearing.views import run_view

_o, _p, _r = obligation_table.c, part_table.c, run_table.c


async def invent(uow: UnitOfWork, debtor: str) -> str:
    """A debt that nobody signed; returns its address."""
    [row] = await uow.rows(select(obligation_table).limit(1))
    number = uow.new_id()
    uri = f"{uow.identities.base}/obligations/{number}"
    columns: dict[str, Any] = dict(row._mapping) | {
        "id": number,
        "uri": uri,
        "basis": uri,
        "creditor": uow.identities.coop.uri,
        "debtor": debtor,
        "partner": debtor,
        "amount": 40_000,
        "remaining": 40_000,
        "state": State.ACKNOWLEDGED.value,
    }
    await uow.execute(insert(obligation_table).values(**columns))
    return uri


async def take_back(uow: UnitOfWork, uri: str) -> None:
    """As if it had not been invented."""
    await uow.execute(delete(obligation_table).where(_o.uri == uri))


async def change_a_sum(uow: UnitOfWork, partner: str, by: int) -> None:
    """Owe more, or less, than was signed."""
    more = update(obligation_table).where(_o.partner == partner)
    await uow.execute(more.values(remaining=_o.remaining + by))


async def forget_the_run(uow: UnitOfWork) -> None:
    """As if nothing of ours were promised to a run."""
    await uow.execute(update(obligation_table).values(state=State.ACKNOWLEDGED.value, run_id=None))


async def pretend_that_all_consented(uow: UnitOfWork, run_id: str, victim: str) -> None:
    """Execute a run with a consent of somebody who gave none, signed by the caller itself."""
    [row] = await uow.rows(select(run_table).where(_r.id == run_id))
    uri = f"{victim.removesuffix('/coop')}/clearing-answers/1"
    forged = wire.written(uow, Kind.CONSENT, uri, answers=read_own(row.proposal))
    document = forged.document | {"attributedTo": victim}
    this = update(part_table).where(_p.run_id == run_id, _p.coop == victim)
    await uow.execute(this.values(answer=document))
    await calling._execute(uow, run_view(row))


async def refusals(reader: Reader) -> list[str]:
    """What others answered to what was sent."""
    errors = await reader.scalars(select(Delivery.last_error))
    return [error for error in errors if error]
