"""Who offers a listing: the member who wrote it, a team of the coop, or the coop itself.

What a team or the coop offers belongs to no account: it goes on when whoever wrote it leaves.
"""

from federation.storage.unit_of_work import Reader, UnitOfWork
from node import accounts, members, notices
from node.accounts import Role
from node.errors import InvalidInput
from node.i18n import _
from node.listings.rules import COOP
from node.notices import NoticeKind


async def check(reader: Reader, provider: str, by: str | None) -> None:
    """Raises InvalidInput (`provider`) unless whoever writes may speak for it. by: None: the
    operator, who may for all."""
    if not provider:
        return
    account = await accounts.account(reader, by) if by else None
    is_admin = by is None or (account is not None and account.is_admin)
    if provider == COOP and not is_admin:
        complaint = _("Only an admin offers something in the name of the coop.")
        raise InvalidInput({"provider": [complaint]})
    if provider == COOP or (account is not None and provider in account.teams):
        return
    if not is_admin or not await accounts.in_team(reader, provider):
        raise InvalidInput({"provider": [_("Choose a team that you have a seat in.")]})


async def tell(
    uow: UnitOfWork, by: str | None, team: str | None, kind: NoticeKind, subject: str, **said: str
) -> None:
    """A notice to whoever offers it: the member and their firm, each of the team, or else the
    admins."""
    if by is not None:
        await members.tell(uow, kind, subject, by, quiet=False, **said)
        return
    seats = await accounts.in_team(uow, team) if team else []
    for account_id in seats or (None,):
        await notices.give(
            uow, kind, subject, to_role=Role.ADMIN, to_account=account_id, quiet=False, **said
        )
