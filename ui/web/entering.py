"""Coming in with a name and a password, as slow for a guesser as for nobody's name."""

from aiohttp import web

from node import accounts
from node.accounts import SignedIn, SignInGate, device_label
from node.errors import NotAllowed
from node.i18n import _, ngettext
from ui.web import sessions
from ui.web.context import node_of
from ui.web.proxies import visitor_address

GATE = web.AppKey("gate", SignInGate)


async def enter(request: web.Request, handle: str, password: str) -> SignedIn:
    """A new session for who knows the password. Raises NotAllowed, with one answer for every no."""
    node, gate, handle = node_of(request), request.app[GATE], handle.strip().lower()
    address = visitor_address(request)
    if wait := gate.knock(handle, address, node.clock.now()):
        minutes = max(1, round(wait.total_seconds() / 60))
        raise NotAllowed(
            ngettext(
                "Too many tries. Try again in a minute, or ask for a link.",
                "Too many tries. Try again in %(num)s minutes, or ask for a link.",
                minutes,
            ),
            "too-many-tries",
        )
    async with node.reading() as reader:
        account, stored = await accounts.by_handle_with_hash(reader, handle)
    if not await accounts.matches(stored, password) or account is None:
        raise NotAllowed(
            _("That name and password do not go together. Check both and try again."),
            "wrong-password",
        )
    gate.let_in(handle, address)
    account_id, brought = account.id, sessions.read(request, node.config, "session")
    return await node.write(
        lambda uow: accounts.sign_in(uow, account_id, device_of(request), replacing=brought)
    )


def device_of(request: web.Request) -> str:
    label = device_label(request.headers.get("User-Agent", "")[:400])
    return label or str(_("An unnamed browser"))
