"""Telling the treasurer; where there is none, whoever looks after the node."""

from sqlalchemy import select

from federation.models import RemoteActor
from federation.storage import Reader, UnitOfWork
from node import accounts, notices
from node.accounts import Role
from node.money import Money
from node.notices import NoticeKind


async def tell(
    uow: UnitOfWork,
    kind: NoticeKind,
    subject: str,
    *,
    coop: str,
    money: Money | None = None,
    **values: str,
) -> None:
    """Give a notice about a coop, by its name, and about a sum of money, if there is one."""
    values["name"] = await name_of(uow, coop)
    if money is not None:
        values |= {"sum": money.text, "currency": money.currency}
    for role in await _roles(uow):
        await notices.give(uow, kind, subject, to_role=role, quiet=False, **values)


async def name_of(reader: Reader, coop: str) -> str:
    """What a coop calls itself."""
    name = await reader.scalar(select(RemoteActor.name).where(RemoteActor.uri == coop))
    return name or coop


async def _roles(reader: Reader) -> tuple[Role, ...]:
    everybody = await accounts.accounts(reader)
    has_treasurer = any(Role.TREASURER in account.roles for account in everybody)
    return (Role.TREASURER,) if has_treasurer else (Role.ADMIN,)
