"""Who speaks for the coop in the federation.

The mandate decides; the account's role of a delegate only opens the pages that belong to it.
"""

from datetime import date

from sqlalchemy import insert, select, update

from federation.storage import UnitOfWork
from node import accounts, audit
from node.accounts import Role
from node.errors import Conflict, InvalidInput, NotFound
from node.i18n import _
from node.members.models import Mandate, Member
from node.members.queries import stored_member
from node.members.register import append
from node.members.rules import Status


async def give_mandate(
    uow: UnitOfWork,
    member_id: str,
    *,
    starts_on: date,
    ends_on: date | None = None,
    by: str = audit.OPERATOR,
    reason: str = "",
) -> str:
    """Let an active member speak for the coop; their account becomes a delegate's. Returns its id.

    Raises Conflict unless the member is active, InvalidInput when it ends before it starts.
    """
    row = await stored_member(uow, member_id)
    if row.status != Status.ACTIVE:
        raise Conflict(_("Only an active member can speak for the coop."), "member-not-active")
    if ends_on is not None and ends_on <= starts_on:
        raise InvalidInput({"ends_on": [_("Choose a day after the first one.")]})
    mandate_id = uow.new_id()
    await uow.execute(
        insert(Mandate).values(
            id=mandate_id, member_id=member_id, starts_on=starts_on, ends_on=ends_on
        )
    )
    await append(uow, row, "mandate", by, reason)
    await _match_role(uow, row, by)
    return mandate_id


async def end_mandate(
    uow: UnitOfWork, mandate_id: str, *, by: str = audit.OPERATOR, reason: str = ""
) -> None:
    """Recall a delegate from today on. Raises NotFound."""
    mandate = await uow.scalar(select(Mandate).where(Mandate.id == mandate_id))
    if mandate is None:
        raise NotFound(_("There is no such mandate."))
    row = await stored_member(uow, mandate.member_id)
    mandate.ends_on = uow.now.date()
    await uow.session.flush()
    await append(uow, row, "end-mandate", by, reason)
    await _match_role(uow, row, by)


async def end_mandates_of(uow: UnitOfWork, row: Member, day: date) -> None:
    """End every mandate of somebody who leaves."""
    await uow.execute(
        update(Mandate)
        .where(Mandate.member_id == row.id, Mandate.ends_on.is_(None) | (Mandate.ends_on > day))
        .values(ends_on=day)
    )
    await _match_role(uow, row, audit.NODE)


async def _match_role(uow: UnitOfWork, row: Member, by: str) -> None:
    """Give the member's account the role of a delegate exactly while a mandate holds."""
    account = await accounts.account(uow, row.account_id) if row.account_id else None
    if account is None:
        return
    today = uow.now.date()
    holding = select(Mandate.id).where(
        Mandate.member_id == row.id, Mandate.ends_on.is_(None) | (Mandate.ends_on > today)
    )
    delegate = {Role.DELEGATE}
    has_mandate = bool(await uow.scalars(holding))
    roles = account.roles | delegate if has_mandate else account.roles - delegate
    if roles != account.roles:
        await accounts.set_roles(uow, account.id, roles, by=by)
