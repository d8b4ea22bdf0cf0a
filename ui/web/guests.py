"""How often somebody without an account may begin something, counted by their connection."""

from aiohttp import web

from node import accounts
from node.accounts import Allowance
from node.errors import NotAllowed
from node.i18n import _
from ui.web.context import node_of
from ui.web.entering import TOO_MANY_TRIES
from ui.web.proxies import visitor_address

_MUCH = _("Much has come from your connection. Try again in an hour.")
_AGAIN_AND_AGAIN = _("You have done this many times. Try again in an hour.")


async def check_guest(request: web.Request, what: Allowance, by: str = "") -> None:
    """Count one more of a guest. by: as what they are counted; by their connection unless said.
    Raises NotAllowed."""
    node, counted = node_of(request), by or visitor_address(request)
    async with node.reading() as reader:  # who may not begin costs no change
        may = await accounts.may_begin(reader, what, counted)
    if not may or not await node.write(lambda uow: accounts.count_guest(uow, what, counted)):
        raise NotAllowed(_AGAIN_AND_AGAIN if by else _MUCH, TOO_MANY_TRIES)
