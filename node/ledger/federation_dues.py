"""Dues that our coop owes its federations for each member and year, where it said yes to them.

The policy `dues.per_member_minor_units` binds a coop only with its own yes; then they are in the
books once a calendar year, for the members of the day, to each federation what it decided. Whom
they are paid to, people settle.
"""

from sqlalchemy import select

from federation.storage import UnitOfWork
from node import members, policies
from node.errors import Conflict
from node.ledger.models import LedgerEntry
from node.ledger.posting import post
from node.ledger.recipes import FEDERATION_DUES
from node.money import Money, scale_of
from node.policies import Decision


async def owe_dues(uow: UnitOfWork, currency: str) -> bool:
    """Book what is owed for this year, once; whether there was anything new."""
    rule = await policies.in_force(uow, policies.DUES_PER_MEMBER)
    said = {one.federation: one for one in rule.decisions if one.federation and one.binding}
    heads = sum((await members.count_by_class(uow)).values()) if said else 0
    booked = [
        await _owe(uow, Money(heads * one.value, currency, scale_of(currency)), federation, one)
        for federation, one in said.items()
    ]
    return any(booked)


async def _owe(uow: UnitOfWork, due: Money, federation: str, said: Decision[int]) -> bool:
    source = f"dues:{federation}:{uow.now.year}"
    if await uow.scalar(select(LedgerEntry.id).where(LedgerEntry.source == source)) is not None:
        return False
    if not due.amount:
        return False
    try:
        async with uow.savepoint():
            await post(
                uow,
                FEDERATION_DUES,
                source=source,
                party=federation,
                amounts={"dues": due},
                policy_versions={policies.DUES_PER_MEMBER.name: said.version},
            )
    except Conflict:  # the treasurer closed an account: it is booked once that is open again
        return False
    return True
