"""Somebody leaves: what they are still in, and what they said of themselves for what is over."""

from collections.abc import Collection, Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import ColumnElement, or_, select, update

from federation.storage import Reader, UnitOfWork
from node.agreements.commands import forget_contact
from node.agreements.life import OPEN, RUNNING, State
from node.agreements.models import agreement_table, contact_table
from node.agreements.parties import By
from node.agreements.views import AgreementView, agreement_view
from node.events import events
from node.members import ColleagueEnded

# Of what is confirmed only the payment can be open, and that stands in the books.
HOLDING = OPEN | RUNNING | {State.DELIVERED, State.DISPUTED}
_a, _c = agreement_table.c, contact_table.c


class Recall(Struct, frozen=True):
    """Contact data that another coop was told of: when we took it back, when it was deleted."""

    coop: str
    withdrawn_at: datetime | None
    deleted_at: datetime | None


async def holding_back(reader: Reader, account_id: str) -> Sequence[AgreementView]:
    """Agreements that somebody has to bring to an end before they leave."""
    theirs = select(agreement_table).where(_is_side(account_id), _a.state.in_(HOLDING))
    rows = await reader.rows(theirs.order_by(_a.id))
    return [agreement_view(row, reader.identities.base) for row in rows]


@events.on(ColleagueEnded)
async def pass_on(uow: UnitOfWork, event: ColleagueEnded) -> None:
    """What a colleague agreed goes on, with who acts for the firm still."""
    for side in (_a.provider_account, _a.customer_account):
        theirs = update(agreement_table).where(side == event.account_id)
        await uow.execute(theirs.values({side.name: event.heir}))


async def leave(uow: UnitOfWork, account_id: str) -> list[str]:
    """Destroy what somebody said of themselves for agreements, and take it back from other coops.

    Returns the ids of the agreements for which another coop was told of it.
    """
    ids = await uow.scalars(select(_a.id).where(_is_side(account_id)).order_by(_a.id))
    said = select(_c.agreement_id).where(_c.agreement_id.in_(ids))
    for agreement_id in dict.fromkeys(await uow.scalars(said.order_by(_c.agreement_id))):
        await forget_contact(uow, agreement_id, By("account", account_id))
    told = said.where(_c.withdrawn_at.is_not(None)).distinct()
    return await uow.scalars(told.order_by(_c.agreement_id))


async def recalls(reader: Reader, agreement_ids: Collection[str]) -> list[Recall]:
    """How far other coops are with deleting what they were told."""
    rows = await reader.rows(
        select(_a.peer, _c.withdrawn_at, _c.deleted_at)
        .join(contact_table, _c.agreement_id == _a.id)
        .where(_a.id.in_(agreement_ids), _c.told_at.is_not(None), _a.peer.is_not(None))
        .order_by(_a.peer, _c.id)
    )
    return [Recall(row.peer, row.withdrawn_at, row.deleted_at) for row in rows if row.peer]


def _is_side(account_id: str) -> ColumnElement[bool]:
    return or_(_a.provider_account == account_id, _a.customer_account == account_id)
