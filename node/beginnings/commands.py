"""Putting the list away."""

from sqlalchemy import delete, insert, select

from federation.storage import UnitOfWork
from node.beginnings.models import BeginningHidden


async def hide(uow: UnitOfWork, account_id: str) -> None:
    """Show it no more to this account."""
    known = select(BeginningHidden.at).where(BeginningHidden.account_id == account_id)
    if await uow.scalar(known) is None:
        await uow.execute(insert(BeginningHidden).values(account_id=account_id, at=uow.now))


async def forget_account(uow: UnitOfWork, account_id: str) -> None:
    """Delete what is kept of somebody who leaves."""
    theirs = BeginningHidden.account_id == account_id
    await uow.execute(delete(BeginningHidden).where(theirs))
