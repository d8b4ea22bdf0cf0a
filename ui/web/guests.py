"""How often somebody without an account may begin something, counted by their connection."""

from aiohttp import web

from node import accounts
from node.accounts import Allowance
from node.errors import NotAllowed
from node.i18n import _
from ui.web.context import node_of
from ui.web.entering import TOO_MANY_TRIES
from ui.web.proxies import visitor_address


async def check_guest(request: web.Request, what: Allowance) -> None:
    """Count one more of a guest. Raises NotAllowed."""
    node, address = node_of(request), visitor_address(request)
    async with node.reading() as reader:  # who may not begin costs no change
        may = await accounts.may_begin(reader, what, address)
    if not may or not await node.write(lambda uow: accounts.count_guest(uow, what, address)):
        raise NotAllowed(
            _("Much has come from your connection. Try again in an hour."), TOO_MANY_TRIES
        )
