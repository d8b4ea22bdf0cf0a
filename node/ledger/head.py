"""The end of the chain: whoever changes the books holds its row, so changes come one by one."""

from sqlalchemy import select

from federation.storage import UnitOfWork
from node.hash_chain import START
from node.ledger.models import LedgerHead

_HEAD = 1


async def locked_head(uow: UnitOfWork) -> LedgerHead:
    """The one row, locked until the unit of work ends; made when there is none yet."""
    head = await uow.scalar(select(LedgerHead).where(LedgerHead.id == _HEAD).with_for_update())
    if head is None:
        head = LedgerHead(id=_HEAD, seq=0, digest=START)
        uow.session.add(head)
        await uow.session.flush()
    return head
