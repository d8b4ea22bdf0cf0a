"""Accounts and the register: an account that was here first becomes that of a member."""

from typing import Any

from sqlalchemy import CompoundSelect, select, union

from federation.storage import Reader, UnitOfWork
from node import accounts, audit
from node.accounts import AccountView
from node.errors import Conflict, NotFound
from node.i18n import _
from node.members.commands import add_member, link_account
from node.members.models import Colleague, Member
from node.members.queries import MemberView, stored_without_account, view
from node.members.rules import PRESENT, Event, MembershipClass


async def accounts_of_nobody(reader: Reader) -> list[AccountView]:
    """Who comes in here and is no member: whoever made the node, a bookkeeper, a tester."""
    own = select(Member.account_id).where(Member.account_id.is_not(None))
    acting: CompoundSelect[Any] = union(own, select(Colleague.account_id))
    taken = set(await reader.scalars(acting))
    everybody = await accounts.accounts(reader)
    return [one for one in everybody if not one.disabled and one.id not in taken]


async def without_account(reader: Reader) -> list[MemberView]:
    """Members with whose line nobody signs in."""
    lines = select(Member).where(Member.status.in_(PRESENT), Member.account_id.is_(None))
    return [view(row) for row in await reader.scalars(lines.order_by(Member.number))]


async def enter_holder(
    uow: UnitOfWork,
    account_id: str,
    membership_class: MembershipClass | str,
    *,
    name: str = "",
    by: str = audit.OPERATOR,
    reason: str = "",
) -> MemberView:
    """Whoever signs in with an account is a member from now on; name: unless the account's own.

    Raises NotFound, InvalidInput, Conflict when they are one already or the account is closed.
    """
    account = await _open_account(uow, account_id)
    return await add_member(
        uow,
        name=name or account.name,
        membership_class=membership_class,
        account_id=account_id,
        admit=Event.ADMIT,
        by=by,
        reason=reason,
    )


async def give_account(
    uow: UnitOfWork, member_id: str, account_id: str, *, by: str = audit.OPERATOR
) -> MemberView:
    """An account that is here already is that of a member. Raises NotFound; Conflict when either
    belongs with another, or is over."""
    await stored_without_account(uow, member_id)
    account = await _open_account(uow, account_id)
    return await link_account(uow, member_id, account.id, by=by)


async def _open_account(reader: Reader, account_id: str) -> AccountView:
    account = await accounts.account(reader, account_id)
    if account is None:
        raise NotFound(_("There is no such account."))
    if account.disabled:
        raise Conflict(_("This account is closed. Ask an admin of the coop."), "account-disabled")
    return account
