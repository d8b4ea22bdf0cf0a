"""Coming in with a name and a password, or a recovery code; as slow for a name that nobody has."""

import structlog
from aiohttp import web

from federation.storage import UnitOfWork
from node import accounts
from node.accounts import AccountView, SignedIn, device_label, hashed
from node.errors import NotAllowed
from node.i18n import _, ngettext
from ui.web import sessions
from ui.web.context import member_of, node_of
from ui.web.identity import look_again
from ui.web.proxies import visitor_address

log = structlog.get_logger("rochdale.web")
TOO_MANY_TRIES = "too-many-tries"


async def enter(request: web.Request, handle: str, password: str) -> SignedIn:
    """A new session for who knows the password. Raises NotAllowed, with one answer for every no."""
    known = await _known(request, handle, password)
    if known is None:
        raise NotAllowed(
            _("That name and password do not go together. Check both and try again."),
            "wrong-password",
        )
    account, by_hash = known
    device, brought = device_of(request), sessions.read(request, node_of(request).config, "session")
    return await node_of(request).write(
        lambda uow: accounts.sign_in(uow, account.id, device, replacing=brought, by_hash=by_hash)
    )


async def enter_by_code(request: web.Request, handle: str, code: str, password: str) -> SignedIn:
    """A new session and a new password for who has a recovery code of theirs.

    Raises InvalidInput for the new password, NotAllowed with one answer for every other no.
    """
    accounts.check_password(password, handle.strip().lower())
    number, typed = accounts.read_recovery_code(code)
    await _check_tries(request, handle)
    async with node_of(request).reading() as reader:
        stored = await accounts.recovery_code(reader, handle, number)
    fits = await accounts.matches(stored.code_hash if stored else None, typed)
    if stored is None or not fits:
        log.warning("sign-in-refused", code="wrong-code", account=stored and stored.account.id)
        raise NotAllowed(
            _("That name and code do not go together, or the code was used. Check both."),
            "wrong-code",
        )
    await _let_in(request, stored.account.id, handle)
    password_hash = await hashed(password)
    return await node_of(request).write(
        lambda uow: accounts.recover(uow, stored, password_hash, device=device_of(request))
    )


async def new_codes(request: web.Request) -> list[str]:
    """Ten recovery codes for whoever is signed in; the earlier ones open nothing any more. Raises
    what `look_again` does."""
    account, node = member_of(request), node_of(request)
    codes = accounts.recovery_codes(node.entropy)
    hashes = [await hashed(code) for code in codes]

    async def keep(uow: UnitOfWork) -> None:
        await look_again(request, uow)
        await accounts.set_recovery_codes(uow, account.id, hashes)

    await node.write(keep)
    return codes


async def prove(request: web.Request, account: AccountView, password: str) -> None:
    """Check that somebody signed in is who they say. Raises NotAllowed."""
    if await _known(request, account.handle, password) is None:
        raise NotAllowed(_("That is not your present password."), "wrong-password")


async def _known(
    request: web.Request, handle: str, password: str
) -> tuple[AccountView, str] | None:
    """The account and its hash, if the password is its own; every wrong guess counts."""
    await _check_tries(request, handle)
    async with node_of(request).reading() as reader:
        account, stored = await accounts.by_handle_with_hash(reader, handle)
    if not await accounts.matches(stored, password) or account is None or stored is None:
        log.warning("sign-in-refused", code="wrong-password", account=account and account.id)
        return None
    await _let_in(request, account.id, handle)
    return account, stored


async def _let_in(request: web.Request, account_id: str, handle: str) -> None:
    key, address = accounts.handle_key(handle), visitor_address(request)
    await node_of(request).write(lambda uow: accounts.let_in(uow, account_id, key, address))


async def _check_tries(request: web.Request, handle: str) -> None:
    """Count one more try to come in. Raises NotAllowed."""
    key, address = accounts.handle_key(handle), visitor_address(request)
    async with node_of(request).reading() as reader:  # who may not try costs no change
        wait = await accounts.wait_to_try(reader, key, address)
    if wait := wait or await node_of(request).write(
        lambda uow: accounts.count_try(uow, key, address)
    ):
        log.warning("sign-in-refused", code=TOO_MANY_TRIES)
        minutes = max(1, round(wait.total_seconds() / 60))
        raise NotAllowed(
            ngettext(
                "Too many tries. Try again in a minute, or ask for a link.",
                "Too many tries. Try again in %(num)s minutes, or ask for a link.",
                minutes,
            ),
            TOO_MANY_TRIES,
        )


def device_of(request: web.Request) -> str:
    """Empty for a browser that does not say: see `device_words`."""
    return device_label(request.headers.get("User-Agent", "")[:400])


def opened_by_hand(request: web.Request) -> bool:
    """Whether a person typed, scanned or tapped the address (Fetch Metadata), nothing else did."""
    headers = request.headers
    return headers.get("Sec-Fetch-Mode") == "navigate" and headers.get("Sec-Fetch-Site") == "none"
