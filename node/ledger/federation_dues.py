"""Dues that our coop owes a federation for each member and year, where it said yes to them.

The policy `dues.per_member_minor_units` binds a coop only with its own yes; then they are in the
books once a calendar year, for the members of the day. Whom they are paid to, people settle.
"""

from sqlalchemy import select

from federation.storage import UnitOfWork
from node import members, policies
from node.errors import Conflict
from node.ledger.models import LedgerEntry
from node.ledger.posting import post
from node.ledger.recipes import FEDERATION_DUES
from node.money import Money, scale_of


async def owe_dues(uow: UnitOfWork, currency: str) -> bool:
    """Book what is owed for this year, once; whether there was anything new."""
    rule = await policies.in_force(uow, policies.DUES_PER_MEMBER)
    if not rule.value or rule.federation is None:
        return False
    source = f"dues:{rule.federation}:{uow.now.year}"
    if await uow.scalar(select(LedgerEntry.id).where(LedgerEntry.source == source)) is not None:
        return False
    heads = sum((await members.count_by_class(uow)).values())
    if not heads:
        return False
    try:
        async with uow.savepoint():
            await post(
                uow,
                FEDERATION_DUES,
                source=source,
                party=rule.federation,
                amounts={"dues": Money(heads * rule.value, currency, scale_of(currency))},
                policy_versions={rule.key.name: rule.version},
            )
    except Conflict:  # the treasurer closed an account: it is booked once that is open again
        return False
    return True
