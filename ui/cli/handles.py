"""Accounts, as commands name them: by handle."""

from node import accounts
from node.accounts import AccountView
from node.errors import NotFound
from node.i18n import _
from node.runtime import Node
from ui.cli.common import reading


async def account_of(node: Node, handle: str) -> AccountView:
    """Raises NotFound: nobody signs in so."""
    account = await reading(node, accounts.by_handle, handle)
    if account is None:
        raise NotFound(_("Nobody signs in here as %(handle)s.", handle=handle))
    return account
