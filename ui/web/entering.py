"""Coming in with a name and a password, as slow for a guesser as for nobody's name."""

import structlog
from aiohttp import web

from node import accounts, limits
from node.accounts import AccountView, SignedIn, SignInGate, device_label
from node.errors import NotAllowed
from node.i18n import _, ngettext
from ui.web import sessions
from ui.web.context import node_of, visitor_of
from ui.web.proxies import visitor_address

log = structlog.get_logger("rochdale.web")

GATE = web.AppKey("gate", SignInGate)


async def enter(request: web.Request, handle: str, password: str) -> SignedIn:
    """A new session for who knows the password. Raises NotAllowed, with one answer for every no."""
    account = await _known(request, handle.strip().lower(), password)
    if account is None:
        raise NotAllowed(
            _("That name and password do not go together. Check both and try again."),
            "wrong-password",
        )
    account_id, brought = account.id, sessions.read(request, node_of(request).config, "session")
    return await node_of(request).write(
        lambda uow: accounts.sign_in(uow, account_id, device_of(request), replacing=brought)
    )


def must_prove(request: web.Request, account: AccountView) -> bool:
    """Whoever finds a signed-in phone must not take the account along (ASVS 5.0 6.2.3); somebody
    who came in just now has shown who they are."""
    session = visitor_of(request).session
    now = node_of(request).clock.now()
    is_fresh = session is not None and now - session.created_at < limits.SIGN_IN_FRESH
    return account.has_password and not is_fresh


async def prove(request: web.Request, account: AccountView, password: str) -> None:
    """Check that somebody signed in is who they say. Raises NotAllowed."""
    if await _known(request, account.handle, password) is None:
        raise NotAllowed(_("That is not your present password."), "wrong-password")


async def _known(request: web.Request, handle: str, password: str) -> AccountView | None:
    """The account, if the password is its own; every wrong guess counts."""
    node, gate, address = node_of(request), request.app[GATE], visitor_address(request)
    if wait := gate.knock(handle, address, node.clock.now()):
        log.warning("sign-in-refused", code="too-many-tries")
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
        log.warning("sign-in-refused", code="wrong-password", account=account and account.id)
        return None
    gate.let_in(handle, address)
    return account


def device_of(request: web.Request) -> str:
    label = device_label(request.headers.get("User-Agent", "")[:400])
    return label or str(_("An unnamed browser"))
