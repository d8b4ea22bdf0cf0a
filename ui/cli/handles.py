"""Accounts, as commands name them: by handle."""

from node import accounts
from node.accounts import AccountView
from node.errors import NotFound
from node.i18n import _
from node.runtime import Node


async def account_of(node: Node, handle: str) -> AccountView:
    """Raises NotFound: nobody signs in so."""
    async with node.reading() as reader:
        account = await accounts.by_handle(reader, handle)
    if account is None:
        raise NotFound(_("Nobody signs in here as %(handle)s.", handle=handle))
    return account
